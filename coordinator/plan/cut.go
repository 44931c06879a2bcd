package plan

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// cut returns a new slice of a stream, not yet granted, or nil. What was cut before and got lost comes first, as it was cut: its
// objects may stand there.
func (st *State) cut(s *stream, now time.Time) *grant {
	if h, ok := s.hole(); ok {
		slice := tasks.Slice{Stream: s.id, TopicID: s.at.TopicID, From: h.From, To: h.To, CloseTail: true}
		g := st.cutAs(s, s.toSeam(slice), now)
		g.behind = true
		return g
	}
	from := s.head()
	if len(s.grants) > 0 && !s.beside(from) {
		return nil
	}
	if now.Before(s.trouble.notBefore) {
		st.alarm(s, s.trouble.notBefore)
		return nil
	}
	slice, at, ok := tasks.Slice{Stream: s.id, Since: s.at.SourcePosition, Until: s.seen.Until}, now, s.pending()
	if s.c.spec.Kind == tasks.SinkKind {
		slice, at, ok = st.atHead(s, from, now)
	}
	if !ok {
		return nil
	}
	g := st.cutAs(s, s.toSeam(slice), at)
	g.trouble, s.trouble = s.trouble, trouble{}
	g.waiting = s.waiting
	if s.seen.End <= slice.To {
		s.waiting = time.Time{}
	}
	return g
}

// toSeam shortens a slice that reaches over a seam.
func (s *stream) toSeam(slice tasks.Slice) tasks.Slice {
	for _, seam := range s.at.Seams {
		if slice.From < seam && seam < slice.To {
			slice.To, slice.CloseTail = seam, true
		}
	}
	return slice
}

// beside reports whether a slice from the head may run beside those that are in flight: where the one before it closes its tail,
// and no object of an earlier cut can reach over its start.
func (s *stream) beside(from int64) bool {
	if !s.c.parallel() || from < s.at.Reach || len(s.grants) >= maxLanes || !s.grants[len(s.grants)-1].lease.Slice.CloseTail {
		return false
	}
	free := s.c.tasks()
	for _, g := range s.grants {
		if !s.blocked(g) {
			free--
		}
	}
	return free > 0
}

// atHead returns the slice that is worth running at the head of a stream, and its plan time; or it sets the alarm for when one may be.
func (st *State) atHead(s *stream, from int64, now time.Time) (tasks.Slice, time.Time, bool) {
	cut, end := s.c.spec.Cut, s.seen.End
	slice := tasks.Slice{Stream: s.id, TopicID: s.at.TopicID, From: from, To: end, CloseTail: cut.CloseTail}
	if end <= from {
		return slice, now, false
	}
	if s.trouble.hunt.on() {
		slice.To = min(end, s.trouble.hunt.to())
		return slice, now, true
	}
	length := max(1, int64(float64(st.limits.SliceBytes)/s.bytes))
	if cut.CloseTail {
		if cut.Every > 0 && !s.waiting.IsZero() && end-from < length { // no full slice: it waits for its slot
			if slot := st.slot(s, now); now.Before(slot) {
				st.alarm(s, slot)
				return slice, now, false
			}
		}
		slice.To = min(end, from+length)
		return slice, now, true
	}
	need, grow := s.needFrom(from), s.trouble.grow
	if cut.Every > 0 && !s.waiting.IsZero() {
		slot := st.slot(s, now)
		if now.Before(slot) {
			st.alarm(s, slot)
		} else if end-from <= length || end < need || grow > 0 {
			slice.CloseTail = true
			return slice, slot, true
		}
	}
	if end < need {
		return slice, now, false
	}
	// Long enough to finish a file, else the same bytes would be read for ever.
	if slice.To = max(from+max(length, grow), need); slice.To >= end {
		slice.To = end // to the end of the log, so that what is bad in an unfinished file is told now
		return slice, now, true
	}
	slice.To = s.wholeFiles(from, slice.To)
	// The next slice begins where this one ends, without waiting for it.
	slice.CloseTail = s.c.parallel() && slice.To >= s.at.Reach
	return slice, now, true
}

// needFrom returns the observed end from which a slice from an offset on may finish a file.
func (s *stream) needFrom(from int64) int64 {
	if from == s.at.Position {
		return s.need
	}
	return from + max(1, s.c.spec.Cut.FlushSize)
}

// wholeFiles shortens a slice that ends at to, before the end of the log, by what only the next one could finish, which would read
// it again: as long as each offset holds a record, as far as is known, files end at multiples of flush.size.
func (s *stream) wholeFiles(from, to int64) int64 {
	flush, need := max(1, s.c.spec.Cut.FlushSize), s.needFrom(from)
	if to < need || need != from+flush {
		return to
	}
	return to - (to-need)%flush
}

// cutAs adds a slice to those that are to be granted.
func (st *State) cutAs(s *stream, slice tasks.Slice, planTime time.Time) *grant {
	g := &grant{lease: st.lease(s, slice, planTime), entry: ungranted, waiting: s.waiting}
	g.lease.Lane = s.lane()
	s.put(g)
	return g
}

// lease returns the lease of a slice before its first grant.
func (st *State) lease(s *stream, slice tasks.Slice, planTime time.Time) tasks.Lease {
	spec := &s.c.spec
	l := st.Template
	l.ID = leaseID(spec.Name, slice)
	l.Connector, l.Kind, l.Task = spec.Name, spec.Kind, s.task()
	l.Slice, l.PlanTime = slice, planTime.UnixMilli()
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
