package plan

import (
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// hunt looks for the record that kills executors: they died on [.., hi), and lived through [.., lo). The zero value hunts
// nothing.
type hunt struct {
	lo, hi int64
	rounds int // hunts that found nothing since the position last moved
}

const (
	// patience is how many executors may die in a row on a slice before it is halved.
	patience = 3
	// maxRounds is how many hunts may find nothing before the slice as a whole is at fault.
	maxRounds = 3
	// sourcePatience is the same for sources, whose slices cannot be halved.
	sourcePatience = 10
)

func (h *hunt) on() bool { return h.hi > 0 }

// to returns the end of the next slice.
func (h *hunt) to() int64 { return h.lo + max(1, (h.hi-h.lo)/2) }

// died narrows the hunt from above: a slice that starts at from died with end to. It returns whether lo is the culprit.
func (h *hunt) died(from, to int64) bool {
	h.lo = max(h.lo, from)
	if h.on() && to >= h.hi || to <= h.lo {
		// A slice as long as known to kill: nothing new, but for the last step.
		return h.hi-h.lo <= 1
	}
	h.hi = to
	return h.hi-h.lo <= 1
}

// late makes the next slices shorter: the time was over when an executor had read from the position from up to readTo, and
// nothing could be delivered because the slice as a whole makes the last file.
func (h *hunt) late(from, readTo int64) {
	if readTo-from > 1 {
		h.lo, h.hi = from, readTo
	}
}

// survived narrows the hunt from below.
func (h *hunt) survived(readTo int64, progress bool) {
	if progress {
		h.rounds = 0
	}
	if !h.on() {
		return
	}
	if h.lo = max(h.lo, readTo); h.lo >= h.hi {
		*h = hunt{rounds: h.rounds + 1}
	}
}

// ExecutorGone folds that the executor of a grant is known to be dead. The slice is granted again at once; when executors
// keep dying on it, shorter slices hunt for the record that kills them, and its task fails in the end. It returns whether
// the grant was the stream's current one.
func (st *State) ExecutorGone(connector string, id tasks.Stream, epoch int64, now time.Time) bool {
	s := st.current(connector, id, epoch)
	if s == nil || !s.running() {
		return false
	}
	st.lapse(s)
	s.deaths++
	lease := s.grant.lease
	slice := lease.Slice
	switch {
	case s.c.spec.Kind == tasks.SourceKind:
		if s.deaths >= sourcePatience {
			st.void(s)
			st.fail(s, &lease, fmt.Sprintf("%s: %d executors died in a row while reading %s of connector %s; look at their logs, then restart the task",
				tasks.ConnectException, s.deaths, slice, connector), now)
		} else if s.deaths >= patience {
			s.backOff(now)
		}
	case s.deaths < patience && !(s.hunt.on() && slice.To-s.hunt.lo > 1):
	case s.hunt.died(slice.From, slice.To):
		st.void(s)
		at := s.hunt.lo
		s.hunt = hunt{}
		st.fail(s, &lease, fmt.Sprintf("%s: executors die on the record at %s offset %d of connector %s; look at their logs and memory, skip the record or raise the memory, then restart the task",
			tasks.ConnectException, id, at, connector), now)
	case s.hunt.rounds >= maxRounds:
		st.void(s)
		s.hunt = hunt{}
		st.fail(s, &lease, fmt.Sprintf("%s: executors die on %s of connector %s, though not on shorter slices; raise their memory or lower flush.size, then restart the task",
			tasks.ConnectException, slice, connector), now)
	default:
		// The old grant is void, so that a new slice from the same position is no change of a granted one (I1).
		st.void(s)
		s.notBefore = time.Time{}
		if s.hunt.to()-s.hunt.lo <= 1 {
			s.deaths = 0 // a single record gets its full patience
		}
	}
	s.touch()
	st.drained(s.c)
	return true
}
