package exec

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/batch"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// batchRecords bounds a batch handed to a writer, and so the arena: what a record becomes from step to step is to stay in the
// processor's cache.
const batchRecords = 256

// sinkRun is a sink lease under way.
type sinkRun struct {
	*run
	writer  tasks.Writer
	res     tasks.Result
	letters []deadLetter // not yet written
	// What was filtered or tolerated, and all that was read: which of them count, the writer's position decides.
	filtered, tolerated, read offsets
	settled                   int64 // the position that they were settled for

	reader  batch.Reader
	raws    []tasks.Raw
	records []tasks.Record
	stop    *stageError // the bad record that ends the lease
	stopAt  int64
	refused bool // it was the writer who refused it
}

// sink runs a sink lease. reported says that the result has been written already, together with dead letters.
func (r *run) sink(ctx context.Context) (res tasks.Result, reported bool, err error) {
	s := &sinkRun{run: r, res: tasks.NewResult(r.lease)}
	chunks, stop, err := s.fetch(ctx)
	if err != nil {
		return s.res, false, err
	}
	defer stop()
	if r.cold && r.lease.ResultTopic != "" {
		r.warm(ctx)
	}
	s.pipe.policy = newErrorPolicy(r.lease)
	s.pipe.arena = &tasks.Arena{}
	if s.pipe.conv, err = newConverters(r.lease.Config, r.lease.Worker, r.runner.env.Converters); err != nil {
		return s.res, false, tasks.Fatal(fmt.Errorf("connector %s: %w", r.lease.Connector, err))
	}
	if s.pipe.chain, err = transform.New(r.lease.Config, tasks.SinkKind, r.runner.env.Transforms...); err != nil {
		return s.res, false, tasks.Fatal(fmt.Errorf("connector %s: %w", r.lease.Connector, err))
	}
	if err := r.ensureDeadLetterTopic(ctx, &s.pipe.policy); err != nil {
		return s.res, false, fmt.Errorf("connector %s: %w", r.lease.Connector, err)
	}
	sink, err := r.runner.openSink(ctx, r.lease)
	if err != nil {
		return s.res, false, err
	}
	s.pipe.shortcut(sink)
	s.writer, err = sink.Open(ctx, tasks.SinkTask{Connector: r.lease.Connector, Task: r.lease.Task, Slice: r.lease.Slice,
		PlanTime: r.lease.PlanInstant(), Receipts: r.runner.env.Receipts, Report: s.report, Log: r.log})
	if err != nil {
		return s.res, false, fmt.Errorf("connector %s: %w", r.lease.Connector, err)
	}
	defer s.writer.Abort()

	err = s.consume(ctx, chunks)
	stop()
	return s.finish(ctx, err)
}

// isolation is read_committed unless the connector or the worker asks otherwise: what a transaction has taken back must not
// be delivered.
func (r *run) isolation() kgo.IsolationLevel {
	for _, m := range []map[string]string{r.lease.Config, r.lease.Worker} {
		for _, k := range []string{"consumer.override.isolation.level", "consumer.isolation.level"} {
			if strings.EqualFold(m[k], "read_uncommitted") {
				return kgo.ReadUncommitted()
			}
		}
	}
	return kgo.ReadCommitted()
}

// fetch begins to fetch the slice, while the sink is opened. stop ends it; to call it again does nothing.
func (s *sinkRun) fetch(ctx context.Context) (chunks <-chan fetch.Chunk, stop func(), err error) {
	if s.brought != nil {
		return nil, func() {}, nil
	}
	consumer, err := s.as(kafka.Consumer)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan fetch.Chunk)
	go fetch.New(consumer, s.lease.Slice, s.isolation()).Run(ctx, out)
	return out, func() {
		cancel()
		for range out { // the fetcher closes it when it is gone
		}
	}, nil
}

