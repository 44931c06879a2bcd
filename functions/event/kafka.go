package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// kafka takes a batch of an event source mapping: to the topic of an event source connector, or to where a sink connector writes.
func (h *Handler) kafka(ctx context.Context, payload []byte) (any, error) {
	b, err := decodeKafka(payload)
	if err != nil {
		return nil, err
	}
	config, err := h.configuration(ctx)
	if err != nil {
		return nil, err
	}
	one := h.toTopic
	if !sourceevent.Is(config["connector.class"]) {
		one = h.toSink
	}
	var stopped []partitionFailure
	for i := range b.Partitions {
		p := &b.Partitions[i]
		at, err := one(ctx, b, p)
		if err == nil && at > p.last() {
			continue
		}
		if err == nil {
			err = &failure{tasks.KindRetriable.String(), "the time was too short"}
		}
		stopped = append(stopped, partitionFailure{p, max(at, p.Records[0].Offset), fmt.Errorf("partition %s from offset %d on: %w", p.Name, at, err)})
	}
	return h.kafkaAnswer(stopped, len(b.Partitions))
}

// partitionFailure is where the records of a partition are not done.
type partitionFailure struct {
	*kafkaPartition
	at  int64
	err error
}

func (p *kafkaPartition) last() int64 { return p.Records[len(p.Records)-1].Offset }

// failedOffset names a record in a partial answer.
type failedOffset struct {
	Partition string `json:"partition"`
	Offset    int64  `json:"offset"`
}

// kafkaAnswer tells the platform where to go on, for which it must name offsets that were in the batch.
func (h *Handler) kafkaAnswer(stopped []partitionFailure, partitions int) (any, error) {
	answer := batchAnswer{Failures: []batchFailure{}}
	if len(stopped) == 0 {
		return answer, nil
	}
	err := fmt.Errorf("%d of %d partitions were not written wholly: %w", len(stopped), partitions, stopped[0].err)
	if !h.env.Settings.Partial {
		return nil, err
	}
	h.log.Error("records go back to where they came from", "err", err)
	for _, s := range stopped {
		i, _ := slices.BinarySearchFunc(s.Records, s.at, func(r tasks.Raw, at int64) int { return int(min(1, max(-1, r.Offset-at))) })
		answer.Failures = append(answer.Failures, batchFailure{failedOffset{s.Name, s.Records[i].Offset}})
	}
	return answer, nil
}

// toTopic writes the records of a partition to the connector's topic. The position in the partition stands in Connect's offset topic, in
// the transactions of the records. It returns the first offset that is not written.
func (h *Handler) toTopic(ctx context.Context, b *kafkaBatch, p *kafkaPartition) (int64, error) {
	c, err := h.connector(ctx, Kafka)
	if err != nil {
		return 0, err
	}
	l, err := h.lease(ctx, tasks.SourceKind)
	if err != nil {
		return 0, err
	}
	if err := h.ensure(ctx, l, h.env.Settings.offsets()); err != nil {
		return 0, err
	}
	l.OffsetTopic = h.env.Settings.offsets().Name
	first := &p.Records[0]
	cluster := b.Source
	if cluster == "" {
		cluster = b.Brokers
	}
	l.Slice.Stream.Split = `{"cluster":` + quoted(cluster) + `,"topic":` + quoted(first.Topic) + `,"partition":` + strconv.Itoa(int(first.Partition)) + "}"
	src := &kafkaSource{c: c, records: p.Records}
	for since := tasks.Position(""); ; since = l.Slice.Since {
		l.TTL = h.left(ctx).Milliseconds()
		res := h.runner.RunSource(ctx, l, src)
		at, err := kafkaPosition(res.SourcePosition)
		switch {
		case err != nil:
			return 0, err
		case res.Failure != nil:
			return at, &failure{res.Failure.Kind, res.Failure.Message}
		case res.SourcePosition == since || at > p.last() || res.Counts.Records > 0:
			return at, nil
		}
		l.Slice.Since = res.SourcePosition // it was stored before; what lies behind it is written from there
	}
}

// kafkaSource is the records of one partition as a source.
type kafkaSource struct {
	c       *sourceevent.Connector
	records []tasks.Raw
}

func (s *kafkaSource) Splits(context.Context, func(string) tasks.Position) ([]tasks.Split, error) {
	return nil, errors.New("a batch has no splits")
}

