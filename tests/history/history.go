// Package history checks what a coordinator wrote into the lease topic, turn by turn, against the invariants of package tasks: the
// same checker reads the topic of a broker after processes were killed, and the decisions of a simulation. It is for streams of
// sinks whose topics lose nothing by retention.
package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Turn is what one transaction wrote.
type Turn struct {
	Grants      []tasks.Lease // with their epochs
	Checkpoints []plan.Checkpoint
}

// History is what is known after some turns. Make one with [New].
type History struct {
	streams map[lane]*stream

	// Grants, Again and Checkpoints count: first grants, those of a slice that had one, and checkpoints that moved a position.
	Grants, Again, Checkpoints int
}

// lane is a stream of a connector.
type lane struct {
	connector string
	stream    tasks.Stream
}

type stream struct {
	at      plan.Checkpoint
	known   bool                  // there is a checkpoint
	open    map[int64]tasks.Lease // the grants in force by epoch
	granted map[int64]bool        // all epochs
	reach   int64                 // the end of the last slice
	most    int64                 // the same of all since the topic was created: what stands at the destination may be adopted
}

// New returns a history of nothing.
func New() *History { return &History{streams: map[lane]*stream{}} }

// Turn takes the next turn, and returns an error that says which invariant it breaks.
func (h *History) Turn(t Turn) error {
	for _, c := range t.Checkpoints {
		if err := h.stream(c.Connector, c.Stream).checkpoint(c); err != nil {
			return fmt.Errorf("checkpoint of %s %s: %w", c.Connector, c.Stream, err)
		}
		h.Checkpoints++
	}
	touched := map[*stream]bool{}
	for i := range t.Grants {
		l := &t.Grants[i]
		s := h.stream(l.Connector, l.Slice.Stream)
		again, err := s.grant(l)
		if err != nil {
			return fmt.Errorf("grant of %s %s, epoch %d, attempt %d: %w", l.Connector, l.Slice, l.Epoch, l.Attempt, err)
		}
		if again {
			h.Again++
		} else {
			h.Grants++
		}
		touched[s] = true
	}
	for s := range touched {
		if err := s.disjoint(); err != nil {
			return err
		}
	}
	return nil
}

func (h *History) stream(connector string, id tasks.Stream) *stream {
	k := lane{connector, id}
	if h.streams[k] == nil {
		h.streams[k] = &stream{open: map[int64]tasks.Lease{}, granted: map[int64]bool{}}
	}
	return h.streams[k]
}

// Open returns the grants in force, by connector and stream and in the order of their slices.
func (h *History) Open() []tasks.Lease {
	var out []tasks.Lease
	for _, s := range h.streams {
		out = slices.AppendSeq(out, maps.Values(s.open))
	}
	return out
}

// Position returns where a stream stands.
func (h *History) Position(connector string, id tasks.Stream) int64 {
	return h.stream(connector, id).at.Position
}

// Moved says that a person has moved the offsets of a stream.
func (h *History) Moved(c plan.Checkpoint) {
	s := h.stream(c.Connector, c.Stream)
	*s = stream{at: c, known: true, open: map[int64]tasks.Lease{}, granted: s.granted, most: s.most}
}

// checkpoint takes a checkpoint: nothing that was done is lost, nothing is done that was not granted, and a grant counts once.
func (s *stream) checkpoint(c plan.Checkpoint) error {
	switch before := s.at; {
	case s.known && c.TopicID.Differs(before.TopicID):
		*s = stream{open: map[int64]tasks.Lease{}, granted: s.granted} // another topic of that name
	case !s.known:
	case c.Position < before.Position:
		return fmt.Errorf("I5: the position goes back from %d to %d", before.Position, c.Position)
	case c.Epoch < before.Epoch:
		return fmt.Errorf("I4: the epoch goes back from %d to %d", before.Epoch, c.Epoch)
	case !covers(c, before):
		return fmt.Errorf("I5: something was done, and is no more: %+v follows %+v", c, before)
	case !covers(before, c) && !s.ends(c):
		return fmt.Errorf("I4: %+v moves to %+v, though no grant has ended: a result counted twice", before, c)
	}
	if c.Epoch >= 0 && !s.granted[c.Epoch] {
		return fmt.Errorf("I4: no grant has the epoch %d", c.Epoch)
	}
	if s.most > 0 && c.Position > s.most {
		return fmt.Errorf("I8: it is done up to %d, and granted up to %d", c.Position, s.most)
	}
	s.at, s.known = c, true
	for epoch := range s.open {
		if c.Ended(epoch) {
			delete(s.open, epoch)
		}
	}
	return nil
}

