// Package launch starts executors. A launcher knows nothing of leases but their wire form and their time; what an executor did
// comes back by the result topic, and a launcher only says when one is gone, so that a re-grant need not wait for the deadline.
//
// Every launcher passes the suite of launchtest.
package launch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Launcher starts executors. Safe for concurrent use.
type Launcher interface {
	// Launch starts an executor with an invitation and returns once it has started: from then on the executor has its whole
	// invitation and runs on without the launcher, whatever becomes of that, unless it lives inside of it. gone is called
	// exactly once when the executor is known to be gone: with nil when it ended by itself, else with why; never when Launch
	// returned an error, which says what could not be started, where, and what to do about it. ctx only bounds the start.
	Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error
	// Close starts no more, asks what runs to stop, and waits for it until ctx ends. What still runs then is killed where that
	// is possible, and Close returns an error. Executors of other machines are left to themselves: the next coordinator hears
	// of them.
	Close(ctx context.Context) error
}

// ErrBusy says that no more executors may run now; later there may be room.
var ErrBusy = errors.New("too many executors run")

// ErrClosed is the answer to Launch after Close.
var ErrClosed = errors.New("the launcher is closed, because the coordinator ends; the next one goes on")

// grace is how much longer than its leases' time an executor may run before it is killed: it ends itself before.
const grace = 5 * time.Second

// Lifetime is how long an executor with the invitation may run.
func Lifetime(inv tasks.Invitation) time.Duration {
	d := grace
	for i := range inv.Leases {
		d += time.Duration(inv.Leases[i].TTL) * time.Millisecond
	}
	return d
}

// ErrRefused says that an invitation is at fault and not the launcher: another one may pass.
var ErrRefused = errors.New("the invitation is refused")

// Encode returns an invitation as it goes to an executor now, which takes no more than limit bytes.
func Encode(inv tasks.Invitation, limit int) ([]byte, error) {
	if len(inv.Leases) == 0 {
		return nil, fmt.Errorf("%w: it carries no lease", ErrRefused)
	}
	inv.Sent = time.Now().UnixMilli()
	b, err := inv.Encode()
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, fmt.Errorf("%w: with its %d leases of connector %s it has %d bytes, %d are the most; shorten the worker's converter properties, which each lease carries",
			ErrRefused, len(inv.Leases), inv.Leases[0].Connector, len(b), limit)
	}
	return b, nil
}
