package exec_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Two slices of a partition at once: the dead letters of one are written in the middle of the other's, without fencing it. A second
// attempt on the same slice fences the first one, or finds its result.
func TestLanesDoNotFenceEachOther(t *testing.T) {
	w := newWorld(t)
	w.create("dlq", 1)
	w.sendKeyed("bad0", "1", "bad2", "3")
	sum := sha256.Sum256([]byte("in/0"))
	lane := "mayfly-dlq-g-c-" + hex.EncodeToString(sum[:8])
	open := w.client(kgo.TransactionalID(lane))
	must(t, open.BeginTransaction())
	must(t, open.ProduceSync(t.Context(), &kgo.Record{Topic: "dlq", Value: []byte("bad0")}).FirstErr())

	second := w.lease(2, 4, withDLQ()...)
	second.Lane = 1
	w.done(w.run(second), 4)
	must(t, open.EndTransaction(t.Context(), kgo.TryCommit))
	w.same("dead letters", []string{"bad0", "bad2"}, w.values("dlq"))

	zombie := w.client(kgo.TransactionalID(lane + "#1"))
	must(t, zombie.BeginTransaction())
	must(t, zombie.ProduceSync(t.Context(), &kgo.Record{Topic: "dlq", Value: []byte("of a zombie")}).FirstErr())
	second.Attempt, second.Epoch = 2, 9
	w.runner = w.newRunner()
	w.done(w.run(second), 4)
	if err := zombie.EndTransaction(t.Context(), kgo.TryCommit); err == nil {
		t.Error("an attempt on the same slice was not fenced")
	}
	w.same("dead letters", []string{"bad0", "bad2"}, w.values("dlq"))
}

// The same with dead letters on another cluster, whose marks are of lanes, too.
func TestLanesElsewhere(t *testing.T) {
	w := newWorld(t)
	other, keys := w.elsewhere()
	w.sendKeyed("bad0", "1", "bad2", "3")
	first, second := w.lease(0, 2, withDLQ(keys...)...), w.lease(2, 4, withDLQ(keys...)...)
	first.Epoch, second.Epoch, second.Lane = 1, 2, 1
	w.done(w.run(first), 2)
	w.done(w.run(second), 4)
	w.runner = w.newRunner()
	first.Attempt, first.Epoch = 2, 3 // its result was lost: its mark is there still
	w.done(w.run(first), 2)
	if diff := cmp.Diff([]string{"bad0", "bad2"}, other.values("dlq")); diff != "" {
		t.Error(diff)
	}
}
