package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Event is one thing that a platform tells of, such as a message of a queue or a new object, as a source: what Open reads is written
// once, however often and to however many executors the event is delivered.
type Event struct {
	// Split is the event's identity, the JSON text of a source partition. Without one, nothing is remembered of it, and what it
	// brings is written each time.
	Split string
	// Lane chooses the partition of the marks topic, the same for each delivery; "" for the split's own. Events that mostly come
	// together should share one.
	Lane string
	// Born is when the event came into being, by the platform's clock and the same for each delivery: nothing was written of it
	// before. Zero when nobody can be trusted to know.
	Born time.Time
	// Queue names an order: while an event is not done, those behind it of its queue wait. "" for none.
	Queue string
	// Whole says that nothing is to be written of an event of which something cannot be.
	Whole bool
	// Open returns a reader from a position. An event that is known to be written wholly is not opened.
	Open func(ctx context.Context, since tasks.Position) (tasks.Reader, error)
}

// Outcome is what became of an event.
type Outcome struct {
	// Done: all that the event brings is in Kafka, or taken care of as the connector asks for. Position is how far it is.
	Done     bool
	Position tasks.Position
	// Duplicate says that it was done before, Progress that something of it was written now.
	Duplicate, Progress bool
	// Failure is why it is not done; nil when only the time was too short.
	Failure *tasks.Failure
}

const (
	// eventTries is how often a delivery is tried when another one of the same events gets in its way.
	eventTries = 4
	// eventRecords and eventBytes bound one transaction.
	eventRecords = 16 << 10
	eventBytes   = 16 << 20
)

// eventState is an event under way.
type eventState struct {
	*Event
	key       []byte
	partition int32
	from      int64 // in the marks topic
	claim     int64 // the offset of the mark that this transaction begins with

	at        tasks.Position // committed
	next      tasks.Position // read
	reader    tasks.Reader
	ended     bool // the reader has no more
	done      bool // and what it had is committed
	duplicate bool
	progress  bool
	err       error
}

// open reports whether there may be more to read.
func (e *eventState) open() bool { return !e.ended && !e.done && e.err == nil }

// eventRun is a delivery of events under way.
type eventRun struct {
	*sourceRun
	lane   *lane
	events []*eventState
}

// Events reads events and writes what they bring, in as few transactions as that takes, each together with marks of how far its
// events are. The lease says on whose behalf: its OffsetTopic is the topic of the marks; of its slice only the name is used, in logs.
//
// A transaction begins with a mark of each event that names its executor, and then looks at the marks before. Of two executors that
// have the same event, the one whose mark is behind sees the other's: it fences it by its name, after which that transaction is
// committed or aborted, for good. So nobody waits for the dead, and whoever commits first is the one that counts (I5).
func (r *Runner) Events(ctx context.Context, lease tasks.Lease, events []Event) []Outcome {
	rn := &run{}
	r.begin(&lease, rn)
	ttl := time.Duration(lease.TTL) * time.Millisecond
	work, cancel := context.WithTimeout(ctx, ttl-margin(ttl))
	defer cancel()
	e := &eventRun{sourceRun: &sourceRun{run: rn, res: tasks.NewResult(&lease)}}
	known := map[string]*eventState{}
	all := make([]*eventState, len(events))
	for i := range events {
		first := known[events[i].Split]
		if first == nil || events[i].Split == "" { // one event may be in a delivery twice
			first = &eventState{Event: &events[i]}
			known[events[i].Split] = first
			e.events = append(e.events, first)
		}
		all[i] = first
	}
	err := rn.prepare(work)
	if err == nil {
		err = e.deliver(work)
	}
	return e.outcomes(all, late(work, err))
}

// outcomes says what became of each event. err is why those that are neither done nor failed by themselves are not done.
func (e *eventRun) outcomes(all []*eventState, err error) []Outcome {
	out := make([]Outcome, len(all))
	for i, ev := range all {
		ev.close(e)
		out[i] = Outcome{Done: ev.done, Position: ev.at, Duplicate: ev.duplicate, Progress: ev.progress}
		cause := ev.err
		if cause == nil && !ev.done {
			cause = err
		}
		if cause != nil {
			res := tasks.NewResult(e.lease)
			stage, _ := stageOf(cause, stageStart, "")
			e.fail(&res, cause, stage, -1)
			out[i].Failure = res.Failure
		}
	}
	return out
}

// close gives up the reader; the event can be opened anew.
func (e *eventState) close(r *eventRun) {
	if e.reader == nil {
		return
	}
	if err := e.reader.Close(); err != nil {
		r.log.Warn("close the event's source", "err", err)
	}
	e.reader = nil
}

