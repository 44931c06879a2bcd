package plan

import (
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Restart says whether failed tasks start again by themselves. The zero value says no.
type Restart struct {
	// Max bounds the restarts of a task in a row, before it gets on; a negative one does not.
	Max int
	// First is the pause before the first; each one doubles it, up to Longest.
	First, Longest time.Duration
}

// after returns the pause before the next restart of a task that made n in a row; false when it makes no more.
func (r Restart) after(n int) (time.Duration, bool) {
	if r.Max >= 0 && n >= r.Max {
		return 0, false
	}
	pause := r.First
	for range min(n, 62) {
		if pause >= r.Longest/2 {
			return r.Longest, true
		}
		pause *= 2
	}
	return min(pause, r.Longest), true
}

// failure is why a task stands still, and until when: the zero time is until somebody restarts it.
type failure struct {
	trace string
	until time.Time
}

// fail fails the task of a stream, unless the lease ran under a configuration that is no more: the new one gets its try.
func (st *State) fail(s *stream, l *tasks.Lease, trace string, now time.Time) {
	c := s.c
	if l.ConfigVersion != c.spec.ConfigVersion {
		return
	}
	task := s.task()
	f := failure{trace: trace}
	if pause, again := c.spec.Restart.after(c.restarts[task]); again {
		f.until = now.Add(pause)
	}
	c.failed[task] = f
	st.out = append(st.out, FailTask{c.spec.Name, task, trace, f.until})
}

// stands reports whether the task of a stream has failed. One whose pause is over starts again.
func (st *State) stands(s *stream, now time.Time) bool {
	task := s.task()
	f, failed := s.c.failed[task]
	switch {
	case !failed:
		return false
	case f.until.IsZero():
		return true
	case now.Before(f.until):
		st.alarm(s, f.until)
		return true
	}
	delete(s.c.failed, task)
	s.c.restarts[task]++
	for _, s := range s.c.sorted() {
		if s.task() == task {
			s.again()
		}
	}
	return false
}

// again forgets how a stream went before.
func (s *stream) again() {
	s.calm()
	s.touch()
}

// calm forgets troubles.
func (s *stream) calm() {
	s.trouble = trouble{grow: s.trouble.grow}
	for _, g := range s.grants {
		g.trouble, g.faulty = trouble{grow: g.grow}, false
	}
}

// traces returns why tasks stand still, by number.
func (c *connector) traces() map[int]string {
	out := make(map[int]string, len(c.failed))
	for task, f := range c.failed {
		out[task] = f.trace
	}
	return out
}
