package control

import (
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Witness hears of what becomes of leases and connectors, for metrics and traces. Its methods do not block; all but Launched are called by the
// loop alone.
type Witness interface {
	// Granted is called between the writing of a grant, which took from begun until now, and its launch. waiting is when the
	// data were first seen, zero when that is not known. It may set what only the launched lease carries: TraceParent.
	Granted(l *tasks.Lease, waiting, begun time.Time)
	// Launched says that the launcher returned.
	Launched(l *tasks.Lease, begun time.Time, err error)
	// Gone says that an executor was lost before it reported.
	Gone(l *tasks.Lease, err error)
	// Finished says that an executor's result came, and whether it counts.
	Finished(r *tasks.Result, counts bool)
	// Committed says that a checkpoint is written, which took from begun until now.
	Committed(cp *plan.Checkpoint, begun time.Time)
	// Became says that the state of a connector or a task changed; was has no state when it is new.
	Became(was, is *Status)
}

// Witnesses tells several.
type Witnesses []Witness

var _ Witness = Witnesses{}

// Granted implements [Witness].
func (w Witnesses) Granted(l *tasks.Lease, waiting, begun time.Time) {
	for _, one := range w {
		one.Granted(l, waiting, begun)
	}
}

// Launched implements [Witness].
func (w Witnesses) Launched(l *tasks.Lease, begun time.Time, err error) {
	for _, one := range w {
		one.Launched(l, begun, err)
	}
}

// Gone implements [Witness].
func (w Witnesses) Gone(l *tasks.Lease, err error) {
	for _, one := range w {
		one.Gone(l, err)
	}
}

// Finished implements [Witness].
func (w Witnesses) Finished(r *tasks.Result, counts bool) {
	for _, one := range w {
		one.Finished(r, counts)
	}
}

// Committed implements [Witness].
func (w Witnesses) Committed(cp *plan.Checkpoint, begun time.Time) {
	for _, one := range w {
		one.Committed(cp, begun)
	}
}

// Became implements [Witness].
func (w Witnesses) Became(was, is *Status) {
	for _, one := range w {
		one.Became(was, is)
	}
}
