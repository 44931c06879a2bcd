package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka/batch"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// partitionOf reads a split.
func partitionOf(split string) (partition, error) {
	var p struct {
		Topic     string `json:"topic"`
		Partition *int32 `json:"partition"`
	}
	if err := json.Unmarshal([]byte(split), &p); err != nil || p.Topic == "" || p.Partition == nil {
		return partition{}, tasks.Fatal(fmt.Errorf("%w: %s", errNoSplit, split))
	}
	return partition{p.Topic, *p.Partition}, nil
}

// partitionName is a partition as the original writes it.
func partitionName(split string) string {
	p, err := partitionOf(split)
	if err != nil {
		return split
	}
	return fmt.Sprintf("%s-%d", p.topic, p.partition)
}

// reader reads a slice of a partition of the source cluster.
type reader struct {
	remote    string
	partition int32
	cl        *kgo.Client
	fetcher   *fetch.Fetcher
	batches   batch.Reader
	raws      []tasks.Raw
	open      bool  // batches has a fetch
	ended     bool  // no fetch is left
	until     int64 // the first offset behind the slice
	committed bool  // of transactions only what was committed counts
	log       tasks.SourceTask
	syncs     *syncWriter // nil for none
}

var (
	_ tasks.Reader       = (*reader)(nil)
	_ tasks.Skipper      = (*reader)(nil)
	_ tasks.Acknowledger = (*reader)(nil)
)

// Open returns a reader of a slice of a partition.
func (s *Source) Open(ctx context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	p, err := partitionOf(t.Slice.Stream.Split)
	if err != nil {
		return nil, err
	}
	at, err := offsetOf(t.Slice.Since)
	if err != nil {
		return nil, err
	}
	until, err := offsetOf(t.Slice.Until)
	if err != nil {
		return nil, err
	}
	remote := s.policy.remote(p.topic)
	if err := s.mayWrite(ctx, remote, p.partition); err != nil {
		return nil, err
	}
	cl, err := s.client(ctx, sourceCluster, consumerRole)
	if err != nil {
		return nil, err
	}
	r := &reader{remote: remote, partition: p.partition, cl: cl, until: until + 1, committed: s.isolation() == kgo.ReadCommitted(), log: t,
		batches: batch.Reader{Topic: p.topic, Partition: p.partition}}
	if err := r.begin(ctx, p, at, s.isolation()); err != nil {
		cl.Close()
		return nil, err
	}
	if r.syncs, err = s.newSyncWriter(ctx, p); err != nil {
		cl.Close()
		return nil, err
	}
	return r, nil
}

// mayWrite checks that the partition is there to be written to: a topic that the producer's broker made by itself would have
// other partitions.
func (s *Source) mayWrite(ctx context.Context, remote string, partition int32) error {
	topics, err := s.to.ListTopics(ctx, remote)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("look up topic %s of the target cluster: %w", remote, err))
	}
	if int(partition) >= len(topics[remote].Partitions) {
		return tasks.Retriable(fmt.Errorf("topic %s of the target cluster has no partition %d yet; its creation failed or is not done: check %s and the rights of the target cluster's admin client",
			remote, partition, replicasKey))
	}
	return nil
}

// begin finds out where to begin.
func (r *reader) begin(ctx context.Context, p partition, at int64, isolation kgo.IsolationLevel) error {
	adm := kadm.NewClient(r.cl)
	starts, err := adm.ListStartOffsets(ctx, p.topic)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("list the starts of topic %s of the source cluster: %w", p.topic, err))
	}
	ends, err := adm.ListEndOffsets(ctx, p.topic)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("list the ends of topic %s of the source cluster: %w", p.topic, err))
	}
	start, ok := starts.Lookup(p.topic, p.partition)
	end, known := ends.Lookup(p.topic, p.partition)
	if !ok || !known || start.Err != nil || end.Err != nil {
		return tasks.Retriable(fmt.Errorf("topic %s of the source cluster has no partition %d just now", p.topic, p.partition))
	}
	from := resume(at, start.Offset, end.Offset)
	switch {
	case from <= at:
		r.log.Log.Warn("the topic of the source cluster is another one than before, or was cut off; it is replicated from its start", "topic", p.topic,
			"partition", p.partition, "replicated", at, "end", end.Offset)
	case at >= 0 && from > at+1:
		r.log.Log.Warn("records are gone before they were replicated: the topic's retention deleted them", "topic", p.topic, "partition", p.partition,
			"offsets", from-at-1)
	}
	slice := tasks.Slice{Stream: tasks.Stream{Topic: p.topic, Partition: p.partition}, From: from, To: r.until}
	r.fetcher = fetch.New(r.cl, slice, isolation)
	return nil
}

// Read returns the next records.
func (r *reader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	if len(r.raws) < limit {
		r.raws = make([]tasks.Raw, limit)
	}
	for {
		if r.open {
			n, err := r.batches.Read(r.raws[:limit])
			if err != nil {
				return nil, tasks.Retriable(fmt.Errorf("read %s/%d of the source cluster: %w", r.batches.Topic, r.partition, err))
			}
			if n > 0 {
				return r.records(r.raws[:n]), nil
			}
			r.open = false
		}
		if r.ended {
			return nil, io.EOF
		}
		c := r.fetcher.Next(ctx)
		if c.Err != nil {
			return nil, c.Err
		}
		if c.Expired > 0 {
			r.log.Log.Warn("records are gone before they were replicated: the topic's retention deleted them", "topic", r.batches.Topic, "partition", r.partition,
				"offsets", c.Expired)
		}
		r.ended = c.End
		if c.Part != nil {
			r.open = true
			r.batches.Reset(c.Part, c.From, r.until, r.committed)
		}
	}
}

// records makes records of what was read: bytes as they are, partition and time too.
func (r *reader) records(raws []tasks.Raw) []tasks.Record {
	out := make([]tasks.Record, len(raws))
	for i := range raws {
		raw := &raws[i]
		out[i] = tasks.Record{Topic: r.remote, Partition: r.partition, Timestamp: raw.Timestamp, KeySchema: tasks.OptionalBytesSchema,
			ValueSchema: tasks.OptionalBytesSchema, Key: bytesValue(raw.Key), Value: bytesValue(raw.Value), Position: offsetAt(raw.Offset)}
		for _, h := range raw.Headers {
			schema := tasks.BytesSchema
			if h.Value == nil {
				schema = tasks.OptionalBytesSchema
			}
			out[i].Headers = append(out[i].Headers, tasks.Header{Key: h.Key, Schema: schema, Value: bytesValue(h.Value)})
		}
	}
	return out
}

// bytesValue copies: a fetch's memory is used again before a batch's is.
func bytesValue(b []byte) tasks.Value {
	if b == nil {
		return tasks.Value{}
	}
	return tasks.NewBytes(bytes.Clone(b))
}

// Skipped is the slice's end: markers of transactions are no records.
func (r *reader) Skipped() tasks.Position { return offsetAt(r.until - 1) }

// Acknowledge writes offset syncs.
func (r *reader) Acknowledge(ctx context.Context, written []tasks.Written) error {
	if r.syncs == nil {
		return nil
	}
	return r.syncs.write(ctx, written)
}

// Committed has nothing to clean up.
func (r *reader) Committed(context.Context, tasks.Position) error { return nil }

// Close closes the clients.
func (r *reader) Close() error {
	r.cl.Close()
	if r.syncs != nil {
		r.syncs.cl.Close()
	}
	return nil
}
