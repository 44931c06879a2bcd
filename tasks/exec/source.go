package exec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// sourceRun is a source lease under way.
type sourceRun struct {
	*run
	reader tasks.Reader
	create *creation
	txn    *kgo.Client
	res    tasks.Result
	letter sourceLetter
	remote sourceLetters // for another cluster
	sent   []sent        // of the last batch
}

// sent is a record that was sent, and where the source stands behind it.
type sent struct {
	*kgo.Record
	position tasks.Position
}

// source runs a source lease: it fences the lane, compares the committed position with the lease's, and writes records and
// position in one transaction after the other (I5). The fence alone is not enough: a late retry of the platform holds the
// newest epoch; the comparison is what stops it.
func (r *run) source(ctx context.Context) (tasks.Result, error) {
	s := &sourceRun{run: r, res: tasks.NewResult(r.lease)}
	s.pipe.arena, s.pipe.policy = &tasks.Arena{}, sourcePolicy(r.lease)
	closeAll, err := s.open(ctx)
	defer closeAll()
	defer s.remote.close()
	if err != nil {
		return s.res, err
	}
	at, err := s.committed(ctx)
	if err != nil {
		return s.res, err
	}
	if at != nil && *at != r.lease.Slice.Since {
		r.log.Info("the split has moved on; the committed position is adopted", "position", string(*at))
		s.res.SourcePosition = *at
		return s.res, nil
	}
	for {
		begun := time.Now()
		batch, readErr := s.reader.Read(ctx, s.pipe.arena, transactionRecords)
		s.steps.end(stepPoll, begun)
		if ctx.Err() != nil {
			return s.res, nil // the deadline: what was committed counts
		}
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			if err := s.unread(ctx, readErr); err != nil {
				return s.res, err
			}
			continue
		}
		if err := s.write(ctx, batch); err != nil {
			return s.res, err
		}
		s.pipe.arena.Reset()
		if err := s.acknowledge(ctx); err != nil {
			return s.res, fmt.Errorf("connector %s: %w", r.lease.Connector, err)
		}
		if err := s.reader.Committed(ctx, s.res.SourcePosition); err != nil {
			return s.res, fmt.Errorf("connector %s: clean up behind %s: %w", r.lease.Connector, s.res.SourcePosition, err)
		}
		if readErr != nil {
			return s.res, s.skip(ctx)
		}
	}
}

// unread is what is done about something that the reader says is no record: nil when it is tolerated, and committed as such.
func (s *sourceRun) unread(ctx context.Context, cause error) error {
	var m encoded
	position, err := s.pass(ctx, s.reader, cause, &m)
	if err != nil {
		return err
	}
	if err := s.remote.write(ctx, s, s.res.SourcePosition); err != nil {
		return &stageError{stage: stageProduce, err: fmt.Errorf("connector %s: %w", s.lease.Connector, err)}
	}
	if err := s.commit(ctx, append(m.out, s.offset(position))); err != nil {
		return err
	}
	s.count(m)
	s.res.SourcePosition = position
	s.saw(s.res.Counts)
	return nil
}

// pass makes a dead letter of what could not be read, where that is tolerated and the reader knows what lies behind it: it returns the
// position there. Else it returns the error.
func (s *sourceRun) pass(ctx context.Context, r tasks.Reader, cause error, m *encoded) (tasks.Position, error) {
	p, ok := r.(tasks.Passer)
	if !ok || !s.pipe.policy.tolerateAll || tasks.KindOf(cause) != tasks.KindBadRecord || ctx.Err() != nil {
		return "", fmt.Errorf("connector %s: %w", s.lease.Connector, cause)
	}
	rec, err := p.Pass()
	if err != nil {
		return "", fmt.Errorf("connector %s: %w", s.lease.Connector, err)
	}
	s.letter.keep(&rec)
	s.tolerate(ctx, &rec, &stageError{stageTaskPoll, sourceTaskClass, cause}, m)
	m.taken++
	return rec.Position, nil
}

// transactionRecords bounds the records of one transaction.
const transactionRecords = 1024

// skip moves the position behind what is no record at the end of the slice.
func (s *sourceRun) skip(ctx context.Context) error {
	r, ok := s.reader.(tasks.Skipper)
	if !ok || r.Skipped() == s.res.SourcePosition {
		return nil
	}
	if err := s.commit(ctx, []*kgo.Record{s.offset(r.Skipped())}); err != nil {
		return err
	}
	s.res.SourcePosition = r.Skipped()
	return nil
}

// offset is the record of the offset topic that says where the split stands.
func (s *sourceRun) offset(p tasks.Position) *kgo.Record {
	return &kgo.Record{Topic: s.lease.OffsetTopic, Partition: tasks.NoPartition, Key: s.offsetKey(), Value: []byte(p)}
}

