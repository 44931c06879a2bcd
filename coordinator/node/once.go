package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/launch/platform"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// Turn is what one turn of the service found and did.
type Turn struct {
	// Leader is who led instead, so that nothing was done; empty when this turn did.
	Leader string `json:"leader,omitempty"`
	// Through says that everything that was there at the beginning is done, but for what has failed.
	Through bool `json:"through"`
	// Leases are those that ended, with what they read, delivered and wrote into dead letter topics.
	Connectors  int   `json:"connectors"`
	Leases      int64 `json:"leases"`
	Records     int64 `json:"records"`
	Delivered   int64 `json:"delivered"`
	DeadLetters int64 `json:"dead_letters"`
	// Lag is what is left: offsets of sinks, bytes of sources. InFlight are leases that go on without this turn.
	Lag         int64 `json:"lag"`
	InFlight    int   `json:"in_flight"`
	FailedTasks int   `json:"failed_tasks"`
	// Took is in milliseconds.
	Took int64 `json:"took_ms"`
}

// Once is one turn of the service, without REST: it creates the connectors of the files, runs what there is to run, and returns when
// nothing is in flight and nothing is due, or when ctx ends: then no more is granted, executors inside of this process or below it get
// the stop limit, and those of other machines go on; the next turn takes up their results. While another coordinator leads it
// does nothing. Its error is [control.ErrFenced] when another one has taken over meanwhile. What it did is logged in one line.
func Once(ctx context.Context, cfg Config, files []worker.Connector) (t Turn, err error) {
	begun := time.Now()
	n, err := prepare(cfg)
	if err != nil {
		return t, err
	}
	host, _ := os.Hostname() // for people
	n.url = fmt.Sprintf("turn:%s-%s", host, rand.Text()[:8])
	stop := stopLimit
	if w := n.cfg.Worker.Ours; platform.Elsewhere(w.Launcher) && (w.Fallback == "" || platform.Elsewhere(w.Fallback)) {
		stop = 0
	}
	end, err := n.launch(ctx)
	if err != nil {
		return t, err
	}
	defer end()
	s, err := n.open(ctx)
	if err != nil {
		return t, err
	}
	defer func() { n.resign(ctx, s) }()
	if vacant, err := s.Vacant(ctx); err != nil {
		n.cfg.Log.Warn("the turn ended before it was known who leads")
		return t, nil //nolint:nilerr // ctx has ended
	} else if !vacant {
		t.Leader, _ = s.Leader()
		n.cfg.Log.Info("another coordinator leads; nothing to do for this turn", "leader", t.Leader)
		return t, nil
	}
	err = n.drive(ctx, s, &filed{s, n, files}, stop, func(l *control.Loop, ctx context.Context) (err error) {
		t.Through, err = l.RunOnce(ctx)
		return err
	})
	t.sum(n.Snapshot())
	t.Took = time.Since(begun).Milliseconds()
	n.cfg.Log.Info("turn", "through", t.Through, "connectors", t.Connectors, "leases", t.Leases, "records", t.Records, "delivered", t.Delivered,
		"deadLetters", t.DeadLetters, "lag", t.Lag, "inFlight", t.InFlight, "failedTasks", t.FailedTasks, "took", time.Since(begun).Round(time.Millisecond))
	return t, err
}

func (t *Turn) sum(m *control.Metrics) {
	t.Connectors = len(m.Connectors)
	for i := range m.Connectors {
		c := &m.Connectors[i]
		t.Leases += c.Leases
		t.Records += c.Counts.Records
		t.Delivered += c.Counts.Delivered
		t.DeadLetters += c.Counts.DeadLetters
		t.Lag += c.Lag
		t.InFlight += c.InFlight
		t.FailedTasks += c.FailedTasks
		if c.State == control.Failed && c.FailedTasks == 0 {
			t.FailedTasks++ // it did not come to its tasks
		}
	}
}

// filed is a store in which the connectors of files are created as soon as it leads.
type filed struct {
	*store.Store
	n     *Node
	files []worker.Connector
}

var (
	_ control.Store  = (*filed)(nil)
	_ control.Marker = (*filed)(nil)
)

// Load implements [control.Store].
func (f *filed) Load(ctx context.Context) (control.Snapshot, error) {
	snap, err := f.Store.Load(ctx)
	if err != nil || len(f.files) == 0 {
		return snap, err
	}
	for _, c := range f.files {
		if err := f.n.Create(ctx, c); err != nil {
			return snap, err
		}
	}
	return f.Store.Load(ctx) // with them
}

// Fenced reports whether a turn's error says that another coordinator has taken over.
func Fenced(err error) bool { return errors.Is(err, control.ErrFenced) }
