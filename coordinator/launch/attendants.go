package launch

import (
	"context"
	"fmt"
	"sync"
)

// Attendants are the goroutines of a launcher, one for each executor, that end with it.
type Attendants struct {
	ctx    context.Context //nolint:containedctx // the goroutines' life, ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// NewAttendants returns those of a launcher that is made under ctx, whose end is not theirs.
func NewAttendants(ctx context.Context) *Attendants {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &Attendants{ctx: ctx, cancel: cancel}
}

// Go lets one begin, unless they are closed: [ErrClosed]. Its ctx ends with Close.
func (a *Attendants) Go(attend func(ctx context.Context)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	a.wg.Go(func() { attend(a.ctx) })
	return nil
}

// Close asks all to end and waits for them until ctx ends.
func (a *Attendants) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	return wait(ctx, &a.wg)
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
