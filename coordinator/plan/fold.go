package plan

import (
	"cmp"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

func compare(a, b tasks.Stream) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Split, b.Split))
}

// Observed folds what was seen of a stream of o.Connector. The log's end never goes back here: an older observation that
// comes late changes nothing.
func (st *State) Observed(o Observation, now time.Time) {
	c := st.connectors[o.Connector]
	if c == nil || c.removed {
		return
	}
	s := c.stream(o.Stream)
	if c.spec.Kind == tasks.SourceKind && o.Since != s.at.SourcePosition {
		return
	}
	if s.at.TopicID.Differs(o.TopicID) {
		st.anew(s, &o)
	}
	if o.TopicID != "" {
		s.at.TopicID = o.TopicID
	}
	if !s.placed {
		st.place(s, &o)
	}
	o.End = max(o.End, s.seen.End)
	o.LogStart = max(o.LogStart, s.seen.LogStart)
	s.seen, s.observed = o, true
	st.clamp(s)
	if s.pending() && s.waiting.IsZero() {
		s.waiting = now
	}
	if s.grant != nil && o.End > s.grant.lease.Slice.To && s.beyond.IsZero() {
		s.beyond = now
	}
	s.touch()
}

// anew begins a stream again whose topic was deleted and created again, as Connect does, for Kafka forgets the group's offsets
// of a deleted topic. What runs on the former topic is void, and what was not read of it is gone (I8: it is told).
func (st *State) anew(s *stream, o *Observation) {
	st.out = append(st.out, Anew{s.c.spec.Name, s.id, s.at.Position})
	epoch := s.at.Epoch
	if s.grant != nil {
		epoch = max(epoch, s.grant.lease.Epoch) // its entry is overtaken, too
	}
	st.void(s)
	s.at = Checkpoint{Connector: s.at.Connector, Stream: s.id, TopicID: o.TopicID, Epoch: epoch}
	s.seen, s.waiting, s.beyond = Observation{}, time.Time{}, time.Time{}
	s.retries, s.deaths, s.notBefore, s.grow, s.hunt = 0, 0, time.Time{}, 0, hunt{}
	st.place(s, o)
	if !s.c.spec.Latest {
		st.out = append(st.out, Commit{s.at, true})
	}
}

// place puts a stream of which nothing is committed at the start of its log, or at the end.
func (st *State) place(s *stream, o *Observation) {
	s.placed = true
	if s.c.spec.Kind == tasks.SourceKind {
		return
	}
	s.at.Position = o.LogStart
	if s.c.spec.Latest {
		s.at.Position = o.End
		st.out = append(st.out, Commit{s.at, true})
	}
	s.need = s.neededEnd()
}

// clamp moves a position that retention has overtaken, while nothing is granted behind it (a granted slice stands, I1; its
// result will say what had expired). I8: it is told.
func (st *State) clamp(s *stream) {
	if s.grant != nil || s.seen.LogStart <= s.at.Position || s.c.spec.Kind == tasks.SourceKind {
		return
	}
	st.out = append(st.out, Lost{s.c.spec.Name, s.id, s.at.Position, s.seen.LogStart})
	s.c.counts.Expired += s.seen.LogStart - s.at.Position
	s.at.Position = s.seen.LogStart
	if s.at.ReadTo < s.at.Position {
		s.at.ReadTo, s.at.TailFiled = 0, 0
	} else {
		s.at.TailFiled = 0 // how many of the filed records are gone is not known: a smaller bound would be a guess
	}
	s.need, s.grow, s.hunt = s.neededEnd(), 0, hunt{}
	st.out = append(st.out, Commit{s.at, true})
}

// pending reports whether there is anything behind the position.
func (s *stream) pending() bool {
	if s.c.spec.Kind == tasks.SourceKind {
		done := s.seen.Until == s.at.SourcePosition || s.seen.Until == s.repeated.Until && s.at.SourcePosition == s.repeated.Since
		return s.seen.Pending > 0 && s.seen.Until != "" && !done
	}
	return s.seen.End > s.at.Position
}

