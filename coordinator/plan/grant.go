package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// grant is a slice that was cut, and the right to run it: given, or to be given (again).
type grant struct {
	lease tasks.Lease // its Epoch is the one under which a result counts, or ungranted
	live  bool
	// entry is the epoch of its newest entry in the store, or ungranted. It outlives the attempt.
	entry int64
	// deadline is when a live grant is over; due when it is taken for dead: then, or sooner where nobody watches it.
	deadline, due time.Time
	progress      tasks.Counts // as its executor reported last
	// unwatched: nobody would tell that its executor is gone, because another coordinator was to launch it, or because it is
	// gone already and its result may be on its way. Such a grant lives while it is heard of.
	unwatched bool
	// faulty: its slice made the task fail; it waits for the task's restart.
	faulty bool
	// behind: it was a part of the slice before it, whose objects may reach into it. It waits until that is done.
	behind bool
	// waiting is since when its data had waited.
	waiting time.Time
	trouble
}

// trouble is how the tries on a slice, or at the head of a stream, went.
type trouble struct {
	// retries counts failures in a row, deaths executors that died in a row; notBefore ends the back-off.
	retries, deaths int
	notBefore       time.Time
	hunt            hunt
	// grow is the least length of the next slice, after one that finished nothing.
	grow int64
}

// ungranted stands for the epoch of a grant that is not written yet; no result carries it.
const ungranted = -1

// maxLanes bounds the slices of a stream that are cut and not done, and so the entries that a stream has in the store.
const maxLanes = 256

// parallel reports whether several slices of a stream may run at once.
func (c *connector) parallel() bool {
	return c.spec.Order == tasks.OrderNone && c.spec.Kind == tasks.SinkKind && c.tasks() > 1
}

// running reports whether a grant of the stream is live.
func (s *stream) running() bool {
	return slices.ContainsFunc(s.grants, func(g *grant) bool { return g.live })
}

// head returns the first offset that is neither done nor part of a slice, nor before one that is.
func (s *stream) head() int64 {
	h := s.at.Position
	if n := len(s.at.Done); n > 0 {
		h = max(h, s.at.Done[n-1].To)
	}
	for _, g := range s.grants {
		h = max(h, g.lease.Slice.To)
	}
	return h
}

// put adds a grant, in order.
func (s *stream) put(g *grant) {
	i, _ := slices.BinarySearchFunc(s.grants, g, func(a, b *grant) int { return cmp.Compare(a.lease.Slice.From, b.lease.Slice.From) })
	s.grants = slices.Insert(s.grants, i, g)
}

// remove takes a grant out.
func (s *stream) remove(g *grant) {
	s.grants = slices.DeleteFunc(s.grants, func(o *grant) bool { return o == g })
}

// lane returns the lowest number that no slice of the stream has.
func (s *stream) lane() int {
	for n := 0; ; n++ {
		if !slices.ContainsFunc(s.grants, func(g *grant) bool { return g.lease.Lane == n }) {
			return n
		}
	}
}

// blocked reports whether a grant waits for the slice before it.
func (s *stream) blocked(g *grant) bool {
	return g.behind && slices.ContainsFunc(s.grants, func(o *grant) bool { return o.lease.Slice.To == g.lease.Slice.From && !o.faulty })
}

// last reports whether nothing is cut or done behind a slice: what is left of it belongs to the head again.
func (s *stream) last(slice tasks.Slice) bool { return s.head() <= slice.To }

// done returns the first offset from at on that is not done.
func (s *stream) done(at int64) int64 {
	at = max(at, s.at.Position)
	for _, d := range s.at.Done {
		if d.From <= at {
			at = max(at, d.To)
		}
	}
	return at
}

// hole returns the first offsets before the head that are neither done nor part of a slice. There are some after a coordinator has
// gone that had cut them and not granted.
func (s *stream) hole() (Interval, bool) {
	at := s.at.Position
	for {
		next := s.head()
		if at = s.done(at); at >= next {
			return Interval{}, false
		}
		inside := false
		for _, d := range s.at.Done {
			if d.From > at {
				next = min(next, d.From)
			}
		}
		for _, g := range s.grants {
			switch slice := g.lease.Slice; {
			case slice.From <= at && at < slice.To:
				at, inside = slice.To, true
			case slice.From > at:
				next = min(next, slice.From)
			}
		}
		if !inside {
			return Interval{at, next}, true
		}
	}
}