// consume converts and hands over what is fetched until the slice ends, a record stops it, or the deadline comes.
func (s *sinkRun) consume(ctx context.Context, chunks <-chan fetch.Chunk) error {
	if s.brought != nil {
		return s.take(ctx)
	}
	stream := s.lease.Slice.Stream
	s.reader = batch.Reader{Topic: stream.Topic, Partition: stream.Partition}
	s.raws, s.records = make([]tasks.Raw, batchRecords), make([]tasks.Record, batchRecords)
	begun := time.Now()
	for c := range chunks {
		s.steps.end(stepFetch, begun)
		if c.Err != nil {
			if ctx.Err() != nil && s.res.ReadTo > s.lease.Slice.From {
				return nil // the deadline: what was done counts
			}
			return c.Err
		}
		if c.Expired > 0 {
			s.res.Counts.Expired += c.Expired
			s.log.Warn("records are gone before they were read: the topic's retention deleted them", "offsets", c.Expired)
		}
		if err := s.chunk(ctx, c); err != nil {
			return err
		}
		if s.stop != nil || ctx.Err() != nil {
			return nil
		}
		s.res.ReadTo = c.Next
		s.saw(s.res.Counts)
		begun = time.Now()
	}
	return nil
}

// take hands over the records that the caller brought.
func (s *sinkRun) take(ctx context.Context) error {
	s.records = make([]tasks.Record, batchRecords)
	for in := range slices.Chunk(s.brought, batchRecords) {
		if err := s.batch(ctx, in); err != nil {
			return err
		}
		if s.stop != nil || ctx.Err() != nil {
			return nil
		}
	}
	s.res.ReadTo = s.lease.Slice.To
	return nil
}

// chunk hands over what a fetch brought.
func (s *sinkRun) chunk(ctx context.Context, c fetch.Chunk) error {
	if c.Part == nil {
		return nil
	}
	s.reader.Reset(c.Part, c.From, s.lease.Slice.To, s.isolation() == kgo.ReadCommitted())
	for s.stop == nil && ctx.Err() == nil {
		n, err := s.reader.Read(s.raws)
		if err != nil {
			return tasks.Retriable(fmt.Errorf("read %s: %w", s.lease.Slice.Stream, err))
		}
		if n == 0 {
			return nil
		}
		if err := s.batch(ctx, s.raws[:n]); err != nil {
			return err
		}
	}
	return nil
}

// batch converts records and puts those that are left.
func (s *sinkRun) batch(ctx context.Context, in []tasks.Raw) error {
	n, begun := 0, time.Now()
	for i := range in {
		raw := &in[i]
		s.res.Counts.Records++
		s.res.Counts.Bytes += int64(len(raw.Key) + len(raw.Value))
		keep, err := s.pipe.convert(ctx, raw, &s.records[n])
		switch {
		case err != nil && ctx.Err() != nil:
			s.res.Counts.Records--
			s.res.Counts.Bytes -= int64(len(raw.Key) + len(raw.Value))
			if !s.pipe.policy.cutShort.IsZero() {
				stage, class, cause := FailedStep(err)
				s.stop, s.stopAt = &stageError{stage, class, late(ctx, cause)}, raw.Offset
			}
			return s.put(ctx, n, begun)
		case err != nil:
			if err := s.failed(raw, err); err != nil {
				s.read.add(raw.Offset)
				return s.put(ctx, n, begun)
			}
		case keep:
			n++
		default:
			s.filtered.add(raw.Offset)
		}
		s.read.add(raw.Offset)
		s.res.ReadTo = raw.Offset + 1
	}
	return s.put(ctx, n, begun)
}

// put hands over n records that were converted since begun.
func (s *sinkRun) put(ctx context.Context, n int, begun time.Time) error {
	begun = s.steps.end(stepConvert, begun)
	err := s.writer.Put(ctx, s.records[:n])
	s.steps.end(stepPut, begun)
	clear(s.records[:n])
	s.pipe.arena.Reset()
	if err != nil && s.refused {
		return nil // the writer only hands on what Report told it
	}
	if err != nil {
		s.stop = nil // a bad record behind what could not be delivered is not reached
		return late(ctx, fmt.Errorf("connector %s: %w", s.lease.Connector, err))
	}
	if at := s.writer.Position(); at > s.settled {
		s.settle(at)
	}
	return nil
}

// settle counts what lies before the writer's position, so that only what may still change is remembered.
func (s *sinkRun) settle(position int64) {
	s.settled = position
	for _, o := range []*offsets{&s.filtered, &s.tolerated, &s.read} {
		o.settle(position)
	}
}

// report is SinkTask.Report: the destination refuses a record.
func (s *sinkRun) report(rec *tasks.Record, err error) error {
	err = s.failed(rec.Raw, &stageError{stagePut, sinkTaskClass, err})
	s.refused = err != nil
	return err
}

