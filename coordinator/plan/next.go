package plan

import (
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Next returns what is to be done now, and when to ask again if no event comes before (the zero time: only then). The grants
// count as live from here on.
func Next(st *State, now time.Time) ([]Action, time.Time) {
	st.ring(now)
	st.account(now)
	again := st.grants(now)
	st.purse.paying = st.live
	out, wake := st.out, st.nextAlarm()
	st.out = nil
	if wake.IsZero() || !again.IsZero() && again.Before(wake) {
		wake = again
	}
	return out, wake
}

// Hold stops all grants from here on, for a clean end: what runs, finishes.
func (st *State) Hold() { st.held = true }

// grants goes round the connectors, one grant each in turn, until nobody may or wants. It returns when more may be granted, where that is
// all that is wanting.
func (st *State) grants(now time.Time) time.Time {
	idle := 0
	for !st.held && len(st.order) > 0 && idle < len(st.order) {
		if until := st.withheld(now); until.After(now) {
			return until
		}
		st.turn %= len(st.order)
		c := st.connectors[st.order[st.turn]]
		st.turn++
		if st.one(c, now) {
			idle = 0
		} else {
			idle++
		}
	}
	return time.Time{}
}

// one makes at most one grant for a connector.
func (st *State) one(c *connector, now time.Time) bool {
	for len(c.ready) > 0 {
		if c.removed || c.spec.Target != Started || c.live >= c.tasks() || st.live >= st.limits.MaxExecutors {
			return false
		}
		s := c.take()
		if g := st.decide(s, now); g != nil {
			st.give(s, g, now)
			s.touch() // behind the others: it may have more
			return true
		}
	}
	return false
}

// give makes a grant live.
func (st *State) give(s *stream, g *grant, now time.Time) {
	g.lease.Attempt++
	g.lease.Epoch = ungranted
	g.live, g.unwatched, g.progress = true, false, tasks.Counts{}
	g.deadline = st.deadline(&g.lease, now)
	g.due = g.deadline
	s.c.live++
	st.live++
	st.rate.tokens--
	st.rearm(s)
	st.out = append(st.out, Grant{g.lease, g.waiting})
}

// decide returns what is to be granted of a stream now, if anything, or sets the alarm for when something may be.
func (st *State) decide(s *stream, now time.Time) *grant {
	c := s.c
	s.look = time.Time{}
	defer st.rearm(s)
	failed := st.stands(s, now)
	if !s.observed && len(s.grants) == 0 || !c.parallel() && (failed || s.running()) {
		return nil
	}
	if g, wait := st.regrant(s, failed, now); g != nil || wait {
		return g
	}
	if failed {
		return nil // what was cut before its task failed, goes on
	}
	if len(s.grants) == 0 {
		st.clamp(s)
	}
	g := st.cut(s, now)
	for g != nil && s.blocked(g) {
		g = st.cut(s, now)
	}
	return g
}

// regrant returns the first slice that was cut before and may be granted now. wait says that nothing else may be: the stream keeps its
// order.
func (st *State) regrant(s *stream, failed bool, now time.Time) (g *grant, wait bool) {
	for _, g := range slices.Clone(s.grants) {
		if g.live || g.faulty && failed {
			continue
		}
		if now.Before(g.notBefore) {
			st.alarm(s, g.notBefore)
		} else if st.renew(s, g, now) && !s.blocked(g) {
			g.faulty = false
			return g, false
		}
		if !s.c.parallel() && len(s.grants) > 0 {
			return nil, true
		}
	}
	return nil, false
}

// renew makes a slice ready for a grant: as it was (I1); cut anew under a new configuration; less what another slice has delivered of
// it, where it was never granted. It returns false when nothing is left of it.
func (st *State) renew(s *stream, g *grant, now time.Time) bool {
	if l := &g.lease; l.ConfigVersion != s.c.spec.ConfigVersion {
		if s.last(l.Slice) && len(s.grants) == 1 { // as if it had never been
			st.void(s, g)
			s.waiting = g.waiting
			return false
		}
		slice := l.Slice
		slice.CloseTail = true // what follows is cut
		lane := l.Lane
		g.lease, g.trouble, g.faulty = st.lease(s, slice, now), trouble{}, false
		g.lease.Lane = lane
	}
	if g.behind && g.lease.Attempt == 0 {
		from := s.done(g.lease.Slice.From)
		if from >= g.lease.Slice.To {
			s.remove(g)
			return false
		}
		g.lease.Slice.From = from
		g.lease.ID = leaseID(g.lease.Connector, g.lease.Slice)
	}
	return true
}
