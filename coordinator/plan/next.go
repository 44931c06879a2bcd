package plan

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Next returns what is to be done now, and when to ask again if no event comes before (the zero time: only then). The grants
// count as live from here on.
func Next(st *State, now time.Time) ([]Action, time.Time) {
	st.ring(now)
	st.grants(now)
	out := st.out
	st.out = nil
	return out, st.nextAlarm()
}

// Hold stops all grants from here on, for a clean end: what runs, finishes.
func (st *State) Hold() { st.held = true }

// grants goes round the connectors, one grant each in turn, until nobody may or wants.
func (st *State) grants(now time.Time) {
	idle := 0
	for !st.held && len(st.order) > 0 && idle < len(st.order) {
		st.turn %= len(st.order)
		c := st.connectors[st.order[st.turn]]
		st.turn++
		if st.one(c, now) {
			idle = 0
		} else {
			idle++
		}
	}
}

// one makes at most one grant for a connector.
func (st *State) one(c *connector, now time.Time) bool {
	for len(c.ready) > 0 {
		if c.removed || c.spec.Target != Started || c.live >= c.tasks() || st.live >= st.limits.MaxExecutors {
			return false
		}
		s := c.take()
		if s.running() { // a grant was taken over after it had got in line
			continue
		}
		if lease, ok := st.decide(s, now); ok {
			st.give(s, lease, now)
			return true
		}
	}
	return false
}

// give makes a grant live.
func (st *State) give(s *stream, l tasks.Lease, now time.Time) {
	s.grant = &grant{lease: l, live: true, deadline: st.deadline(&l, now)}
	s.c.live++
	st.live++
	if s.seen.End <= l.Slice.To {
		s.beyond = time.Time{}
	} else if s.beyond.IsZero() {
		s.beyond = s.waiting
	}
	st.alarm(s, s.grant.deadline)
	st.out = append(st.out, Grant{l, s.waiting})
}

// decide returns the lease that a stream is due, if any, or sets the alarm for when it may be.
func (st *State) decide(s *stream, now time.Time) (tasks.Lease, bool) {
	c := s.c
	if st.stands(s, now) || !s.observed && s.grant == nil {
		return tasks.Lease{}, false
	}
	if now.Before(s.notBefore) {
		st.alarm(s, s.notBefore)
		return tasks.Lease{}, false
	}
	if s.grant != nil && s.grant.lease.ConfigVersion == c.spec.ConfigVersion {
		l := s.grant.lease // I1: slice, plan time and configuration again
		l.Attempt++
		l.Epoch = ungranted
		return l, true
	}
	s.grant = nil // of a configuration that is no more
	st.clamp(s)
	if c.spec.Kind == tasks.SourceKind {
		if !s.pending() {
			return tasks.Lease{}, false
		}
		return st.lease(s, tasks.Slice{Stream: s.id, Since: s.at.SourcePosition, Until: s.seen.Until}, now), true
	}
	slice, at, ok := st.cut(s, now)
	if !ok {
		return tasks.Lease{}, false
	}
	return st.lease(s, slice, at), true
}

// cut returns the next slice of a sink's stream and its plan time.
func (st *State) cut(s *stream, now time.Time) (tasks.Slice, time.Time, bool) {
	cut, from, end := s.c.spec.Cut, s.at.Position, s.seen.End
	slice := tasks.Slice{Stream: s.id, TopicID: s.at.TopicID, From: from, To: end, CloseTail: cut.CloseTail}
	if end <= from {
		return slice, now, false
	}
	if s.hunt.on() {
		slice.To = min(end, s.hunt.to())
		return slice, now, true
	}
	length := max(1, int64(float64(st.limits.SliceBytes)/s.bytes))
	if cut.CloseTail {
		if cut.Every > 0 && !s.waiting.IsZero() && end-from < length { // no full slice: it waits for its slot
			if slot := slotAfter(s.waiting, cut.Every, cut.Zone); now.Before(slot) {
				st.alarm(s, slot)
				return slice, now, false
			}
		}
		slice.To = min(end, from+length)
		return slice, now, true
	}
	if cut.Every > 0 && !s.waiting.IsZero() {
		slot := slotAfter(s.waiting, cut.Every, cut.Zone)
		if now.Before(slot) {
			st.alarm(s, slot)
		} else if end-from <= length || end < s.need || s.grow > 0 {
			slice.CloseTail = true
			return slice, slot, true
		}
	}
	if end < s.need {
		return slice, now, false
	}
	// Long enough to finish a file, else the same bytes would be read for ever.
	if slice.To = max(from+max(length, s.grow), s.need); slice.To >= end {
		slice.To = end // to the end of the log, so that what is bad in an unfinished file is told now
	} else {
		slice.To = s.wholeFiles(slice.To)
	}
	return slice, now, true
}

// wholeFiles shortens a slice that ends at to, before the end of the log, by what only the next one could finish, which would read
// it again: as long as each offset holds a record, as far as is known, files end at multiples of flush.size.
func (s *stream) wholeFiles(to int64) int64 {
	flush := max(1, s.c.spec.Cut.FlushSize)
	if to < s.need || s.need != s.at.Position+flush {
		return to
	}
	return to - (to-s.need)%flush
}

// lease returns a first grant of a slice.
func (st *State) lease(s *stream, slice tasks.Slice, planTime time.Time) tasks.Lease {
	spec := &s.c.spec
	l := st.Template
	l.ID = leaseID(spec.Name, slice)
	l.Connector, l.Kind, l.Task = spec.Name, spec.Kind, s.task()
	l.Slice, l.Attempt, l.PlanTime = slice, 1, planTime.UnixMilli()
	l.ConfigVersion, l.Epoch = spec.ConfigVersion, ungranted
	if l.ConfigTopic = spec.ConfigTopic; l.ConfigTopic == "" {
		l.Config = spec.Config
	}
	l.OffsetPartition, l.OffsetsFrom = s.seen.OffsetPartition, s.seen.OffsetsFrom
	return l
}

// leaseID names a slice; its re-grants share it and differ by epoch.
func leaseID(connector string, slice tasks.Slice) string {
	if slice.Stream.Split == "" {
		return fmt.Sprintf("%s-%s-%d-%d-%d", connector, slice.Stream.Topic, slice.Stream.Partition, slice.From, slice.To)
	}
	h := fnv.New64a()
	for _, part := range [...]string{slice.Stream.Split, string(slice.Since), string(slice.Until)} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return fmt.Sprintf("%s-%016x", connector, h.Sum64())
}
