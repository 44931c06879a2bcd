// Package launch starts executors. A launcher knows nothing of leases but their wire form; what an executor did comes back
// by the result topic, and a launcher only says when one is gone, so that a re-grant need not wait for the deadline.
package launch

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Launcher starts executors. Safe for concurrent use.
type Launcher interface {
	// Launch starts an executor with an invitation and returns once it has started. gone is called exactly once when the
	// executor is known to be gone: with nil when it ended by itself, else with why; never when Launch returned an error.
	// The executor outlives ctx, which only bounds the start.
	Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error
	// Close starts no more, asks what runs to stop, and waits for it until ctx ends.
	Close(ctx context.Context) error
}
