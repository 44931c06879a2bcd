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
	// certain is how many executors must have died in a row, on a slice, its halves and their halves, before the one record that is left is
	// at fault: what is behind it goes on, which must not be for bad luck, since an attempt that nobody heard of would have got past it.
	certain = 8
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
// the grant was a live one.
func (st *State) ExecutorGone(connector string, id tasks.Stream, epoch int64, now time.Time) bool {
	s, g := st.current(connector, id, epoch)
	if g == nil || !g.live {
		return false
	}
	st.lapse(s, g)
	g.deaths++
	switch {
	case s.c.spec.Kind == tasks.SourceKind:
		st.deadSource(s, g, now)
	case s.c.parallel():
		st.deadBeside(s, g, now)
	default:
		st.dead(s, g, now)
	}
	s.rewait(now)
	s.touch()
	st.drained(s.c)
	return true
}

func (st *State) deadSource(s *stream, g *grant, now time.Time) {
	if g.deaths >= sourcePatience {
		st.void(s, g)
		st.fail(s, &g.lease, fmt.Sprintf("%s: %d executors died in a row while reading %s of connector %s; look at their logs, then restart the task",
			tasks.ConnectException, g.deaths, g.lease.Slice, g.lease.Connector), now)
		s.trouble = g.trouble
	} else if g.deaths >= patience {
		g.backOff(now)
	}
}

// dead hunts with shorter slices, one at a time: a file ends where it would have ended.
func (st *State) dead(s *stream, g *grant, now time.Time) {
	slice := g.lease.Slice
	if g.deaths < patience && !(g.hunt.on() && slice.To-g.hunt.lo > 1) {
		return
	}
	// The old grant is void, so that a new slice from the same position is no change of a granted one (I1).
	st.void(s, g)
	s.waiting = g.waiting
	switch {
	case g.hunt.died(slice.From, slice.To):
		st.poison(s, g, g.hunt.lo, now)
		g.hunt = hunt{}
	case g.hunt.rounds >= maxRounds:
		g.hunt = hunt{}
		st.fail(s, &g.lease, fmt.Sprintf("%s: executors die on %s of connector %s, though not on shorter slices; raise their memory or lower flush.size, then restart the task",
			tasks.ConnectException, slice, g.lease.Connector), now)
	default:
		g.notBefore = time.Time{}
		if g.hunt.to()-g.hunt.lo <= 1 {
			g.deaths = 0 // a single record gets its full patience
		}
	}
	s.trouble = g.trouble
}

// poison fails the task for a record that kills executors.
func (st *State) poison(s *stream, g *grant, at int64, now time.Time) {
	st.fail(s, &g.lease, fmt.Sprintf("%s: executors die on the record at %s offset %d of connector %s; look at their logs and memory, skip the record or raise the memory, then restart the task",
		tasks.ConnectException, s.id, at, g.lease.Connector), now)
}

// deadBeside halves a slice until the record that kills stands alone, while the others go on. Each half closes its tail.
func (st *State) deadBeside(s *stream, g *grant, now time.Time) {
	slice := g.lease.Slice
	switch {
	case slice.To-slice.From > 1 && g.deaths > 1:
		st.split(s, g)
	case slice.To-slice.From <= 1 && g.deaths >= certain:
		g.faulty, g.deaths = true, 0
		st.poison(s, g, slice.From, now)
	}
}

// split halves a slice of which nothing was delivered. The second half waits for the first one, whose objects may be those of the
// slice and reach into it. One death more halves it again.
func (st *State) split(s *stream, g *grant) {
	st.void(s, g)
	slice, mid := g.lease.Slice, s.middle(g.lease.Slice)
	for i, half := range [...]Interval{{slice.From, mid}, {mid, slice.To}} {
		h := *g
		h.entry, h.behind = ungranted, true
		l := &h.lease
		l.Slice.From, l.Slice.To, l.Slice.CloseTail = half.From, half.To, slice.CloseTail || i == 0 || !s.last(slice)
		l.ID, l.Attempt, l.Epoch = leaseID(l.Connector, l.Slice), 0, ungranted
		if i > 0 {
			l.Lane = s.lane()
		}
		s.put(&h)
	}
	st.commit(s, false) // what was cut of it is not known to the next coordinator, which is not to run it as it was
}

// middle returns where a slice is halved: where a file ends, as long as it has several.
func (s *stream) middle(slice tasks.Slice) int64 {
	n, flush := slice.To-slice.From, max(1, s.c.spec.Cut.FlushSize)
	if n > flush {
		return slice.From + max(1, n/flush/2)*flush
	}
	return slice.From + n/2
}
