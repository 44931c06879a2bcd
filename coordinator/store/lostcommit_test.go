package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// gate is a partitioner that holds the client's metadata update at the record with the key "held", and then refuses it: as
// long as it is held, the client has not stored the topic's partitions, though records before it were written.
type gate struct{ open chan struct{} }

func (g gate) ForTopic(string) kgo.TopicPartitioner { return g }
func (g gate) RequiresConsistency(*kgo.Record) bool { return true }
func (g gate) Partition(r *kgo.Record, partitions int) int {
	if string(r.Key) == "held" {
		<-g.open
		return partitions // no such partition
	}
	return 0
}

// waits is a context that opens the gate when somebody starts to wait.
type waits struct {
	context.Context //nolint:containedctx // it is a context itself
	open            func()
}

func (w waits) Done() <-chan struct{} {
	w.open()
	return w.Context.Done()
}

// A commit that returns nil has committed, even if the broker answers before the client has stored what it knows of the
// topic: the client then took the transaction for empty, and aborted it.
func TestCommitIsNotLost(t *testing.T) {
	t.Parallel()
	c := start(t)
	g := gate{make(chan struct{})}
	open := sync.OnceFunc(func() { close(g.open) })
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.TransactionalID("x"), kgo.ProducerLinger(0), kgo.RecordPartitioner(g))
	must(t, err)
	t.Cleanup(cl.Close)
	t.Cleanup(open)
	ctx := t.Context()
	_, _, err = cl.ProducerID(ctx)
	must(t, err)
	must(t, cl.BeginTransaction())
	written, refused := make(chan error, 1), make(chan error, 1)
	cl.Produce(ctx, &kgo.Record{Topic: "orders", Value: []byte("first")}, func(_ *kgo.Record, err error) { written <- err })
	cl.Produce(ctx, &kgo.Record{Topic: "orders", Key: []byte("held")}, func(_ *kgo.Record, err error) { refused <- err })
	must(t, <-written)
	must(t, kafka.Settle(waits{ctx, open}, cl, &kgo.Record{Topic: "orders"}))
	must(t, cl.EndTransaction(ctx, kgo.TryCommit))
	if err := <-refused; err == nil || errors.Is(err, context.Canceled) {
		t.Fatalf("the held record: %v", err)
	}
	records := c.committed(t, "orders")
	if len(records) != 1 || string(records[0].Value) != "first" {
		t.Fatalf("read_committed shows %d records after a commit", len(records))
	}
}
