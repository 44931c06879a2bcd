package mirror

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// syncWriter writes the offset syncs of one partition. Losing one costs nothing but precision.
type syncWriter struct {
	cl    *kgo.Client
	topic string
	lag   int64 // the most records between two syncs
	of    partition

	last     offsetSync // that was written
	previous offsetSync // of the record before
	begun    bool
}

// newSyncWriter returns nil when no offset syncs are wanted.
func (s *Source) newSyncWriter(ctx context.Context, p partition) (*syncWriter, error) {
	if !s.Bool(emitSyncsKey) {
		return nil, nil
	}
	cluster, topic := s.syncsCluster()
	cl, err := s.client(ctx, cluster, producerRole, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		return nil, err
	}
	return &syncWriter{cl: cl, topic: topic, lag: s.Int(offsetLagKey), of: p}, nil
}

// write writes the syncs that a batch of records is worth, and that of its last one.
func (w *syncWriter) write(ctx context.Context, written []tasks.Written) error {
	var out []*kgo.Record
	var next offsetSync
	for i, r := range written {
		at, err := offsetOf(r.Position)
		if err != nil {
			return err
		}
		next = offsetSync{w.of, at, r.Offset}
		if w.due(next) || i == len(written)-1 && next != w.last {
			out = append(out, &kgo.Record{Topic: w.topic, Key: next.key(), Value: next.value()})
			w.last = next
		}
		w.previous, w.begun = next, true
	}
	if err := w.cl.ProduceSync(ctx, out...).FirstErr(); err != nil {
		return tasks.Retriable(fmt.Errorf("write offset syncs to %s: %w", w.topic, err))
	}
	return nil
}

// due reports whether a record deserves a sync: the first, one that is too far behind the last sync, one behind a gap of the
// source's offsets, and one before the offsets that the target had.
func (w *syncWriter) due(s offsetSync) bool {
	return !w.begun || s.downstream-(w.last.downstream+1) >= w.lag || s.upstream-w.previous.upstream != 1 || s.downstream < w.previous.downstream
}
