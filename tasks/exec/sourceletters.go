package exec

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// The keys with which a source connector asks for dead letters, which Connect has for sinks alone. They count together with
// errors.tolerance=all.
const (
	SourceDeadLetterTopic    = DeadLetterPrefix + "topic.name"
	SourceDeadLetterReplicas = DeadLetterPrefix + "topic.replication.factor"
)

// The headers of a source's dead letter beside Connect's: where the record came from.
const (
	sourcePartitionHeader = "mayfly.source.partition"
	sourceOffsetHeader    = "mayfly.source.offset"
)

// sourcePolicy is errorPolicy for a source.
func sourcePolicy(l *tasks.Lease) errorPolicy {
	c, p := l.Config, newErrorPolicy(l)
	p.dlqTopic = c[SourceDeadLetterTopic]
	if n, err := strconv.ParseInt(c[SourceDeadLetterReplicas], 10, 16); err == nil {
		p.dlqReplicas = int16(n)
	}
	return p
}

// sourceLetter is a record as the source read it, kept in case that a step fails, after which it is undefined.
type sourceLetter struct{ read tasks.Record }

// keep takes r before the first step. Values never change; the list of headers may.
func (l *sourceLetter) keep(r *tasks.Record) {
	headers := append(l.read.Headers[:0], r.Headers...)
	l.read = *r
	l.read.Headers = headers
}

// record makes the dead letter: texts and bytes as they are, other keys and values as JSON without a schema, and the context
// headers that Connect would write, less those of a record that was in Kafka.
func (l *sourceLetter) record(ctx context.Context, s *sourceRun, err error) *kgo.Record {
	r := &l.read
	kr := &kgo.Record{Topic: s.pipe.policy.dlqTopic, Partition: tasks.NoPartition, Key: plain(ctx, r.Topic, r.KeySchema, r.Key), Value: plain(ctx, r.Topic, r.ValueSchema, r.Value)}
	if r.Timestamp >= 0 {
		kr.Timestamp = millis(r.Timestamp)
	}
	for _, h := range r.Headers {
		kr.Headers = append(kr.Headers, kgo.RecordHeader{Key: h.Key, Value: plain(ctx, r.Topic, h.Schema, h.Value)})
	}
	stage, class, cause := FailedStep(err)
	context := contextHeaders(s.lease.Connector, s.lease.Task, &tasks.Raw{Topic: r.Topic}, stage, class, cause, s.hidden.Mask)
	context = slices.DeleteFunc(context, func(h kgo.RecordHeader) bool {
		return strings.HasSuffix(h.Key, ".partition") || strings.HasSuffix(h.Key, ".offset")
	})
	kr.Headers = append(kr.Headers, context...)
	kr.Headers = append(kr.Headers, kgo.RecordHeader{Key: sourcePartitionHeader, Value: []byte(s.lease.Slice.Stream.Split)},
		kgo.RecordHeader{Key: sourceOffsetHeader, Value: []byte(r.Position)})
	return kr
}

// plain encodes a datum for people. What no JSON can be made of is left out, not the letter.
func plain(ctx context.Context, topic string, schema *tasks.Schema, v tasks.Value) []byte {
	switch v.Kind() {
	case tasks.KindNull:
		return nil
	case tasks.KindString, tasks.KindBytes:
		return bytes.Clone(v.Bytes())
	}
	c, err := convert.New("org.apache.kafka.connect.json.JsonConverter", map[string]string{"schemas.enable": "false"}, false)
	if err != nil {
		return nil
	}
	b, err := c.FromConnect(ctx, nil, topic, schema, v)
	if err != nil {
		return nil
	}
	return b
}
