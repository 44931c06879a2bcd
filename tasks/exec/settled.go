package exec

import (
	"context"
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// settled returns the last record of [from, the log's end) that matches and is not of an aborted transaction; nil when there
// is none. The caller has fenced its lane: no transaction of its own is open any more.
func settled(ctx context.Context, cl *kgo.Client, topic string, partition int32, from int64, match func(*kgo.Record) bool) (*kgo.Record, error) {
	var last *kgo.Record
	_, err := scan(ctx, cl, topic, partition, from, match, func(rec *kgo.Record) {
		if last == nil || rec.Offset > last.Offset {
			last = rec
		}
	})
	return last, err
}

// scan calls take with the records of [from, the log's end) that match and are not of an aborted transaction, in the order in
// which they came to count, and returns those whose transaction is open, by producer. It reads uncommitted and follows the markers
// itself, because with read_committed the open transaction of any other lane would hide all that lies behind it.
func scan(ctx context.Context, cl *kgo.Client, topic string, partition int32, from int64, match func(*kgo.Record) bool, take func(*kgo.Record)) (map[int64][]*kgo.Record, error) {
	f := fetch.New(cl, tasks.Slice{Stream: tasks.Stream{Topic: topic, Partition: partition}, From: from}, kgo.ReadUncommitted())
	end, err := f.LogEnd(ctx)
	if err != nil {
		return nil, err
	}
	f.Until(end)
	open := map[int64][]*kgo.Record{} // by producer
	for {
		c := f.Next(ctx)
		if c.Err != nil {
			return nil, c.Err
		}
		records, err := f.Records(c, true)
		if err != nil {
			return nil, err
		}
		for _, rec := range records {
			switch {
			case rec.Attrs.IsControl():
				if committed(rec) {
					for _, r := range open[rec.ProducerID] {
						take(r)
					}
				}
				delete(open, rec.ProducerID)
			case !match(rec):
			case rec.Attrs.IsTransactional():
				open[rec.ProducerID] = append(open[rec.ProducerID], rec)
			default:
				take(rec)
			}
		}
		if c.End {
			return open, nil
		}
	}
}

// committed reports whether a control record is a commit marker: its key is a version and a type, of two bytes each.
func committed(rec *kgo.Record) bool {
	return len(rec.Key) >= 4 && binary.BigEndian.Uint16(rec.Key[2:]) == 1
}