// deliver marks offsets as done: the position moves over what is done without a gap, forward only (I5).
func (s *stream) deliver(i Interval) {
	if i.From <= s.at.Position && len(s.at.Done) == 0 {
		s.at.Position = max(s.at.Position, i.To)
	}
	if i.To <= max(i.From, s.at.Position) {
		return
	}
	var done []Interval
	for _, d := range s.at.Done {
		if d.To < i.From || d.From > i.To {
			done = append(done, d)
			continue
		}
		i = Interval{min(i.From, d.From), max(i.To, d.To)}
	}
	at, _ := slices.BinarySearchFunc(done, i, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	s.at.Done = slices.Insert(done, at, i)
	s.settle()
}

// settle takes what is done without a gap into the position.
func (s *stream) settle() {
	for len(s.at.Done) > 0 && s.at.Done[0].From <= s.at.Position {
		s.at.Position = max(s.at.Position, s.at.Done[0].To)
		if s.at.Done = s.at.Done[1:]; len(s.at.Done) == 0 {
			s.at.Done = nil
		}
	}
}

// ended notes that a grant is over for good, whatever its result.
func (s *stream) ended(g *grant) {
	s.at.Epoch = max(s.at.Epoch, g.entry)
}

// commit wants the stream's checkpoint written (I7).
func (st *State) commit(s *stream, moved bool) {
	s.at.Open = nil
	var seams []int64
	for _, g := range s.grants {
		switch {
		case g.entry == ungranted && g.lease.Slice.From > s.at.Position: // whoever cuts it anew, cuts it here
			seams = append(seams, g.lease.Slice.From)
		case g.entry != ungranted && g.entry < s.at.Epoch:
			s.at.Open = append(s.at.Open, g.entry)
		}
	}
	slices.Sort(s.at.Open)
	for _, seam := range s.at.Seams {
		if s.done(seam) == seam && seam > s.at.Position {
			seams = append(seams, seam)
		}
	}
	slices.Sort(seams)
	s.at.Seams = slices.Compact(seams)
	st.out = append(st.out, Commit{s.at, moved})
}

// void ends a grant for good, without a result that counts: what it wrote may reach to its end.
func (st *State) void(s *stream, g *grant) {
	st.lapse(s, g)
	s.remove(g)
	s.ended(g)
	s.giveUp(g.lease.Slice)
}

// giveUp notes that objects of a slice that is no more may stand, or come yet, from its start to its end. Its start becomes a seam: what
// lies before it may be missing still and not be cut, as after a failover, and then the head falls back there. The next slice must end at
// the start, or one object of it and one of the slice would hold the same records.
func (s *stream) giveUp(slice tasks.Slice) {
	s.at.Reach = max(s.at.Reach, slice.To)
	if slice.From > s.at.Position {
		s.at.Seams = append(slices.Clip(s.at.Seams), slice.From)
	}
}

// voidAll ends all grants of a stream for good.
func (st *State) voidAll(s *stream) {
	for len(s.grants) > 0 {
		st.void(s, s.grants[0])
	}
}

// lapse ends a grant's life; it may be granted anew.
func (st *State) lapse(s *stream, g *grant) {
	if g.live {
		g.live = false
		s.c.live--
		st.live--
		st.rearm(s)
	}
}

func (st *State) deadline(l *tasks.Lease, now time.Time) time.Time {
	return now.Add(time.Duration(l.TTL)*time.Millisecond + st.limits.Margin)
}

// listen gives a grant that nobody watches time to be heard of.
func (st *State) listen(s *stream, g *grant, now time.Time) {
	g.unwatched = true
	g.due = now.Add(st.limits.Silence)
	if g.deadline.Before(g.due) {
		g.due = g.deadline
	}
	st.rearm(s)
}