// Granted tells a grant as it was written, with its epoch; until then no result of it counts.
func (st *State) Granted(l tasks.Lease) {
	if c := st.connectors[l.Connector]; c != nil {
		if s := c.streams[l.Slice.Stream]; s != nil && s.grant != nil {
			s.grant.lease = l
		}
	}
}

// current returns the stream whose grant carries the epoch, or nil: then the event is about a grant that is void.
func (st *State) current(connector string, id tasks.Stream, epoch int64) *stream {
	c := st.connectors[connector]
	if c == nil {
		return nil
	}
	s := c.streams[id]
	// I4: only under the granting epoch.
	if s == nil || s.grant == nil || s.grant.lease.Epoch != epoch {
		return nil
	}
	return s
}

// Progress folds what the executor of a live lease says of its counts, which is a sign of life too. Under an old epoch it says
// nothing (I4).
func (st *State) Progress(r tasks.Result, now time.Time) {
	s := st.current(r.Connector, r.Slice.Stream, r.Epoch)
	if s == nil || !s.running() {
		return
	}
	s.grant.progress = r.Counts
	if s.grant.unwatched {
		st.listen(s, now)
	}
}

// ExecutorEnded folds that the executor of a grant has ended by itself, as it does after its report. A report that does not
// come soon after is lost, or never was.
func (st *State) ExecutorEnded(connector string, id tasks.Stream, epoch int64, now time.Time) {
	if s := st.current(connector, id, epoch); s != nil && s.running() {
		st.listen(s, now)
	}
}

// Result folds a final result; progress reports are ignored. It returns whether the result counted: once, and only under
// the epoch that granted it (I4).
func (st *State) Result(r tasks.Result, now time.Time) bool {
	s := st.current(r.Connector, r.Slice.Stream, r.Epoch)
	if r.Progress || s == nil {
		return false
	}
	lease := s.grant.lease
	lease.Epoch = ungranted // I4: this one has counted; what is kept of the grant takes no second result
	lease.FailingSince = failingSince(&r)
	st.void(s)
	s.learn(&r)
	s.c.count(&r.Counts)
	s.c.results++
	progress := s.advance(&r, &lease)
	if progress {
		delete(s.c.restarts, s.task())
	}
	retriable := r.Failure != nil && (r.Failure.Kind == tasks.KindRetriable.String() || r.Failure.Kind == tasks.KindStale.String())
	if progress || !retriable {
		// Without progress the grant's entry stays in force: a next coordinator is to grant the same slice too (I1).
		st.out = append(st.out, Commit{s.at, progress})
	}
	if n := r.Counts.Expired; n > 0 {
		st.out = append(st.out, Lost{s.c.spec.Name, s.id, r.Slice.From, r.Slice.From + n})
	}
	s.rewait(&lease, now)
	switch {
	case r.Outcome == tasks.Done:
		st.finished(s, &r, lease, progress, now)
	case retriable:
		s.hunt.survived(s.at.Position, progress)
		s.deaths = 0
		if progress {
			s.retries = 0
			s.remainder(lease)
		} else {
			s.grant = &grant{lease: lease} // I1: the same slice again
		}
		s.backOff(now)
	default:
		st.fail(s, &lease, failureTrace(&r), now)
	}
	st.clamp(s)
	s.touch()
	st.drained(s.c)
	return true
}

