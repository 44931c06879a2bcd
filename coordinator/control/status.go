package control

import (
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

type statusKey struct {
	connector string
	task      int
}

// current returns the status of every connector and task.
func (l *Loop) current() []Status {
	var out []Status
	withheld := l.st.Withheld()
	for _, r := range l.st.Reports() {
		c := l.connectors[r.Name]
		if c == nil {
			continue
		}
		state := map[plan.TargetState]string{plan.Paused: Paused, plan.Stopped: Stopped}[c.stored.Target]
		if state == "" {
			state = Running
		}
		status := Status{Connector: r.Name, Task: -1, State: state, Version: c.plugin}
		if state == Running {
			status.Trace = withheld
		}
		n, taskState := c.tasks, state
		if state != Running || c.deals && !c.started {
			n = len(c.stored.Tasks) // which it had before
		}
		if state == Stopped {
			taskState = Unassigned
		}
		if c.trace != "" && state != Stopped {
			status.State, status.Trace = Failed, c.trace
			if c.invalid { // it did not come to its plugin
				status.Version = ""
			}
			if n = 0; c.invalid {
				n = len(c.stored.Tasks)
			}
		}
		if c.stored.Broken {
			n = 0
		}
		out = append(out, status)
		for t := range n {
			s := Status{Connector: r.Name, Task: t, State: taskState, Version: c.plugin}
			if trace, failed := r.Failed[t]; failed && state != Stopped {
				s.State, s.Trace = Failed, trace
			} else if state != Stopped && (c.trace != "" || c.taskTrace != "") {
				s.State, s.Trace = Failed, c.failedTask(t)
				if c.taskTrace == "" {
					s.Version = ""
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// changedStatuses returns the statuses that differ from what was written last, and takes them for written.
func (l *Loop) changedStatuses() []Status {
	var out []Status
	now := map[statusKey]bool{}
	for _, s := range l.current() {
		k := statusKey{s.Connector, s.Task}
		now[k] = true
		if was := l.statuses[k]; was != s {
			l.cfg.Witness.Became(&was, &s)
			l.statuses[k] = s
			out = append(out, s)
		}
	}
	for k := range l.statuses { // tasks that are no more; a removed connector's go with it
		if c := l.connectors[k.connector]; !now[k] && c != nil && !c.removed {
			delete(l.statuses, k)
			out = append(out, Status{Connector: k.connector, Task: k.task})
		}
	}
	return out
}

// unassigned says of everything that runs that nobody is at work.
func (l *Loop) unassigned() []Status {
	var out []Status
	for _, s := range l.current() {
		if s.State == Running || s.State == Paused {
			s.State = Unassigned
			out = append(out, s)
		}
	}
	return out
}

// Metrics is what goes on, by connector.
type Metrics struct {
	Time       time.Time
	Connectors []ConnectorMetrics
	// Cost is what the executors of the day have cost so far, where a price is set; Withheld says why nothing is granted for it.
	Cost     float64
	Withheld string
}

// ConnectorMetrics is what goes on in one connector.
type ConnectorMetrics struct {
	Name, State    string
	Class, Version string
	Kind           tasks.ConnectorKind
	// Config is the configuration as it is stored; it may hold secrets.
	Config            map[string]string
	Tasks             []TaskMetrics
	Streams, InFlight int
	FailedTasks       int
	// Leases is how many leases are done since this coordinator's start.
	Leases int64
	// Lag is in offsets, for sources in bytes.
	Lag int64
	// Counts are totals of the results since this coordinator's start, Running those of the leases in flight so far; the
	// rates are of both, per second over about the last second.
	Counts, Running        tasks.Counts
	RecordsRate, BytesRate float64
}

// TaskMetrics is what goes on in one task.
type TaskMetrics struct {
	State string // as its status says
	plan.Load
}

// Snapshot returns the newest metrics, at most about a quarter second behind. Safe for concurrent use; what it returns is
// not changed any more.
func (l *Loop) Snapshot() *Metrics { return l.snapshot.Load() }

// publish renews the snapshot when something happened and the last one is old enough; else it sees to it that the loop
// wakes for it.
func (l *Loop) publish(now, wake time.Time) time.Time {
	if !l.dirty {
		return wake
	}
	if due := l.published.Add(freshness); now.Before(due) {
		if wake.IsZero() || due.Before(wake) {
			return due
		}
		return wake
	}
	l.dirty, l.published = false, now
	m, moving := &Metrics{Time: now, Cost: l.st.Cost(), Withheld: l.st.Withheld()}, false
	for _, r := range l.st.Reports() {
		cm := ConnectorMetrics{Name: r.Name, Kind: r.Kind, Streams: r.Streams, InFlight: r.InFlight, FailedTasks: len(r.Failed),
			Counts: r.Counts, Running: l.st.Running(r.Name), Leases: r.Results, State: l.statuses[statusKey{r.Name, -1}].State}
		for i, load := range l.st.Loads(r.Name) {
			cm.Lag += load.Lag
			if s, ok := l.statuses[statusKey{r.Name, i}]; ok {
				cm.Tasks = append(cm.Tasks, TaskMetrics{s.State, load})
			}
		}
		if c := l.connectors[r.Name]; c != nil {
			cm.Class, cm.Version, cm.Config = c.class, c.plugin, c.stored.Config
			cm.RecordsRate, cm.BytesRate = c.rate.over(now, cm.Counts.Records+cm.Running.Records, cm.Counts.Bytes+cm.Running.Bytes)
			moving = moving || cm.RecordsRate > 0 || cm.BytesRate > 0
		}
		m.Connectors = append(m.Connectors, cm)
	}
	l.snapshot.Store(m)
	if moving && (wake.IsZero() || now.Add(time.Second).Before(wake)) {
		l.dirty, wake = true, now.Add(time.Second) // so that the rates come down when nothing happens any more
	}
	return wake
}

// rate is a running rate.
type rate struct {
	at             time.Time
	records, bytes int64
	perSecond      [2]float64
}

// over returns the rates, renewed about once a second. An executor that dies takes its progress back; that is no rate.
func (r *rate) over(now time.Time, records, bytes int64) (perSecond, bytesPerSecond float64) {
	if r.at.IsZero() {
		r.at = now
	}
	if d := now.Sub(r.at).Seconds(); d >= 1 {
		r.perSecond = [2]float64{float64(max(0, records-r.records)) / d, float64(max(0, bytes-r.bytes)) / d}
		r.at, r.records, r.bytes = now, records, bytes
	}
	return r.perSecond[0], r.perSecond[1]
}
