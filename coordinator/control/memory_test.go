package control_test

import (
	"context"
	"errors"
	"sync"
	"testing/synctest"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// memory is a store, an observer and a launcher in memory. Its executors answer with what run returns.
type memory struct {
	snap     control.Snapshot
	changes  chan control.Change
	results  chan tasks.Result
	observed chan []plan.Observation
	run      func(l tasks.Lease) (*tasks.Result, error) // no result: the executor is silent; an error: it dies, or ends quietly

	mu        sync.Mutex
	epoch     int64
	decisions []control.Decision
	launched  []tasks.Lease
	fenced    bool
	watched   []string
	match     func(string) bool
}

func newMemory() *memory {
	return &memory{changes: make(chan control.Change, 16), results: make(chan tasks.Result, 16), observed: make(chan []plan.Observation, 16),
		run: func(l tasks.Lease) (*tasks.Result, error) {
			r := tasks.NewResult(&l)
			r.Position, r.ReadTo, r.SourcePosition = l.Slice.To, l.Slice.To, l.Slice.Until
			return &r, nil
		}}
}

func (m *memory) Load(context.Context) (control.Snapshot, error)  { return m.snap, nil }
func (m *memory) Changes() <-chan control.Change                  { return m.changes }
func (m *memory) Results() <-chan tasks.Result                    { return m.results }
func (m *memory) Swept() bool                                     { return true }
func (m *memory) Observations() <-chan []plan.Observation         { return m.observed }
func (m *memory) Watch(names []string, match func(t string) bool) { m.watched, m.match = names, match }

func (m *memory) Commit(_ context.Context, d control.Decision) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fenced {
		return nil, control.ErrFenced
	}
	m.decisions = append(m.decisions, d)
	epochs := make([]int64, len(d.Grants))
	for i := range epochs {
		epochs[i] = m.epoch
		m.epoch++
	}
	return epochs, nil
}

// Mark implements control.Marker: the mark tells at which epoch the slice was first granted.
func (m *memory) Mark(l *tasks.Lease) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.ResultsFrom = 100 + m.epoch
}

func (m *memory) Launch(_ context.Context, inv tasks.Invitation, gone func(error)) error {
	for _, l := range inv.Leases {
		m.mu.Lock()
		m.launched = append(m.launched, l)
		m.mu.Unlock()
		r, err := m.run(l)
		if r != nil {
			m.results <- *r
		}
		if errors.Is(err, errQuiet) {
			gone(nil)
		} else if r != nil || err != nil {
			gone(err)
		}
	}
	return nil
}

// errQuiet is an executor's end by itself, without a result.
var errQuiet = errors.New("ended quietly")

// leases returns the slices launched so far.
func (m *memory) leases() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, l := range m.launched {
		out = append(out, l.Slice.String())
	}
	return out
}

// status returns the newest status of each connector and task that was written.
func (m *memory) status() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for _, d := range m.decisions {
		for _, s := range d.Statuses {
			out[s.Connector+"-"+string(rune('0'+s.Task))] = s.State
		}
	}
	return out
}

// offset returns the newest committed offset of orders/0.
func (m *memory) offset(group string) (at int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		if n, ok := d.Offsets[group][orders]; ok {
			at = n
		}
	}
	return at
}

var orders = tasks.Stream{Topic: "orders"}

func plugins() tasks.Plugins {
	return tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "test.ASinkConnector", Type: tasks.SinkPluginType},
		Cut: func(tasks.Config) (tasks.Cut, error) { return tasks.Cut{CloseTail: true}, nil }}},
		Sources: []tasks.SourcePlugin{{Plugin: tasks.Plugin{Class: "test.ASourceConnector", Type: tasks.SourcePluginType},
			New: func(context.Context, tasks.Config) (tasks.Source, error) { return lines{}, nil }}}}
}

// lines is a source with one split, of which 30 bytes are to be read.
type lines struct{ tasks.Source }

func (lines) Splits(_ context.Context, committed func(string) tasks.Position) ([]tasks.Split, error) {
	s := tasks.Split{Split: `{"file":"a"}`, End: `{"position":30}`, Pending: 30}
	if committed(s.Split) == s.End {
		s.Pending = 0
	}
	return []tasks.Split{s}, nil
}
func (lines) Close() error { return nil }

func sink(target plan.TargetState) control.Connector {
	return control.Connector{Name: "out", Version: 1, Target: target,
		Config: map[string]string{"name": "out", "connector.class": "test.ASinkConnector", "topics": "orders"}}
}

// start runs a loop in a bubble; stop ends it and returns Run's error.
func start(m *memory) (l *control.Loop, stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	l = control.New(control.Config{Store: m, Observer: m, Launcher: m, Plugins: plugins(), StopLimit: 10 * time.Second})
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	synctest.Wait()
	return l, func() error { cancel(); return <-done }
}

func (m *memory) trace() (trace string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		for _, s := range d.Statuses {
			if s.Trace != "" {
				trace = s.Trace
			}
		}
	}
	return trace
}
