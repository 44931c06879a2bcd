// Package scan reads bounded parts of topics for people's commands: the committed records between two offsets, outside of any
// group.
package scan

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Span is offsets [From, To) of a partition.
type Span struct{ From, To int64 }

// Records reads the committed records of a topic's spans, those of a partition in order, with a client of its own that has
// the options. It blocks while an open transaction hides what lies before a span's end. The sequence ends at the first error.
func Records(ctx context.Context, opts []kgo.Opt, topic string, spans map[int32]Span) iter.Seq2[*kgo.Record, error] {
	return func(yield func(*kgo.Record, error) bool) {
		left := map[int32]int64{} // ends of partitions that are not read yet
		at := map[int32]kgo.Offset{}
		for p, s := range spans {
			if s.From < s.To {
				left[p], at[p] = s.To, kgo.NewOffset().At(s.From)
			}
		}
		if len(left) == 0 {
			return
		}
		// Markers of transactions show that the end is reached where no record is left before it.
		cl, err := kgo.NewClient(slices.Concat(opts, []kgo.Opt{kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at})})...)
		if err != nil {
			yield(nil, fmt.Errorf("read topic %s: %w", topic, err))
			return
		}
		defer cl.Close()
		for len(left) > 0 {
			fetches := cl.PollFetches(ctx)
			if err := fetches.Err0(); err != nil {
				yield(nil, fmt.Errorf("read topic %s: %w", topic, err))
				return
			}
			if errs := fetches.Errors(); len(errs) > 0 {
				yield(nil, fmt.Errorf("read topic %s/%d: %w", topic, errs[0].Partition, errs[0].Err))
				return
			}
			for r := range fetches.RecordsAll() {
				end, more := left[r.Partition]
				if more && r.Offset < end && !r.Attrs.IsControl() && !yield(r, nil) {
					return
				}
				if more && r.Offset >= end-1 {
					delete(left, r.Partition)
				}
			}
		}
	}
}