// acknowledge tells the reader where its records went.
func (s *sourceRun) acknowledge(ctx context.Context) error {
	r, ok := s.reader.(tasks.Acknowledger)
	if !ok || len(s.sent) == 0 {
		return nil
	}
	written := make([]tasks.Written, len(s.sent))
	for i, k := range s.sent {
		written[i] = tasks.Written{Position: k.position, Topic: k.Topic, Partition: k.Partition, Offset: k.Offset}
	}
	return r.Acknowledge(ctx, written)
}

// open makes the converters, the chain, the reader and the fenced producer. The function it returns closes what it opened,
// also after an error.
func (s *sourceRun) open(ctx context.Context) (func(), error) {
	l := s.lease
	var closers []func() error
	closeAll := func() {
		for _, c := range closers {
			if err := c(); err != nil {
				s.log.Warn("close the source", "err", err)
			}
		}
	}
	if err := s.prepareSteps(ctx); err != nil {
		return closeAll, err
	}
	src, err := s.connect(ctx)
	if err != nil {
		return closeAll, err
	}
	closers = append(closers, src.Close)
	if s.txn, err = s.transactional(txnID("source", l)); err != nil {
		return closeAll, err
	}
	closers = append([]func() error{func() error { s.txn.Close(); return nil }}, closers...)
	if _, _, err := s.txn.ProducerID(ctx); err != nil {
		return closeAll, kafka.MayPass(fmt.Errorf("fence earlier attempts of lease %s: %w", l.ID, err))
	}
	s.reader, err = src.Open(ctx, tasks.SourceTask{Connector: l.Connector, Task: l.Task, Slice: l.Slice, Log: s.log})
	if err != nil {
		return closeAll, fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	closers = append([]func() error{s.reader.Close}, closers...)
	return closeAll, nil
}

// prepareSteps makes what records go through: the converters, the chain, the topics.
func (s *sourceRun) prepareSteps(ctx context.Context) (err error) {
	l := s.lease
	if s.pipe.conv, err = newConverters(l.Config, l.Worker, s.runner.env.Converters); err != nil {
		return tasks.Fatal(fmt.Errorf("connector %s: %w", l.Connector, err))
	}
	if s.pipe.chain, err = transform.New(l.Config, tasks.SourceKind, s.runner.env.Transforms...); err != nil {
		return tasks.Fatal(fmt.Errorf("connector %s: %w", l.Connector, err))
	}
	if err := s.ensureDeadLetterTopic(ctx, &s.pipe.policy); err != nil {
		return fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	s.create, err = s.newCreation()
	return err
}

// connect makes the source, unless the caller brought it.
func (s *sourceRun) connect(ctx context.Context) (tasks.Source, error) {
	l := s.lease
	if s.src != nil {
		return s.src, nil
	}
	p, ok := s.runner.env.Plugins.Source(l.Config["connector.class"])
	if !ok {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: this executor has no source %s built in", l.Connector, l.Config["connector.class"]))
	}
	c, errs := p.Config.Parse(l.Config)
	if len(errs) > 0 {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: %w", l.Connector, errs[0]))
	}
	src, err := p.New(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	return src, nil
}

// transactional makes a producer under a transactional id.
func (r *run) transactional(id string) (*kgo.Client, error) {
	return r.producer(kgo.TransactionalID(id), kgo.TransactionTimeout(leaseTxnTimeout), kgo.AllowAutoTopicCreation(),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.RecordPartitioner(placing{keyed()}))
}

// offsetKey is the key of the split in Connect's offset topic: ["name",{partition}]; its identity is its bytes.
func (s *sourceRun) offsetKey() []byte {
	return offsetKey(s.lease.Connector, s.lease.Slice.Stream.Split)
}

func offsetKey(connector, split string) []byte {
	var name bytes.Buffer
	enc := json.NewEncoder(&name)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(connector); err != nil { // a string always encodes
		return nil
	}
	return fmt.Appendf(nil, "[%s,%s]", bytes.TrimSpace(name.Bytes()), split)
}

// committed reads what was committed for the split since the coordinator looked: nil when nothing was.
func (s *sourceRun) committed(ctx context.Context) (*tasks.Position, error) {
	key := s.offsetKey()
	f := fetch.New(s.cl, tasks.Slice{Stream: tasks.Stream{Topic: s.lease.OffsetTopic}}, kgo.ReadUncommitted())
	n, err := f.Partitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the committed position of %s: %w", s.lease.Slice.Stream.Split, err)
	}
	partition := partitionOf(s.lease.OffsetTopic, key, n)
	from := int64(0)
	if s.lease.OffsetsFrom > 0 && s.lease.OffsetPartition == partition {
		from = s.lease.OffsetsFrom
	}
	rec, err := settled(ctx, s.cl, s.lease.OffsetTopic, partition, from, func(rec *kgo.Record) bool { return bytes.Equal(rec.Key, key) })
	if err != nil {
		return nil, fmt.Errorf("read the committed position of %s: %w", s.lease.Slice.Stream.Split, err)
	}
	if rec == nil {
		return nil, nil
	}
	at := tasks.Position(rec.Value)
	return &at, nil
}

// write sends a batch and the position after it in one transaction. Of a batch with a record that ends the lease, it sends
// what lies before that record (I5), and returns its error.
func (s *sourceRun) write(ctx context.Context, batch []tasks.Record) error {
	if len(batch) == 0 {
		return nil
	}
	s.sent = s.sent[:0]
	begun := time.Now()
	m, stop := s.encodeAll(ctx, batch, make([]*kgo.Record, 0, len(batch)+1))
	if batch = batch[:m.taken]; len(batch) == 0 {
		return stop
	}
	begun = s.steps.end(stepConvert, begun)
	position := batch[len(batch)-1].Position
	if err := s.remote.write(ctx, s, s.res.SourcePosition); err != nil {
		return &stageError{stage: stageProduce, err: fmt.Errorf("connector %s: %w", s.lease.Connector, err)}
	}
	if err := s.commit(ctx, append(m.out, s.offset(position))); err != nil {
		return err
	}
	s.steps.end(stepCommit, begun)
	s.count(m)
	s.res.SourcePosition = position
	s.saw(s.res.Counts)
	return stop
}

// encoded is what became of the first records of a batch.
type encoded struct {
	out []*kgo.Record
	// taken records are in it: all but the one that ends the lease and those behind it.
	taken                              int
	filtered, tolerated, letters, size int64
	delivered                          int64
}

func (m *encoded) add(o encoded) {
	m.taken += o.taken
	m.filtered += o.filtered
	m.tolerated += o.tolerated
	m.letters += o.letters
	m.size += o.size
	m.delivered += o.delivered
}

// encodeAll makes of a batch what is to be sent, and appends it to out. It stops before a record that ends the lease, with its
// error.
func (s *sourceRun) encodeAll(ctx context.Context, batch []tasks.Record, out []*kgo.Record) (m encoded, stop error) {
	m.out = out
	for i := range batch {
		if s.pipe.policy.tolerateAll && s.pipe.policy.dlqTopic != "" {
			s.letter.keep(&batch[i])
		}
		kr, err := s.pipe.encode(ctx, &batch[i])
		switch {
		case err != nil && s.pipe.policy.tolerateAll && ctx.Err() == nil:
			s.tolerate(ctx, &batch[i], err, &m)
		case err != nil:
			return m, s.bad(ctx, &batch[i], err)
		case kr == nil:
			m.filtered++
		default:
			if err := s.create.ensure(ctx, kr.Topic); err != nil {
				return m, err
			}
			m.size += int64(len(kr.Key) + len(kr.Value))
			m.out = append(m.out, kr)
			m.delivered++
			s.sent = append(s.sent, sent{kr, batch[i].Position})
			s.wrote(kr.Topic)
		}
		m.taken++
	}
	return m, nil
}

// tolerate makes a dead letter of a record that failed, where there is a topic for them.
func (s *sourceRun) tolerate(ctx context.Context, r *tasks.Record, err error, m *encoded) {
	if s.pipe.policy.log {
		s.log.Error("Error encountered in task", "err", err, "position", string(r.Position))
	}
	if s.pipe.policy.dlqTopic == "" {
		m.tolerated++
		return
	}
	m.letters++
	if letter := s.letter.record(ctx, s, err); s.pipe.policy.dlqCluster != nil {
		s.remote.add(letter, r.Position)
	} else {
		m.out = append(m.out, letter)
	}
}

// count adds what is durable now.
func (s *sourceRun) count(m encoded) {
	c := &s.res.Counts
	c.Retries = s.pipe.policy.retries
	c.Records += int64(m.taken)
	c.Delivered += m.delivered
	c.DeadLetters += m.letters
	c.Bytes += m.size
	c.Written += m.size
	c.Filtered += m.filtered
	c.Tolerated += m.tolerated
}

// wrote notes a topic that records went to.
func (s *sourceRun) wrote(topic string) {
	if known := s.res.Topics; len(known) < tasks.MaxTopics && !slices.Contains(known, topic) {
		s.res.Topics = append(known, topic)
	}
}

func (s *sourceRun) commit(ctx context.Context, out []*kgo.Record) error {
	if err := s.transact(ctx, s.txn, out); err != nil {
		return &stageError{stage: stageProduce, err: fmt.Errorf("connector %s: write %d records to %s: %w", s.lease.Connector, len(out)-1, out[0].Topic, err)}
	}
	return nil
}

// bad is what ends the lease when a record failed that is not tolerated. What the lease's time cut short is tried again.
func (s *sourceRun) bad(ctx context.Context, r *tasks.Record, err error) error {
	stage, class, cause := FailedStep(err)
	if ctx.Err() != nil {
		return &stageError{stage, class, late(ctx, cause)}
	}
	return &stageError{stage, class, toleranceExceeded(cause, fmt.Sprintf("record of %s that ends at %s", s.lease.Slice.Stream.Split, r.Position))}
}
