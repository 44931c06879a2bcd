package history

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/store"
)

// Check reads the lease topic of a cluster from its start to the end that it has now, and checks each transaction. It returns the
// first violation. A topic that is compacted meanwhile may break rules that nobody broke.
func Check(ctx context.Context, bootstrap, topic string) (*History, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the end of %s: %w", topic, err)
	}
	end, _ := ends.Lookup(topic, 0)
	r := reader{h: New()}
	for r.next < end.Offset {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", topic, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			if err := r.take(it.Next()); err != nil {
				return r.h, fmt.Errorf("offset %d: %w", r.next-1, err)
			}
		}
	}
	return r.h, nil
}

// reader gathers the records of a transaction until its marker comes.
type reader struct {
	h     *History
	turn  Turn
	next  int64 // offset
	id    int64 // of the producer, and its epoch
	epoch int16
}

func (r *reader) take(rec *kgo.Record) error {
	r.next = rec.Offset + 1
	if rec.ProducerID == r.id && rec.ProducerEpoch < r.epoch {
		return fmt.Errorf("I2: epoch %d of the producer writes after epoch %d", rec.ProducerEpoch, r.epoch)
	}
	r.id, r.epoch = rec.ProducerID, rec.ProducerEpoch
	if rec.Attrs.IsControl() {
		turn := r.turn
		r.turn = Turn{}
		return r.h.Turn(turn)
	}
	lease, point, err := store.Entry(rec)
	if err != nil {
		return err
	}
	if lease != nil {
		r.turn.Grants = append(r.turn.Grants, *lease)
	}
	if point != nil {
		r.turn.Checkpoints = append(r.turn.Checkpoints, *point)
	}
	return nil
}
