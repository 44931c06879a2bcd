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
	s.rewait(now)
	s.touch()
}

// anew begins a stream again whose topic was deleted and created again, as Connect does, for Kafka forgets the group's offsets
// of a deleted topic. What runs on the former topic is void, and what was not read of it is gone (I8: it is told).
func (st *State) anew(s *stream, o *Observation) {
	st.out = append(st.out, Anew{s.c.spec.Name, s.id, s.at.Position})
	st.voidAll(s) // their entries are overtaken, too
	s.at = Checkpoint{Connector: s.at.Connector, Stream: s.id, TopicID: o.TopicID, Epoch: s.at.Epoch}
	s.seen, s.waiting, s.trouble = Observation{}, time.Time{}, trouble{}
	st.place(s, o)
	if !s.c.spec.Latest {
		st.commit(s, true)
	}
}

// place puts a stream of which nothing is committed at the start of its log, or at the end.
func (st *State) place(s *stream, o *Observation) {
	s.placed, s.guessed = true, false
	if s.c.spec.Kind == tasks.SourceKind {
		return
	}
	s.at.Position = o.LogStart
	if s.c.spec.Latest {
		s.at.Position = o.End
		st.commit(s, true)
	}
	s.need = s.neededEnd()
}

// clamp moves a position that retention has overtaken, while nothing is cut behind it (a granted slice stands, I1; its
// result will say what had expired). I8: it is told.
func (st *State) clamp(s *stream) {
	if len(s.grants) > 0 || len(s.at.Done) > 0 || s.seen.LogStart <= s.at.Position || s.c.spec.Kind == tasks.SourceKind {
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
	s.need, s.trouble.grow, s.trouble.hunt = s.neededEnd(), 0, hunt{}
	st.commit(s, true)
}

// pending reports whether there is anything that is not cut yet.
func (s *stream) pending() bool {
	if s.c.spec.Kind == tasks.SourceKind {
		done := s.seen.Until == s.at.SourcePosition || s.seen.Until == s.repeated.Until && s.at.SourcePosition == s.repeated.Since
		return s.seen.Pending > 0 && s.seen.Until != "" && !done
	}
	return s.seen.End > s.head()
}

// rewait says since when the data behind the head has waited.
func (s *stream) rewait(now time.Time) {
	if !s.pending() {
		s.waiting = time.Time{}
	} else if s.waiting.IsZero() {
		s.waiting = now
	}
}

// Granted tells a grant as it was written, with its epoch; until then no result of it counts.
func (st *State) Granted(l tasks.Lease) {
	c := st.connectors[l.Connector]
	if c == nil || c.streams[l.Slice.Stream] == nil {
		return
	}
	for _, g := range c.streams[l.Slice.Stream].grants {
		if g.lease.Slice == l.Slice {
			g.lease, g.entry = l, l.Epoch
		}
	}
}

// current returns the grant that carries the epoch and its stream, or nil: then the event is about a grant that is void.
func (st *State) current(connector string, id tasks.Stream, epoch int64) (*stream, *grant) {
	c := st.connectors[connector]
	if c == nil || c.streams[id] == nil {
		return nil, nil
	}
	s := c.streams[id]
	for _, g := range s.grants {
		if g.lease.Epoch == epoch && epoch != ungranted { // I4: only under the granting epoch
			return s, g
		}
	}
	return nil, nil
}

// Progress folds what the executor of a live lease says of its counts, which is a sign of life too. Under an old epoch it says
// nothing (I4).
func (st *State) Progress(r tasks.Result, now time.Time) {
	s, g := st.current(r.Connector, r.Slice.Stream, r.Epoch)
	if g == nil || !g.live {
		return
	}
	g.progress = r.Counts
	if g.unwatched {
		st.listen(s, g, now)
	}
}

// ExecutorEnded folds that the executor of a grant has ended by itself, as it does after its report. A report that does not
// come soon after is lost, or never was.
func (st *State) ExecutorEnded(connector string, id tasks.Stream, epoch int64, now time.Time) {
	if s, g := st.current(connector, id, epoch); g != nil && g.live {
		st.listen(s, g, now)
	}
}

// Result folds a final result; progress reports are ignored. It returns whether the result counted: once, and only under
// the epoch that granted it (I4).
func (st *State) Result(r tasks.Result, now time.Time) bool {
	s, g := st.current(r.Connector, r.Slice.Stream, r.Epoch)
	if r.Progress || g == nil {
		return false
	}
	st.lapse(s, g)
	s.remove(g)
	g.lease.Epoch = ungranted // I4: this one has counted; what is kept of the grant takes no second result
	g.lease.FailingSince = failingSince(&r)
	s.learn(&r)
	s.c.count(&r.Counts)
	s.c.results++
	progress, moved := s.advance(&r, &g.lease)
	if progress {
		delete(s.c.restarts, s.task())
	}
	retriable := r.Failure != nil && (r.Failure.Kind == tasks.KindRetriable.String() || r.Failure.Kind == tasks.KindStale.String())
	keeps := retriable && !progress // without progress the grant's entry stays in force: a next coordinator is to grant the same slice too (I1)
	if !keeps {
		s.ended(g)
		g.entry = ungranted
	}
	switch {
	case r.Outcome == tasks.Done:
		st.finished(s, g, &r, progress, now)
	case retriable:
		g.hunt.survived(s.at.Position, progress)
		g.deaths = 0
		if progress {
			g.retries = 0
		}
		g.backOff(now)
		if !progress || g.lease.Slice.CloseTail || !s.last(g.lease.Slice) {
			s.rest(g, &r)
		} else {
			s.leave(g, &r)
		}
	case s.last(g.lease.Slice):
		s.leave(g, &r)
	default:
		s.rest(g, &r)
		g.faulty = true
	}
	if !keeps {
		st.commit(s, moved)
	}
	if n := r.Counts.Expired; n > 0 {
		st.out = append(st.out, Lost{s.c.spec.Name, s.id, r.Slice.From, r.Slice.From + n})
	}
	if r.Outcome != tasks.Done && !retriable {
		st.fail(s, &g.lease, failureTrace(&r), now)
	}
	s.rewait(now)
	st.clamp(s)
	s.touch()
	st.drained(s.c)
	return true
}

// advance takes up what a result delivered. progress says that there was something; moved that the position moved, forward only (I5).
func (s *stream) advance(r *tasks.Result, l *tasks.Lease) (progress, moved bool) {
	before := s.at
	s.at.ConfigVersion = l.ConfigVersion
	s.at.SourcePosition = r.SourcePosition
	if s.c.spec.Kind == tasks.SourceKind {
		s.seen.Pending = 0 // what is left, the next look at the source tells
		if moved := s.at.SourcePosition != before.SourcePosition; moved || r.Outcome != tasks.Done || r.Counts.Records == 0 {
			return moved, moved
		}
		s.repeated = r.Slice
		return true, true
	}
	s.deliver(Interval{l.Slice.From, r.Position})
	moved = s.at.Position > before.Position
	if s.at.Position == max(r.Position, l.Slice.From) && r.Outcome == tasks.Done { // a failed one does not tell what its tail filed
		s.at.ReadTo, s.at.TailFiled = max(r.ReadTo, s.at.Position), r.Counts.TailFiled
	} else if moved {
		s.at.ReadTo, s.at.TailFiled = s.at.Position, 0
	}
	s.need = s.neededEnd()
	return r.Position > l.Slice.From, moved
}

// finished folds a slice that was run without an error.
func (st *State) finished(s *stream, g *grant, r *tasks.Result, progress bool, now time.Time) {
	g.deaths = 0
	slice, last := g.lease.Slice, s.last(g.lease.Slice)
	cutShort := s.c.spec.Kind == tasks.SinkKind && r.ReadTo < slice.To
	switch {
	case progress:
		g.retries, g.notBefore, g.grow = 0, time.Time{}, 0
	case cutShort && slice.CloseTail && s.c.parallel() && slice.To-slice.From > 1:
		g.backOff(now)
		st.split(s, g)
		return
	case cutShort && slice.CloseTail && !s.c.parallel():
		g.backOff(now)
		g.hunt.late(s.at.Position, s.at.ReadTo)
		s.leave(g, r)
		return
	case s.c.spec.Kind == tasks.SourceKind || cutShort || slice.CloseTail:
		g.backOff(now) // nothing came of it, though something should: not at once again
	default:
		g.retries, g.notBefore = 0, now.Add(s.c.spec.Cut.Pause)
		g.grow = 2 * (r.ReadTo - r.Position)
	}
	g.hunt.survived(max(r.ReadTo, r.Position), progress)
	if progress && slice.CloseTail || !last {
		s.rest(g, r)
	} else {
		s.leave(g, r)
	}
}

// rest keeps what is left of a slice whose tail is to be closed, or behind which others are cut: it gets the same end and plan time, and
// so the same last file, which an executor may have written without a word.
func (s *stream) rest(g *grant, r *tasks.Result) {
	slice := &g.lease.Slice
	if s.c.spec.Kind == tasks.SourceKind || r.Position <= slice.From {
		s.put(g) // I1: the same slice again
		return
	}
	slice.From = s.done(r.Position)
	if slice.From >= slice.To {
		s.leave(g, r)
		return
	}
	slice.CloseTail = slice.CloseTail || !s.last(*slice)
	g.lease.ID, g.lease.Attempt = leaseID(g.lease.Connector, *slice), 0
	s.put(g)
}

// leave gives what is left of a slice back to the head, where the next slice is cut with what was learned from this one. An attempt that
// nobody heard of may have got further.
func (s *stream) leave(g *grant, r *tasks.Result) {
	s.trouble = g.trouble
	if slice := g.lease.Slice; s.head() < slice.To {
		s.waiting = g.waiting
		if r.Outcome != tasks.Done || r.ReadTo < slice.To {
			s.giveUp(slice)
		}
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

func (t *trouble) backOff(now time.Time) {
	t.notBefore = now.Add(min(firstBackOff<<min(t.retries, 16), lastBackOff))
	t.retries++
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
