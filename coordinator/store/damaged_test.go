package store_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
)

// A grant that cannot be read is passed over: its stream is granted anew. Who leads next reads the others.
func TestDamagedGrantIsPassedOver(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "http://a")
	grants := []tasks.Lease{lease(partition(0)), lease(partition(1))}
	_, err := s.Commit(t.Context(), control.Decision{Grants: grants})
	must(t, err)
	topic := c.config(t).Topics.Lease
	var first *kgo.Record
	for _, r := range c.committed(t, topic) {
		if string(r.Key) == "grant/a/orders/0" {
			first = r
		}
	}
	if first == nil {
		t.Fatal("the grant of orders/0 is not in the topic")
	}
	c.produce(t, topic, "grant/a/orders/0", string(first.Value[:len(first.Value)/2]))

	_, snap := c.lead(t, "http://b")
	if len(snap.Leases) != 1 || snap.Leases[0].Slice.Stream.Partition != 1 {
		t.Errorf("leases %v, want that of orders/1 alone", snap.Leases)
	}
}
