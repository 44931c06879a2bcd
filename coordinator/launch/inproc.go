package launch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Run runs one lease to its end, as exec.Runner.Run does.
type Run func(ctx context.Context, l tasks.Lease) tasks.Result

// InProcess runs leases as goroutines of this process.
type InProcess struct {
	run    Run
	ctx    context.Context //nolint:containedctx // the goroutines' life, ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

var _ Launcher = (*InProcess)(nil)

// NewInProcess returns a launcher whose executors end with Close at the latest.
func NewInProcess(ctx context.Context, run Run) *InProcess {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &InProcess{run: run, ctx: ctx, cancel: cancel}
}

// Launch implements [Launcher]. A panic in an executor is its death, not this process's.
func (p *InProcess) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("start an executor in this process: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fmt.Errorf("start an executor in this process: %w", errClosed)
	}
	p.wg.Go(func() {
		var err error
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("the executor panicked: %v\n%s", r, debug.Stack())
			}
			gone(err)
		}()
		for _, l := range inv.Leases {
			if res := p.run(p.ctx, l); res.Failure != nil && res.Failure.Stage == "KAFKA_PRODUCE" {
				err = errors.New(res.Failure.Message)
			}
		}
	})
	return nil
}

// Close implements [Launcher].
func (p *InProcess) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	return wait(ctx, &p.wg)
}

// wait waits for wg until ctx ends.
func wait(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the executors: %w", ctx.Err())
	}
}
