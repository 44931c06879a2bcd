package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// Config is what a loop works with.
type Config struct {
	Store    Store
	Observer Observer
	Launcher Launcher
	Plugins  tasks.Plugins
	// ExactlyOnce says that a Java worker with the same properties would fence the tasks of sources.
	ExactlyOnce bool
	// Lease holds what every lease carries: worker properties, brokers, group, topics.
	Lease  tasks.Lease
	Limits plan.Limits
	// Resolver replaces the placeholders of configurations; nil leaves them.
	Resolver *provider.Resolver
	// TopicCreation says that sources may create topics as topic.creation.* says.
	TopicCreation bool
	// Witness hears of what becomes of leases; nil for nobody.
	Witness Witness
	// StopLimit bounds how long a clean stop waits for leases in flight; zero for not at all.
	StopLimit time.Duration
	Log       *slog.Logger
}

const (
	// freshness is how old a snapshot gets while things happen.
	freshness = 250 * time.Millisecond
	// startLimit bounds the start of an executor, which may wait until there is room for it.
	startLimit = 10 * time.Second
	// batch bounds the events of one turn.
	batch = 4096
)

// Loop is the coordinator's loop. Make one with [New], run it once with [Loop.Run].
type Loop struct {
	cfg        Config
	st         *plan.State
	connectors map[string]*connector
	seen       map[tasks.Stream]plan.Observation // the newest, for connectors that come later
	statuses   map[statusKey]Status              // as last written
	unsettled  map[string]bool                   // connectors whose tasks may have changed
	topics     []TopicUse                        // of the results of this turn
	polled     chan polled
	resolved   chan resolution
	gone       chan departure
	launching  sync.WaitGroup
	snapshot   atomic.Pointer[Metrics]
	published  time.Time
	dirty      bool
	once       bool // see RunOnce
}

// departure is the news that an executor is gone (without an error: it ended by itself), or that it could not be started.
type departure struct {
	lease   tasks.Lease
	err     error
	started bool
}

// New returns a loop.
func New(cfg Config) *Loop {
	if cfg.Witness == nil {
		cfg.Witness = Witnesses{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Loop{cfg: cfg, st: plan.NewState(cfg.Lease, cfg.Limits), connectors: map[string]*connector{},
		seen: map[tasks.Stream]plan.Observation{}, statuses: map[statusKey]Status{}, unsettled: map[string]bool{},
		polled: make(chan polled, 16), resolved: make(chan resolution, 16), gone: make(chan departure, 64)}
	l.snapshot.Store(&Metrics{})
	return l
}

// Run loads the store and turns until ctx ends, which is a clean stop (nil): no new grants, and leases in flight get the
// stop limit to finish. It returns ErrFenced when a newer coordinator took over, or the store's error.
func (l *Loop) Run(ctx context.Context) error {
	return l.run(ctx, func() bool { return false })
}

// run is Run that also ends when done says so, after a turn.
func (l *Loop) run(ctx context.Context, done func() bool) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer l.launching.Wait()
	defer func() {
		for _, c := range l.connectors {
			c.stopPolling()
		}
	}()
	defer cancel()
	if err := l.load(ctx, work); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	for {
		wake, err := l.turn(work)
		if err != nil {
			return err
		}
		if done() {
			return nil
		}
		if !l.wait(ctx, work, wake) {
			return l.stop(work)
		}
	}
}

func (l *Loop) load(ctx, work context.Context) error {
	snap, err := l.cfg.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("load the coordinator's state: %w", err)
	}
	for _, cp := range snap.Checkpoints {
		l.st.Restore(cp)
	}
	for _, r := range l.resolveAll(ctx, snap.Connectors) {
		l.apply(work, r)
	}
	now := time.Now()
	l.st.Spend(snap.Spent)
	for _, lease := range snap.Leases {
		l.st.Resume(lease, now)
	}
	l.watch()
	return nil
}

// turn decides, writes, and launches. It returns when to turn again without an event.
func (l *Loop) turn(ctx context.Context) (time.Time, error) {
	now := time.Now()
	reload := l.reload(ctx, now)
	actions, wake := plan.Next(l.st, now)
	if !reload.IsZero() && (wake.IsZero() || reload.Before(wake)) {
		wake = reload
	}
	d := l.decision(actions)
	d.Statuses = append(d.Statuses, l.changedStatuses()...)
	d.Topics, l.topics = l.topics, nil
	d.Tasks = l.changedTasks()
	l.mark(d.Grants)
	if !d.empty() {
		l.dirty = true
		begun := time.Now()
		epochs, err := l.cfg.Store.Commit(ctx, d)
		if err != nil {
			if errors.Is(err, ErrFenced) {
				return wake, err
			}
			return wake, fmt.Errorf("write %d grants and %d checkpoints: %w", len(d.Grants), len(d.Checkpoints), err)
		}
		if len(epochs) != len(d.Grants) {
			return wake, fmt.Errorf("the store returned %d epochs for %d grants", len(epochs), len(d.Grants))
		}
		for i, lease := range d.Grants {
			lease.Epoch = epochs[i]
			l.st.Granted(lease)
			l.cfg.Witness.Granted(&lease, d.waiting[i], begun)
			l.launch(ctx, lease)
		}
		for _, cp := range d.Checkpoints {
			l.cfg.Witness.Committed(&cp, begun)
			if c := l.connectors[cp.Connector]; c != nil {
				c.committed(cp)
			}
		}
	}
	return l.publish(now, wake), nil
}

