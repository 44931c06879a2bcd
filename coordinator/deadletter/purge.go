package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Purge says how far the letters of a topic are deleted. Kafka deletes from the start of a partition alone.
type Purge struct {
	// Partition is the one that is meant; nil for all.
	Partition *int32
	// Before is the first offset that stays; negative for the end.
	Before int64
	// Replayed stops at the first letter that was not replayed. Home is as in [Replay].
	Replayed bool
	Home     *Queues
}

// Cut is what a purge deletes of one partition: offsets [From, To).
type Cut struct {
	Partition int32 `json:"partition"`
	From      int64 `json:"from"`
	To        int64 `json:"to"`
}

// PlanPurge returns what a purge would delete: partitions with nothing to delete are left out.
func (q *Queues) PlanPurge(ctx context.Context, topic string, p Purge) ([]Cut, error) {
	starts, err := q.adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, topicError(topic, err)
	}
	ends, err := q.adm.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, topicError(topic, err)
	}
	kept, err := q.firstKept(ctx, topic, p)
	if err != nil {
		return nil, err
	}
	var out []Cut
	for partition, end := range ends[topic] {
		if p.Partition != nil && *p.Partition != partition {
			continue
		}
		start, _ := starts.Lookup(topic, partition)
		c := Cut{partition, start.Offset, end.Offset}
		if p.Before >= 0 {
			c.To = min(c.To, p.Before)
		}
		if first, ok := kept[partition]; ok {
			c.To = min(c.To, first)
		}
		if c.From < c.To {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Cut) int { return cmp.Compare(a.Partition, b.Partition) })
	return out, nil
}

// firstKept returns the first letter of each partition that has not been replayed, where that matters.
func (q *Queues) firstKept(ctx context.Context, topic string, p Purge) (map[int32]int64, error) {
	if !p.Replayed {
		return nil, nil
	}
	done, err := q.ledger(ctx, topic, p.Home, nil)
	if err != nil {
		return nil, err
	}
	kept := map[int32]int64{}
	for l, err := range q.Letters(ctx, topic, Filter{}) {
		if err != nil {
			return nil, err
		}
		if _, known := kept[l.Partition]; !known && !done.has(&l) {
			kept[l.Partition] = l.Offset
		}
	}
	return kept, nil
}

// Purge deletes what PlanPurge found, for good.
func (q *Queues) Purge(ctx context.Context, topic string, cuts []Cut) error {
	offsets := kadm.Offsets{}
	for _, c := range cuts {
		offsets.Add(kadm.Offset{Topic: topic, Partition: c.Partition, At: c.To, LeaderEpoch: -1})
	}
	resps, err := q.adm.DeleteRecords(ctx, offsets)
	if err == nil {
		err = resps.Error()
	}
	if errors.Is(err, kerr.PolicyViolation) {
		err = fmt.Errorf("%w; the topic's cleanup.policy must contain delete", err)
	}
	if err != nil {
		return fmt.Errorf("delete dead letters of %s: %w", topic, err)
	}
	return nil
}
