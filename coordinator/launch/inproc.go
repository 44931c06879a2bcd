package launch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Run runs one lease to its end, as exec.Runner.Run does.
type Run func(ctx context.Context, l tasks.Lease) tasks.Result

// InProcess runs leases as goroutines of this process.
type InProcess struct {
	run Run
	all *Attendants
}

var _ Launcher = (*InProcess)(nil)

// NewInProcess returns a launcher whose executors end with Close at the latest.
func NewInProcess(ctx context.Context, run Run) *InProcess {
	return &InProcess{run: run, all: NewAttendants(ctx)}
}

// Launch implements [Launcher]. A panic in an executor is its death, not this process's.
func (p *InProcess) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	err := ctx.Err()
	if err == nil {
		err = p.all.Go(func(ctx context.Context) { p.execute(ctx, inv, gone) })
	}
	if err != nil {
		return fmt.Errorf("start an executor in this process: %w", err)
	}
	return nil
}

func (p *InProcess) execute(ctx context.Context, inv tasks.Invitation, gone func(error)) {
	var err error
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the executor panicked: %v\n%s", r, debug.Stack())
		}
		gone(err)
	}()
	for _, l := range inv.Leases {
		if res := p.run(ctx, l); res.Failure != nil && res.Failure.Stage == "KAFKA_PRODUCE" {
			err = errors.New(res.Failure.Message)
		}
	}
}

// Close implements [Launcher].
func (p *InProcess) Close(ctx context.Context) error { return p.all.Close(ctx) }