// decision gathers the actions of a turn and logs what people must hear of.
func (l *Loop) decision(actions []plan.Action) Decision {
	d := Decision{Offsets: map[string]map[tasks.Stream]int64{}}
	for _, a := range actions {
		switch a := a.(type) {
		case plan.Grant:
			d.Grants, d.waiting = append(d.Grants, a.Lease), append(d.waiting, a.Waiting)
		case plan.Commit:
			d.Checkpoints = append(d.Checkpoints, a.Checkpoint)
			if cp := a.Checkpoint; cp.Stream.Split == "" && a.Moved {
				group := l.group(cp.Connector)
				if d.Offsets[group] == nil {
					d.Offsets[group] = map[tasks.Stream]int64{}
				}
				d.Offsets[group][cp.Stream] = cp.Position
			}
		case plan.FailTask:
			log := l.cfg.Log.With("connector", a.Connector, "task", a.Task, "trace", a.Trace)
			if a.Until.IsZero() {
				log.Error("task failed")
			} else {
				log.Error("task failed; it starts again by itself", "at", a.Until)
			}
		case plan.Lost:
			l.cfg.Log.Error("records lost by retention", "connector", a.Connector, "stream", a.Stream.String(), "from", a.From, "to", a.To)
		case plan.Anew:
			l.cfg.Log.Error("topic was deleted and created again; it is read from its start, and what was not read of the former one is lost",
				"connector", a.Connector, "stream", a.Stream.String(), "position", a.Position)
		case plan.Spent:
			d.Spent = &a
		case plan.Withheld:
			l.cfg.Log.Error("no lease is granted: the day's money is spent", "why", a.Why, "until", a.Until)
		case plan.Forget:
			d.Forgotten = append(d.Forgotten, a.Connector)
			l.forget(a.Connector)
		}
	}
	return d
}

// mark lets the store complete first grants; a re-grant repeats what the first one had (I1).
func (l *Loop) mark(grants []tasks.Lease) {
	m, ok := l.cfg.Store.(Marker)
	if !ok {
		return
	}
	for i := range grants {
		if grants[i].Attempt == 1 {
			m.Mark(&grants[i])
		}
	}
}

// launch starts an executor without holding up the loop.
func (l *Loop) launch(ctx context.Context, lease tasks.Lease) {
	inv := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{lease}}
	tell := func(err error, started bool) {
		select {
		case l.gone <- departure{lease, err, started}:
		case <-ctx.Done():
		}
	}
	l.launching.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, startLimit)
		defer cancel()
		begun := time.Now()
		err := l.cfg.Launcher.Launch(ctx, inv, func(err error) { tell(err, true) })
		l.cfg.Witness.Launched(&lease, begun, err)
		if err != nil {
			tell(err, false)
		}
	})
}

// wait blocks until an event, the wake time, or the end of ctx (false), and folds the events that are there.
func (l *Loop) wait(ctx, work context.Context, wake time.Time) bool {
	var timeout <-chan time.Time
	if !wake.IsZero() {
		t := time.NewTimer(time.Until(wake))
		defer t.Stop()
		timeout = t.C
	}
	if !l.event(work, ctx.Done(), timeout) {
		return false
	}
	for n := 1; n < batch && l.pending(); n++ {
		l.event(work, nil, nil)
	}
	return true
}

// pending reports whether an event waits. It is folded without blocking then, because nobody else takes events.
func (l *Loop) pending() bool {
	return len(l.cfg.Store.Changes())+len(l.cfg.Store.Results())+len(l.cfg.Observer.Observations())+len(l.polled)+len(l.resolved)+len(l.gone) > 0
}

// event folds one event, or returns at the timeout. It returns false when end comes first.
func (l *Loop) event(work context.Context, end <-chan struct{}, timeout <-chan time.Time) bool {
	select {
	case c := <-l.cfg.Store.Changes():
		l.change(work, c)
	case r := <-l.cfg.Store.Results():
		l.result(r)
	case o := <-l.cfg.Observer.Observations():
		l.observed(o)
	case p := <-l.polled:
		l.poll(work, p)
	case r := <-l.resolved:
		l.apply(work, r)
		l.watch()
	case g := <-l.gone:
		l.departed(g)
	case <-timeout:
	case <-end:
		return false
	}
	return true
}

// stop ends cleanly: no new grants, the leases in flight may report, and every status says that nobody is at work.
func (l *Loop) stop(work context.Context) error {
	l.st.Hold()
	limit, cancel := context.WithTimeout(work, l.cfg.StopLimit)
	defer cancel()
	for {
		wake, err := l.turn(work)
		if err != nil {
			return err
		}
		if l.st.InFlight() == 0 || !l.wait(limit, work, wake) {
			break
		}
	}
	d := Decision{Statuses: l.unassigned()}
	if l.once || len(d.Statuses) == 0 {
		return nil
	}
	if _, err := l.cfg.Store.Commit(work, d); err != nil {
		return fmt.Errorf("write the last statuses: %w", err)
	}
	return nil
}
