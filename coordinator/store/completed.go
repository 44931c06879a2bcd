package store

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// completion is how long a broker may take from its answer that a transaction is committed until its markers are written;
	// after that nobody looks.
	completion = 200 * time.Millisecond
	// completionTick is the pause between two looks.
	completionTick = 500 * time.Microsecond
)

// awaitCompleted waits until the broker has written the markers of the last transaction, which it does after it has answered. A
// record that came sooner would be held there for add.partitions.to.txn.retry.backoff.ms, 20 ms and more: several times
// what a transaction takes. Where it cannot be told the broker holds the record as before, so no failure is one of the write.
// The lock of transactions is held.
func (s *Store) awaitCompleted(ctx context.Context) {
	req := kmsg.NewPtrDescribeTransactionsRequest()
	req.TransactionalIDs = []string{s.transactionalID()}
	for time.Since(s.committedAt) < completion && ctx.Err() == nil {
		resp, err := req.RequestWith(ctx, s.producer)
		if err != nil || len(resp.TransactionStates) != 1 || kerr.ErrorForCode(resp.TransactionStates[0].ErrorCode) != nil {
			return
		}
		if state := resp.TransactionStates[0].State; state != "PrepareCommit" && state != "PrepareAbort" {
			return
		}
		time.Sleep(completionTick)
	}
}