// failed applies the error rules to one record. Nil means that the lease goes on; otherwise it stops before this record.
func (s *sinkRun) failed(raw *tasks.Raw, err error) error {
	stage, class, cause := FailedStep(err)
	p := &s.pipe.policy
	if p.log {
		attrs := []any{"stage", stage, "class", class, "err", err}
		if p.logMessages {
			attrs = append(attrs, "topic", raw.Topic, "partition", raw.Partition, "offset", raw.Offset, "timestamp", raw.Timestamp)
		}
		s.log.Error("Error encountered in task", attrs...)
	}
	if p.dlqTopic != "" {
		s.letters = append(s.letters, p.newDeadLetter(s.lease.Connector, s.lease.Task, raw, stage, class, cause, s.hidden.Mask))
	} else if p.tolerateAll {
		s.tolerated.add(raw.Offset)
	}
	if p.tolerateAll {
		return nil
	}
	s.stop, s.stopAt = &stageError{stage, class, toleranceExceeded(cause, fmt.Sprintf("record %s/%d at offset %d", raw.Topic, raw.Partition, raw.Offset))}, raw.Offset
	return s.stop
}

// finish closes the writer, writes dead letters that count, and completes the result. What was delivered before a failure
// counts too (I5).
func (s *sinkRun) finish(ctx context.Context, failure error) (tasks.Result, bool, error) {
	if s.stop != nil {
		s.res.ReadTo = s.stopAt
		if failure == nil {
			failure = s.stop
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), margin(time.Duration(s.lease.TTL)*time.Millisecond))
	defer cancel()
	var d tasks.Delivery
	if failure == nil || s.stop != nil {
		begun := time.Now()
		var err error
		if d, err = s.writer.Finish(last, s.res.ReadTo); err != nil && failure == nil {
			failure = late(last, fmt.Errorf("connector %s: %w", s.lease.Connector, err))
		}
		s.steps.end(stepFinish, begun)
	}
	s.account(d)
	stage, offset := stagePut, int64(-1)
	if s.stop != nil {
		stage, offset = s.stop.stage, s.stopAt
	}
	letters := s.letters // a batch is converted before it is put: what the writer refused comes after what could not be converted
	slices.SortStableFunc(letters, func(a, b deadLetter) int { return cmp.Compare(a.offset, b.offset) })
	for len(letters) > 0 {
		if o := letters[len(letters)-1].offset; o < s.res.Position || s.stop != nil && o == s.stopAt {
			break
		}
		letters = letters[:len(letters)-1]
	}
	if failure != nil {
		s.fail(&s.res, failure, stage, offset)
	}
	if len(letters) == 0 {
		return s.res, false, nil
	}
	s.hidden.MaskFailure(&s.res)
	s.sign(&s.res)
	res, err := s.writeDeadLetters(last, &s.pipe.policy, letters, s.res)
	if err != nil {
		return s.notCounted(err)
	}
	return res, true, nil
}

// notCounted is the result when the dead letters could not be written: nothing moves, the slice is run again. What the
// destination holds already, the next run finds there.
func (s *sinkRun) notCounted(err error) (tasks.Result, bool, error) {
	res := tasks.NewResult(s.lease)
	s.fail(&res, err, stagePut, -1)
	return res, false, nil
}

// account fills the result's position and counts from what the writer says.
func (s *sinkRun) account(d tasks.Delivery) {
	// An adopted position may lie behind the slice's end: the destination holds more than was asked for.
	s.res.Position = max(s.writer.Position(), s.lease.Slice.From)
	c := &s.res.Counts
	s.settle(s.res.Position)
	c.Filtered, c.Tolerated, c.Tail = s.filtered.settled, s.tolerated.settled, s.read.left()
	for _, l := range s.letters {
		if l.offset < s.res.Position {
			c.DeadLetters++
		}
	}
	c.Objects, c.Existed, c.Written, c.TailFiled = d.Objects, d.Existed, d.Bytes, d.TailFiled
	c.Retries = s.pipe.policy.retries
	c.Delivered = c.Records - c.Filtered - c.Tolerated - c.DeadLetters - c.Tail
	s.res.Receipts = d.Receipts
}
