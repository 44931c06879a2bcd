package simulate

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Look returns the end offsets of topics' partitions, as a reader of committed records sees them, and what a group has committed (a
// group "" nothing). It blocks until the brokers answer.
func Look(ctx context.Context, adm *kadm.Client, topics []string, group string) ([]Sample, error) {
	ends, err := adm.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the end offsets of %v: %w", topics, err)
	}
	committed := kadm.OffsetResponses{}
	if group != "" {
		if committed, err = adm.FetchOffsets(ctx, group); err != nil {
			return nil, fmt.Errorf("read the offsets of group %s: %w", group, err)
		}
	}
	now := time.Now()
	var out []Sample
	for _, e := range ends.Offsets().Sorted() {
		s := Sample{Time: now, Topic: e.Topic, Partition: e.Partition, End: e.At, Committed: -1}
		if c, ok := committed.Lookup(e.Topic, e.Partition); ok && c.Err == nil {
			s.Committed = c.At
		}
		out = append(out, s)
	}
	return out, nil
}
