package deadletter

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/scan"
)

// Queues reads and changes the dead letter topics of a cluster. It is for one goroutine.
type Queues struct {
	opts []kgo.Opt // of every client
	cl   *kgo.Client
	adm  *kadm.Client
	name string // see OpenOther
	// cluster is the cluster's id, once it was asked for.
	cluster string
}

// OpenOther is Open for a cluster that is not the connectors' own. The name, by which people know it, is in what is told of its
// letters.
func OpenOther(name string, opts ...kgo.Opt) (*Queues, error) {
	q, err := Open(opts...)
	if err == nil {
		q.name = name
	}
	return q, err
}

// Open connects with a Kafka client's options. It does not block.
func Open(opts ...kgo.Opt) (*Queues, error) {
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	return &Queues{opts: opts, cl: cl, adm: kadm.NewClient(cl)}, nil
}

// Close ends the connections.
func (q *Queues) Close() { q.cl.Close() }

// Letters reads the letters of a topic that a filter takes, those of a partition in the order of their offsets, up to where
// the topic ends now. The sequence ends at the first error.
func (q *Queues) Letters(ctx context.Context, topic string, f Filter) iter.Seq2[Letter, error] {
	return func(yield func(Letter, error) bool) {
		ends, err := q.adm.ListCommittedOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		if err != nil {
			yield(Letter{}, topicError(topic, err))
			return
		}
		for r, err := range q.records(ctx, topic, ends, f.Offsets.From) {
			if err != nil {
				yield(Letter{}, err)
				return
			}
			l := Parse(r)
			l.Cluster = q.name
			if f.Takes(&l) && !yield(l, nil) {
				return
			}
		}
	}
}

func topicError(topic string, err error) error {
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("there is no topic %s", topic)
	}
	return fmt.Errorf("read topic %s: %w", topic, err)
}

// records reads the committed records of a topic at or behind the offset from, up to the ends. It blocks while an open
// transaction hides what lies before them.
func (q *Queues) records(ctx context.Context, topic string, ends kadm.ListedOffsets, from int64) iter.Seq2[*kgo.Record, error] {
	return func(yield func(*kgo.Record, error) bool) {
		starts, err := q.adm.ListStartOffsets(ctx, topic)
		if err == nil {
			err = starts.Error()
		}
		if err != nil {
			yield(nil, topicError(topic, err))
			return
		}
		spans := map[int32]scan.Span{}
		for p, end := range ends[topic] {
			start, _ := starts.Lookup(topic, p)
			spans[p] = scan.Span{From: max(start.Offset, from), To: end.Offset}
		}
		scan.Records(ctx, q.opts, topic, spans)(yield)
	}
}
