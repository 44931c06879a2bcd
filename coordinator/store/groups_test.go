package store_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
)

// fill writes n records to each partition of orders.
func (c *cluster) fill(t *testing.T, n int) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer cl.Close()
	for i := range 2 * n {
		must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Partition: int32(i % 2), Value: []byte("x")}).FirstErr())
	}
}

// Forwards or backwards: the group is what a Java worker and every tool for offsets know.
func TestGroupOffsetsThatJavaMoved(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.fill(t, 20)
	s, _ := c.lead(t, "u")
	for name, config := range map[string]map[string]string{"a": {}, "own": {"consumer.override.group.id": "mine"}} {
		_, err := s.Put(t.Context(), name, config, nil, "")
		must(t, err)
	}
	_, err := s.Commit(t.Context(), control.Decision{Checkpoints: []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 5, Epoch: 3},
		{Connector: "a", Stream: partition(1), Position: 50, Epoch: 3, ReadTo: 51}}})
	must(t, err)
	for group, at := range map[string]int64{"connect-a": 20, "mine": 8} {
		var o kadm.Offsets
		o.AddOffset("orders", 0, at, -1)
		o.AddOffset("orders", 1, at, -1)
		must(t, c.adm.CommitAllOffsets(t.Context(), group, o))
	}
	_, snap := c.lead(t, "v")
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 20, Epoch: 3, ReadTo: 20, Reach: 5},
		{Connector: "a", Stream: partition(1), Position: 20, Epoch: 3, ReadTo: 20, Reach: 50}, {Connector: "own", Stream: partition(0), Position: 8, Epoch: -1, ReadTo: 8},
		{Connector: "own", Stream: partition(1), Position: 8, Epoch: -1, ReadTo: 8}})
}

// A consumer whose group stands behind the partition's end begins as if there were no offset.
func TestGroupOffsetsBehindTheEnd(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.fill(t, 3)
	s, _ := c.lead(t, "u")
	_, err := s.Put(t.Context(), "a", map[string]string{}, nil, "")
	must(t, err)
	var o kadm.Offsets
	o.AddOffset("orders", 0, 3, -1)
	o.AddOffset("orders", 1, 4, -1)
	must(t, c.adm.CommitAllOffsets(t.Context(), "connect-a", o))
	_, snap := c.lead(t, "v")
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 3, Epoch: -1, ReadTo: 3}})
}
