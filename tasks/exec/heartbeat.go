package exec

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// beat is the pause between two progress reports.
const beat = time.Second

// heartbeat reports progress while the lease runs, whatever it waits for: a coordinator that has taken over knows by it that
// the executor lives. A lost report does no harm. stop ends it.
func (r *run) heartbeat() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.progress()
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// saw tells the next progress report what was done so far.
func (r *run) saw(c tasks.Counts) { r.counts.Store(&c) }

func (r *run) progress() {
	cl, _, err := r.runner.shared(r.lease)
	if err != nil {
		return // the lease ends of it
	}
	res := tasks.NewResult(r.lease)
	if c := r.counts.Load(); c != nil {
		res.Counts = *c
	}
	res.Progress, res.Executor, res.DurationMs = true, r.runner.env.Name, time.Since(r.started).Milliseconds()
	// It may outlive the lease, but not hold up the result behind it: what is late says nothing.
	ctx, cancel := context.WithTimeout(context.Background(), beat) //nolint:forbidigo // see above
	cl.Produce(ctx, resultRecord(r.lease, res), func(*kgo.Record, error) { cancel() })
}
