package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// settleTick is how often Produce looks whether the client knows a partition.
const settleTick = time.Millisecond

// Produce writes records inside the transaction that cl has begun, and blocks until they are written and a transaction's end
// will count them. After an error the transaction is to be aborted. Always use it instead of ProduceSync before
// EndTransaction.
//
// The reason is a race of franz-go 1.22: for a topic that the client has not written to before, the records leave for the
// broker before the client stores the topic's partitions. EndTransaction looks for written partitions among the stored ones;
// when the broker was faster, it finds none, takes the transaction for empty, aborts it (or, on brokers before 4.0, leaves it
// open) and returns nil: a lost commit. The next transaction's sequence numbers are not reset either.
func Produce(ctx context.Context, cl *kgo.Client, records ...*kgo.Record) error {
	results := cl.ProduceSync(ctx, records...)
	for _, r := range results {
		if r.Err != nil {
			continue // it may be of a topic that is never known
		}
		if err := Settle(ctx, cl, r.Record); err != nil {
			return err
		}
	}
	return results.FirstErr()
}

// Settle blocks until the client has stored the partition that r was written to, or ctx ends.
func Settle(ctx context.Context, cl *kgo.Client, r *kgo.Record) error {
	if known(cl, r) {
		return nil
	}
	tick := time.NewTicker(settleTick)
	defer tick.Stop()
	for !known(cl, r) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the metadata of %s/%d: %w", r.Topic, r.Partition, ctx.Err())
		}
	}
	return nil
}

// known reports whether the partition is stored. One without a leader is too: it comes with a leader or an error.
func known(cl *kgo.Client, r *kgo.Record) bool {
	leader, epoch, err := cl.PartitionLeader(r.Topic, r.Partition)
	return leader >= 0 || epoch >= 0 || err != nil
}
