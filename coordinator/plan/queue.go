package plan

import (
	"container/heap"
	"time"
)

// touch puts a stream in line for a look, once. One whose grant is live has nothing to get in line for.
func (s *stream) touch() {
	if !s.queued && !s.running() {
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

// alarm sets the time at which a stream is looked at again without an event.
func (st *State) alarm(s *stream, at time.Time) {
	if s.wake.Equal(at) {
		return
	}
	s.wake = at
	heap.Push(&st.timers, timer{at, s})
}

// ring puts the streams in line whose time has come, and ends the grants whose deadline has passed, or that have fallen silent.
func (st *State) ring(now time.Time) {
	for len(st.timers) > 0 && !st.timers[0].at.After(now) {
		t := heap.Pop(&st.timers).(timer)
		if t.s.wake.Equal(t.at) {
			t.s.wake = time.Time{}
			if t.s.running() {
				st.lapse(t.s)
				st.drained(t.s.c)
			}
			t.s.touch()
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
