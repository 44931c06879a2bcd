package broker_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestReliedOffsetsOfAGroupWithoutMembersInATransaction(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "lease", 1)
	createTopic(t, addr, "orders", 4)
	cl := client(t, addr, kgo.TransactionalID("coordinator"))

	turn := func(value string, offset int64, end kgo.TransactionEndTry) {
		t.Helper()
		must(t, cl.BeginTransaction())
		produce(t, cl, record("lease", 0, "k", value))
		must(t, commitOffset(t.Context(), cl, "coordinator", "connect-x", "orders", 3, offset))
		must(t, cl.EndTransaction(t.Context(), end))
	}
	turn("a", 10, kgo.TryAbort)
	if got := groupOffset(t, addr, "connect-x", "orders", 3); got != -1 {
		t.Errorf("an aborted transaction committed offset %d", got)
	}
	turn("b", 20, kgo.TryCommit)
	turn("c", 30, kgo.TryAbort)
	if got := groupOffset(t, addr, "connect-x", "orders", 3); got != 20 {
		t.Errorf("group stands at %d, want 20", got)
	}
	if diff := cmp.Diff([]string{"b"}, values(read(t, addr, "lease", 0, kgo.ReadCommitted()))); diff != "" {
		t.Error(diff)
	}
}

func TestReliedFencing(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "lease", 1)
	writer := func() *kgo.Client { return client(t, addr, kgo.TransactionalID("coordinator")) }
	begin := func(cl *kgo.Client, value string) {
		t.Helper()
		must(t, cl.BeginTransaction())
		produce(t, cl, record("lease", 0, "k", value))
	}
	fenced := func(err error) bool {
		return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
	}

	committing, producing := writer(), writer()
	begin(committing, "zombie 1")
	begin(producing, "zombie 2") // fences the first
	if err := committing.EndTransaction(t.Context(), kgo.TryCommit); !fenced(err) {
		t.Errorf("the commit of a fenced producer: %v", err)
	}
	now := writer()
	begin(now, "new") // fences the second
	if err := producing.ProduceSync(t.Context(), record("lease", 0, "k", "zombie 2")).FirstErr(); !fenced(err) {
		t.Errorf("a record of a fenced producer: %v", err)
	}
	if err := commitOffset(t.Context(), committing, "coordinator", "g", "lease", 0, 1); err == nil {
		t.Error("a fenced producer committed an offset")
	}
	must(t, now.EndTransaction(t.Context(), kgo.TryCommit))
	if diff := cmp.Diff([]string{"new"}, values(read(t, addr, "lease", 0, kgo.ReadCommitted()))); diff != "" {
		t.Error(diff)
	}
}

// InitProducerID alone is the lock: it ends what the old holder had open.
func TestReliedInitProducerIDEndsTheOpenTransaction(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "lease", 1)
	old := client(t, addr, kgo.TransactionalID("coordinator"))
	must(t, old.BeginTransaction())
	produce(t, old, record("lease", 0, "k", "open"))
	produce(t, client(t, addr), record("lease", 0, "k", "behind"))
	if got := values(read(t, addr, "lease", 0, kgo.ReadCommitted())); len(got) > 0 {
		t.Errorf("read past the last stable offset: %v", got)
	}
	if _, _, err := client(t, addr, kgo.TransactionalID("coordinator")).ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"behind"}, values(read(t, addr, "lease", 0, kgo.ReadCommitted()))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"open", "behind"}, values(read(t, addr, "lease", 0, kgo.ReadUncommitted()))); diff != "" {
		t.Error(diff)
	}
}

func TestReliedTransactionTimesOut(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "lease", 1)
	gone := client(t, addr, kgo.TransactionalID("gone"), kgo.TransactionTimeout(200*time.Millisecond))
	must(t, gone.BeginTransaction())
	produce(t, gone, record("lease", 0, "k", "open"))
	reader := client(t, addr, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{"lease": {0: kgo.NewOffset().At(0)}}))
	produce(t, client(t, addr), record("lease", 0, "k", "behind"))
	if diff := cmp.Diff([]string{"behind"}, values(reader.PollFetches(t.Context()).Records())); diff != "" {
		t.Error(diff)
	}
}

// The epoch of InitProducerID only grows, also over restarts: a lease carries
// no such number, but the store is fenced by it.
func TestReliedEpochGrowsOverRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	last := int16(-1)
	for range 3 {
		b := startUntil(t, dir)
		for range 2 {
			req := kmsg.NewPtrInitProducerIDRequest()
			req.TransactionalID, req.TransactionTimeoutMillis = kmsg.StringPtr("coordinator"), 1000
			resp, err := req.RequestWith(t.Context(), client(t, b.Addr()))
			must(t, err)
			must(t, kerr.ErrorForCode(resp.ErrorCode))
			if resp.ProducerEpoch <= last {
				t.Fatalf("epoch %d after %d", resp.ProducerEpoch, last)
			}
			last = resp.ProducerEpoch
		}
		must(t, b.Close())
	}
}
