package launch

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Limited is a launcher that has no more than a number of executors at once, those included whose leases are over but which
// have not ended yet.
type Limited struct {
	next  Launcher
	slots chan struct{}
}

var _ Launcher = (*Limited)(nil)

// Limit lets next have most executors at once.
func Limit(next Launcher, most int) *Limited {
	return &Limited{next: next, slots: make(chan struct{}, most)}
}

// Launch implements [Launcher]. It waits for room until ctx ends; [ErrBusy] then.
func (l *Limited) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("start an executor: %w: %d, as many as mayfly.executors.max allows; raise it, or see in the log why they do not end",
			ErrBusy, cap(l.slots))
	}
	err := l.next.Launch(ctx, inv, func(err error) {
		<-l.slots
		gone(err)
	})
	if err != nil {
		<-l.slots
	}
	return err
}

// Close implements [Launcher].
func (l *Limited) Close(ctx context.Context) error { return l.next.Close(ctx) }
