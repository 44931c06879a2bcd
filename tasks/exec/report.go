package exec

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// leaseTxnTimeout is how long the broker keeps a transaction of an executor that died open.
const leaseTxnTimeout = time.Minute

// resultRecord is a result as it goes to the result topic: keyed by connector and stream, so that a stream's results keep
// their order.
func resultRecord(l *tasks.Lease, res tasks.Result) *kgo.Record {
	value, err := json.Marshal(res)
	if err != nil { // a Result holds nothing that cannot be encoded
		value = fmt.Appendf(nil, `{"version":%d,"lease":%q,"outcome":"failed"}`, tasks.WireVersion, l.ID)
	}
	return &kgo.Record{Topic: l.ResultTopic, Key: resultKey(l), Value: value}
}

func resultKey(l *tasks.Lease) []byte { return []byte(l.Connector + "/" + l.Slice.Stream.String()) }

// report writes a result to the result topic and waits until it is durable.
func (r *Runner) report(ctx context.Context, l *tasks.Lease, res tasks.Result) error {
	cl, _, err := r.shared(l)
	if err != nil {
		return err
	}
	if err := cl.ProduceSync(ctx, resultRecord(l, res)).FirstErr(); err != nil {
		return tasks.Retriable(fmt.Errorf("report the result of lease %s to %s: %w", l.ID, l.ResultTopic, err))
	}
	return nil
}

// txnID is the transactional id of a lane of a stream of a connector, for one purpose. Two executors on the same lane fence each other
// through it: those that run the same slice, one of them later.
func txnID(purpose string, l *tasks.Lease) string {
	sum := sha256.Sum256([]byte(l.Slice.Stream.String()))
	return "mayfly-" + purpose + "-" + l.GroupID + "-" + l.Connector + "-" + hex.EncodeToString(sum[:8]) + laneOf(l)
}

// laneOf is the end of names that lanes of a stream must not share.
func laneOf(l *tasks.Lease) string {
	if l.Lane == 0 {
		return ""
	}
	return "#" + strconv.Itoa(l.Lane)
}