// Open returns a reader of what lies behind the slice's position.
func (s *kafkaSource) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	at, err := kafkaPosition(t.Slice.Since)
	if err != nil {
		return nil, err
	}
	r := &kafkaReader{kafkaSource: s}
	for r.next < len(s.records) && s.records[r.next].Offset < at {
		r.next++
	}
	return r, nil
}

func (s *kafkaSource) Close() error { return nil }

type kafkaReader struct {
	*kafkaSource
	next int
}

func (r *kafkaReader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	out := make([]tasks.Record, 0, min(limit, len(r.records)-r.next))
	for len(out) < limit && r.next < len(r.records) {
		in := &r.records[r.next]
		m := messageOf(in)
		rec, err := r.c.Record(ctx, a, &m)
		if err != nil {
			if len(out) > 0 {
				return out, nil // the next call meets the error again
			}
			return nil, fmt.Errorf("%s/%d at offset %d: %w", in.Topic, in.Partition, in.Offset, err)
		}
		r.next++
		rec.Position = positionBehind(in)
		out = append(out, rec)
	}
	if r.next == len(r.records) {
		return out, io.EOF
	}
	return out, nil
}

// Pass gives up a record that cannot be read.
func (r *kafkaReader) Pass() (tasks.Record, error) {
	in := &r.records[r.next]
	r.next++
	m := messageOf(in)
	rec := r.c.Passed(&m)
	rec.Position = positionBehind(in)
	return rec, nil
}

func messageOf(in *tasks.Raw) sourceevent.Message {
	m := sourceevent.Message{Source: in.Topic, Key: in.Key, Value: in.Value, Timestamp: max(0, in.Timestamp)}
	for _, h := range in.Headers {
		m.Headers = append(m.Headers, sourceevent.Header{Key: h.Key, Bytes: h.Value})
	}
	return m
}

func positionBehind(in *tasks.Raw) tasks.Position {
	return tasks.Position(kafkaOffset + strconv.FormatInt(in.Offset+1, 10) + "}")
}

func (r *kafkaReader) Committed(context.Context, tasks.Position) error { return nil }
func (r *kafkaReader) Close() error                                    { return nil }

const kafkaOffset = `{"offset":`

// kafkaPosition reads a position in a partition: the first offset that is not written.
func kafkaPosition(p tasks.Position) (int64, error) {
	if p == "" {
		return 0, nil
	}
	var at struct{ Offset *int64 }
	if err := json.Unmarshal([]byte(p), &at); err != nil || at.Offset == nil {
		return 0, tasks.Fatal(fmt.Errorf(`the stored position %s is not of the form {"offset":<number>}; alter or reset the connector's offsets`, p))
	}
	return *at.Offset, nil
}

// toSink writes the records of a partition with a sink connector, as one slice that closes its files. The group of the connector,
// connect-<name>, says where it stands, as for every sink. It returns the first offset that is not written.
func (h *Handler) toSink(ctx context.Context, b *kafkaBatch, p *kafkaPartition) (int64, error) {
	l, err := h.lease(ctx, tasks.SinkKind)
	if err != nil {
		return 0, err
	}
	first := &p.Records[0]
	at, err := h.runner.GroupOffset(ctx, l, first.Topic, first.Partition)
	if err != nil {
		return 0, err
	}
	if at > p.last() {
		return at, nil // delivered before
	}
	records := p.Records
	for len(records) > 0 && records[0].Offset < at {
		records = records[1:]
	}
	l.Slice = tasks.Slice{Stream: tasks.Stream{Topic: first.Topic, Partition: first.Partition}, From: records[0].Offset, To: p.last() + 1, CloseTail: true}
	if l.Config["errors.deadletterqueue.topic.name"] != "" { // letters and the result are one transaction, which a repeated slice looks for
		l.ResultTopic = h.env.Settings.marks.Name + "-results"
		if err := h.ensure(ctx, l, exec.Topic{Name: l.ResultTopic, Partitions: 1, Replicas: h.env.Settings.marks.Replicas, Config: map[string]string{"retention.ms": "86400000"}}); err != nil {
			return at, err
		}
	}
	// The plan time may name files (I6): the same for each delivery.
	l.PlanTime = max(0, p.Records[0].Timestamp)
	res := h.runner.RunRecords(ctx, l, records)
	if res.Position > l.Slice.From {
		if err := h.runner.CommitGroupOffset(ctx, l, first.Topic, first.Partition, res.Position); err != nil {
			return l.Slice.From, err
		}
	}
	if res.Failure != nil {
		return res.Position, &failure{res.Failure.Kind, res.Failure.Message}
	}
	return res.Position, nil
}