// advance moves the position, forward only (I5), and returns whether it moved.
func (s *stream) advance(r *tasks.Result, l *tasks.Lease) bool {
	before := s.at
	s.at.Epoch, s.at.ConfigVersion = r.Epoch, l.ConfigVersion
	s.at.SourcePosition = r.SourcePosition
	s.at.Position = max(s.at.Position, r.Position)
	s.at.ReadTo, s.at.TailFiled = max(r.ReadTo, s.at.Position), r.Counts.TailFiled
	if s.c.spec.Kind == tasks.SourceKind {
		s.seen.Pending = 0 // what is left, the next look at the source tells
		if moved := s.at.SourcePosition != before.SourcePosition; moved || r.Outcome != tasks.Done || r.Counts.Records == 0 {
			return moved
		}
		s.repeated = r.Slice
		return true
	}
	s.need = s.neededEnd()
	return s.at.Position > before.Position
}

// rewait says since when the data behind the new position has waited.
func (s *stream) rewait(l *tasks.Lease, now time.Time) {
	if s.at.Position >= l.Slice.To {
		s.waiting = s.beyond
	}
	s.beyond = time.Time{}
	if !s.pending() {
		s.waiting = time.Time{}
	} else if s.waiting.IsZero() {
		s.waiting = now
	}
}

// finished folds a slice that was run without an error.
func (st *State) finished(s *stream, r *tasks.Result, lease tasks.Lease, progress bool, now time.Time) {
	s.deaths = 0
	cutShort := s.c.spec.Kind == tasks.SinkKind && r.ReadTo < r.Slice.To
	switch {
	case progress:
		s.retries, s.notBefore, s.grow = 0, time.Time{}, 0
		s.remainder(lease)
	case cutShort && r.Slice.CloseTail:
		s.backOff(now)
		s.hunt.late(s.at.Position, s.at.ReadTo)
		return
	case s.c.spec.Kind == tasks.SourceKind || cutShort || r.Slice.CloseTail:
		s.backOff(now) // nothing came of it, though something should: not at once again
	default:
		s.retries, s.notBefore = 0, now.Add(s.c.spec.Cut.Pause)
		s.grow = 2 * (r.ReadTo - s.at.Position)
	}
	s.hunt.survived(s.at.ReadTo, progress)
}

// remainder keeps the end of a slice whose tail is to be closed, when only a part of it was delivered: the rest gets the
// same end and plan time, and so the same last file, which an executor may have written without a word.
func (s *stream) remainder(l tasks.Lease) {
	if l.Slice.CloseTail && l.Kind == tasks.SinkKind && s.at.Position < l.Slice.To {
		l.Slice.From = s.at.Position
		l.ID, l.Attempt = leaseID(l.Connector, l.Slice), 0
		s.grant = &grant{lease: l}
	}
}

func failingSince(r *tasks.Result) int64 {
	if r.Failure == nil {
		return 0
	}
	return r.Failure.Since
}

func failureTrace(r *tasks.Result) string {
	if r.Failure == nil {
		return "org.apache.kafka.connect.errors.ConnectException: lease " + r.Lease + " failed without saying why"
	}
	return r.Failure.Trace
}

// The back-off after failures in a row doubles from the first to the last of these.
const (
	firstBackOff = 300 * time.Millisecond
	lastBackOff  = time.Minute
)

func (s *stream) backOff(now time.Time) {
	s.notBefore = now.Add(min(firstBackOff<<min(s.retries, 16), lastBackOff))
	s.retries++
}

// learn keeps a running mean of the bytes per offset.
func (s *stream) learn(r *tasks.Result) {
	if n := r.ReadTo - r.Slice.From; n > 0 && r.Counts.Bytes > 0 {
		got := float64(r.Counts.Bytes) / float64(n)
		s.bytes = max(1, (s.bytes+3*got)/4)
	}
}

func (c *connector) count(n *tasks.Counts) { add(&c.counts, n) }

func add(t, n *tasks.Counts) {
	t.Records += n.Records
	t.Bytes += n.Bytes
	t.Delivered += n.Delivered
	t.Filtered += n.Filtered
	t.DeadLetters += n.DeadLetters
	t.Tolerated += n.Tolerated
	t.Retries += n.Retries
	t.Expired += n.Expired
	t.Objects += n.Objects
	t.Written += n.Written
}