// grant takes a grant, and reports whether it is one of a slice, or of a part of one, that had one before.
func (s *stream) grant(l *tasks.Lease) (again bool, err error) {
	for epoch := range s.granted {
		if l.Epoch <= epoch {
			return false, fmt.Errorf("I2: epoch %d was granted before", epoch)
		}
	}
	s.granted[l.Epoch] = true
	for epoch, old := range s.open {
		void := old.ConfigVersion != l.ConfigVersion && old.Slice.From < l.Slice.To && l.Slice.From < old.Slice.To
		if old.Lane != l.Lane && void {
			delete(s.open, epoch) // with the configuration under which it was granted
		}
		if old.Lane != l.Lane {
			continue
		}
		again = true
		delete(s.open, epoch)
		if err := replaces(&old, l); err != nil {
			return true, err
		}
	}
	switch {
	case s.known && l.Slice.TopicID.Differs(s.at.TopicID):
		return again, fmt.Errorf("it is of another topic than the checkpoint")
	case s.known && l.Slice.From < s.at.Position:
		return again, fmt.Errorf("I5: what lies before %d is done", s.at.Position)
	case (s.known || s.reach > 0) && l.Slice.From > max(s.reach, s.at.Position):
		return again, fmt.Errorf("I8: nobody was granted what lies between %d and it", max(s.reach, s.at.Position))
	}
	s.open[l.Epoch] = *l
	s.reach, s.most = max(s.reach, l.Slice.To), max(s.most, l.Slice.To)
	return again, nil
}

// replaces checks a grant that takes the place of one which is in force (I1).
func replaces(old, l *tasks.Lease) error {
	switch {
	case l.Slice.TopicID.Differs(old.Slice.TopicID), l.ConfigVersion != old.ConfigVersion: // the old one is void
		return nil
	case l.Slice == old.Slice && l.PlanTime == old.PlanTime && l.Attempt != old.Attempt+1:
		return fmt.Errorf("I2: attempt %d was granted before: two coordinators decide", old.Attempt)
	case l.Slice == old.Slice && l.PlanTime == old.PlanTime:
		return nil
	case l.Slice.From == old.Slice.From && l.Attempt == 1: // cut anew after executors died on it, of which the topic does not tell
		return nil
	}
	return fmt.Errorf("I1: %s of plan time %d is in force, and was to be granted again, not %s of %d", old.Slice, old.PlanTime, l.Slice, l.PlanTime)
}

// ends reports whether a checkpoint ends a grant.
func (s *stream) ends(c plan.Checkpoint) bool {
	for epoch := range s.open {
		if c.Ended(epoch) {
			return true
		}
	}
	return false
}

// disjoint checks that no two grants in force overlap.
func (s *stream) disjoint() error {
	open := slices.SortedFunc(maps.Values(s.open), func(a, b tasks.Lease) int { return cmp.Compare(a.Slice.From, b.Slice.From) })
	for i := 1; i < len(open); i++ {
		if a, b := &open[i-1], &open[i]; b.Slice.From < a.Slice.To {
			return fmt.Errorf("grants in force overlap: %s of epoch %d, and %s of epoch %d", a.Slice, a.Epoch, b.Slice, b.Epoch)
		}
	}
	return nil
}

// covers reports whether all that is done under b is done under a.
func covers(a, b plan.Checkpoint) bool {
	for _, d := range append([]plan.Interval{{To: b.Position}}, b.Done...) {
		in := func(i plan.Interval) bool { return i.From <= d.From && d.To <= i.To }
		if d.To > a.Position && (d.From <= a.Position || !slices.ContainsFunc(a.Done, in)) {
			return false
		}
	}
	return true
}
