package try

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/scan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// FromTopic says which records of a topic are samples.
type FromTopic struct {
	Topic string
	// Partition is the one that is read; negative for all.
	Partition int32
	// Offset is the first one; negative for the newest N of each partition.
	Offset int64
	// N is how many are read in all.
	N int
}

// ReadTopic reads samples from a topic, outside of any group, as a sink would: committed records alone.
func ReadTopic(ctx context.Context, opts []kgo.Opt, what FromTopic) ([]tasks.Raw, error) {
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, what.Topic)
	if err == nil {
		err = starts.Error()
	}
	var ends kadm.ListedOffsets
	if err == nil {
		ends, err = adm.ListCommittedOffsets(ctx, what.Topic)
	}
	if err == nil {
		err = ends.Error()
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil, fmt.Errorf("there is no topic %s", what.Topic)
	}
	if err != nil {
		return nil, fmt.Errorf("look up topic %s: %w", what.Topic, err)
	}
	spans := map[int32]scan.Span{}
	for p, end := range ends[what.Topic] {
		if what.Partition >= 0 && p != what.Partition {
			continue
		}
		start, _ := starts.Lookup(what.Topic, p)
		from := what.Offset
		if from < 0 {
			from = end.Offset - int64(what.N)
		}
		spans[p] = scan.Span{From: max(start.Offset, from), To: end.Offset}
	}
	var out []tasks.Raw
	for r, err := range scan.Records(ctx, opts, what.Topic, spans) {
		if err != nil {
			return nil, err
		}
		out = append(out, rawOf(r))
		if len(out) == what.N {
			break
		}
	}
	return out, nil
}

// rawOf is a fetched record as the executor sees it.
func rawOf(r *kgo.Record) tasks.Raw {
	raw := tasks.Raw{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), TimestampType: tasks.CreateTime,
		Key: r.Key, Value: r.Value}
	if raw.Timestamp == -1 { // Kafka's word for none
		raw.Timestamp = tasks.NoTimestamp
	}
	switch r.Attrs.TimestampType() {
	case 1:
		raw.TimestampType = tasks.LogAppendTime
	case -1:
		raw.TimestampType = tasks.NoTimestampType
	}
	for _, h := range r.Headers {
		raw.Headers = append(raw.Headers, tasks.RawHeader{Key: h.Key, Value: h.Value})
	}
	return raw
}
