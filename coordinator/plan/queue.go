package plan

import (
	"container/heap"
	"time"
)

// touch puts a stream in line for a look, once. One that has its one grant has nothing to get in line for.
func (s *stream) touch() {
	if !s.queued && (s.c.parallel() || !s.running()) {
		s.queued = true
		s.c.ready = append(s.c.ready, s)
	}
}

// take removes the first stream in line.
func (c *connector) take() *stream {
	s := c.ready[0]
	c.ready[0] = nil
	c.ready = c.ready[1:]
	s.queued = false
	return s
}

// timer is the wish to look at a stream again.
type timer struct {
	at time.Time
	s  *stream
}

// timers is a heap by time. A stream's newest timer counts; older ones are dropped as they come up.
type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}

// alarm sets a time at which a stream is looked at again without an event. The earliest counts.
func (st *State) alarm(s *stream, at time.Time) {
	if s.look.IsZero() || at.Before(s.look) {
		s.look = at
		st.rearm(s)
	}
}

// rearm sets the timer of a stream: for its next look, or for when a grant of it is taken for dead.
func (st *State) rearm(s *stream) {
	at := s.look
	for _, g := range s.grants {
		if g.live && (at.IsZero() || g.due.Before(at)) {
			at = g.due
		}
	}
	if s.wake.Equal(at) {
		return
	}
	if s.wake = at; !at.IsZero() {
		heap.Push(&st.timers, timer{at, s})
	}
}

// ring puts the streams in line whose time has come, and ends the grants whose deadline has passed, or that have fallen silent.
func (st *State) ring(now time.Time) {
	for len(st.timers) > 0 && !st.timers[0].at.After(now) {
		t := heap.Pop(&st.timers).(timer)
		if s := t.s; s.wake.Equal(t.at) {
			s.wake, s.look = time.Time{}, time.Time{}
			for _, g := range s.grants {
				if g.live && !g.due.After(now) {
					st.lapse(s, g)
				}
			}
			st.rearm(s)
			st.drained(s.c)
			s.touch()
		}
	}
}

// nextAlarm returns the earliest timer that counts, or the zero time.
func (st *State) nextAlarm() time.Time {
	for len(st.timers) > 0 {
		t := st.timers[0]
		if t.s.wake.Equal(t.at) {
			return t.at
		}
		heap.Pop(&st.timers)
	}
	return time.Time{}
}