// deliver prepares, and writes all events at once. One that no topic takes for its size must not hold up the others: then each is
// written by itself.
func (e *eventRun) deliver(ctx context.Context) (err error) {
	e.pipe.arena, e.pipe.policy = &tasks.Arena{}, sourcePolicy(e.lease)
	if e.pipe.policy.dlqCluster != nil {
		return tasks.Fatal(fmt.Errorf("connector %s: dead letters of events cannot go to another cluster; remove %s", e.lease.Connector, DeadLetterServers))
	}
	if err := e.prepareSteps(ctx); err != nil {
		return err
	}
	if err := e.locate(ctx); err != nil {
		return fmt.Errorf("connector %s: look at the marks of events: %w", e.lease.Connector, err)
	}
	if e.lane, err = e.takeLane(); err != nil {
		return err
	}
	defer e.runner.freeLane(e.lane)
	err = e.insist(ctx, e.events)
	if len(e.events) == 1 || !errors.Is(err, kerr.MessageTooLarge) {
		return err
	}
	for _, ev := range e.events {
		if ev.done || ev.err != nil {
			continue
		}
		if ev.err = e.insist(ctx, []*eventState{ev}); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// insist writes events, again when another delivery of them is in the way.
func (e *eventRun) insist(ctx context.Context, events []*eventState) error {
	for try := 1; ; try++ {
		err := e.try(ctx, events)
		if err == nil {
			return nil
		}
		e.lane.close()
		if !fenced(err) || try == eventTries || ctx.Err() != nil {
			return err
		}
		e.log.Info("another delivery of the same events is in the way; they are looked at again", "err", err)
		select {
		case <-time.After(rand.N(time.Duration(try) * 200 * time.Millisecond)):
		case <-ctx.Done():
			return err
		}
	}
}

// fenced reports whether a producer was stopped by another one of its transactional id.
func fenced(err error) bool {
	return slices.ContainsFunc([]error{kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping, kerr.InvalidTxnState,
		kerr.TransactionAbortable}, func(target error) bool { return errors.Is(err, target) })
}

// try claims events, and reads and writes them until all are done, failed, or the time is over.
func (e *eventRun) try(ctx context.Context, events []*eventState) error {
	cl, err := e.producerOf(ctx, e.lane)
	if err != nil {
		return err
	}
	for _, ev := range events {
		if !ev.done { // an attempt that failed may have read on
			ev.close(e)
			ev.ended = false
		}
	}
	for more, first := true, true; more; first = false {
		if err := cl.BeginTransaction(); err != nil {
			return tasks.Retriable(fmt.Errorf("begin a transaction: %w", err))
		}
		if first {
			if err := e.claim(ctx, cl, events); err != nil {
				e.abort(ctx, cl)
				return err
			}
		}
		if more, err = e.step(ctx, cl, events, first); err != nil {
			return err
		}
	}
	return nil
}

// step reads what one transaction holds, and commits it with the marks of its events; the first one of a delivery has marks of all.
// more says that there is still something to read.
func (e *eventRun) step(ctx context.Context, cl *kgo.Client, events []*eventState, first bool) (more bool, err error) {
	var out []*kgo.Record
	var total encoded
	touched := map[*eventState]bool{}
	e.sent = e.sent[:0]
	full := func() bool { return len(out) >= eventRecords || total.size >= eventBytes || ctx.Err() != nil }
	waiting := map[string]bool{} // queues
	for _, ev := range events {
		if waiting[ev.Queue] {
			continue
		}
		begin, before := len(out), total
		for ev.open() && (!full() || ev.Whole && touched[ev] && ctx.Err() == nil) {
			touched[ev] = true
			m := e.read(ctx, ev, out)
			out = m.out
			total.add(m)
		}
		if ev.Whole && ev.err != nil {
			out, total, ev.next = out[:begin], before, ev.at
		}
		more = more || ev.open()
		waiting[ev.Queue] = ev.Queue != "" && !ev.ended && !ev.done
	}
	if len(touched) == 0 || ctx.Err() != nil {
		e.abort(ctx, cl)
		return false, nil
	}
	for _, ev := range events {
		if ev.Split != "" && (first || touched[ev]) {
			out = append(out, e.mark(ev, more))
		}
	}
	last, cancel := e.bounded(ctx)
	defer cancel()
	if err := e.end(last, cl, out); err != nil && ctx.Err() != nil {
		e.lane.close() // nobody knows whether it was committed; whoever comes next looks
		return false, nil
	} else if err != nil {
		return false, &stageError{stage: stageProduce, err: fmt.Errorf("connector %s: write %d records of events: %w", e.lease.Connector, len(out), err)}
	}
	e.pipe.arena.Reset()
	e.count(total)
	for ev := range touched {
		ev.progress = ev.progress || ev.next != ev.at || ev.ended
		ev.at, ev.done = ev.next, ev.ended
	}
	return more, nil
}

// bounded is a context for a commit, which may begin until ctx ends and needs a little longer.
func (e *eventRun) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(context.WithoutCancel(ctx), deadline.Add(margin(time.Duration(e.lease.TTL)*time.Millisecond)/2))
}

// read encodes the next records of an event behind out. What goes wrong is the event's own.
func (e *eventRun) read(ctx context.Context, ev *eventState, out []*kgo.Record) (m encoded) {
	m.out = out
	e.lease.Slice.Stream.Split = ev.Split // dead letters and errors say which event it is
	if ev.reader == nil {
		ev.next = ev.at
		if ev.reader, ev.err = ev.Open(ctx, ev.at); ev.err != nil {
			return m
		}
	}
	batch, err := ev.reader.Read(ctx, e.pipe.arena, transactionRecords)
	if err != nil && !errors.Is(err, io.EOF) {
		var at tasks.Position
		if at, ev.err = e.pass(ctx, ev.reader, err, &m); ev.err == nil {
			ev.next = at
		}
		return m
	}
	m, ev.err = e.encodeAll(ctx, batch, out)
	if m.taken > 0 {
		ev.next = batch[m.taken-1].Position
	}
	if err != nil && ev.err == nil {
		ev.ended = true
		if s, ok := ev.reader.(tasks.Skipper); ok {
			ev.next = s.Skipped()
		}
	}
	return m
}

// abort ends a transaction that is to leave nothing.
func (e *eventRun) abort(ctx context.Context, cl *kgo.Client) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), margin(time.Duration(e.lease.TTL)*time.Millisecond))
	defer cancel()
	if err := cl.AbortBufferedRecords(last); err == nil {
		err = cl.EndTransaction(last, kgo.TryAbort)
		if err == nil {
			return
		}
		e.log.Warn("abort a transaction; the broker does it in a minute", "err", err)
	}
	e.lane.close() // it cannot be used again
}
