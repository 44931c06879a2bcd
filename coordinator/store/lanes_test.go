package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// What the executors of the day have used survives the coordinator.
func TestSpent(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, snap := c.lead(t, "u")
	equal(t, "nothing is spent", snap.Spent, plan.Spent{})
	spent := plan.Spent{Day: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Seconds: 61.5}
	_, err := s.Commit(t.Context(), control.Decision{Spent: &spent})
	must(t, err)
	_, snap = c.lead(t, "v")
	equal(t, "spent", snap.Spent, spent)
}

// Slices of a stream side by side: each has an entry of its own, and what is done behind the position stays done.
func TestLanes(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.fill(t, 1)
	s, _ := c.lead(t, "u")
	_, err := s.Put(t.Context(), "a", map[string]string{}, nil, "")
	must(t, err)
	var grants []tasks.Lease
	for lane := range 3 {
		l := lease(partition(0))
		l.Slice.From, l.Slice.To, l.Lane = int64(10*lane), int64(10*lane+10), lane
		grants = append(grants, l)
	}
	epochs, err := s.Commit(t.Context(), control.Decision{Grants: grants})
	must(t, err)
	cp := plan.Checkpoint{Connector: "a", Stream: partition(0), Done: []plan.Interval{{From: 10, To: 20}}, Epoch: epochs[1], Open: epochs[:1], ReadTo: 0}
	_, err = s.Commit(t.Context(), control.Decision{Checkpoints: []plan.Checkpoint{cp}})
	must(t, err)
	// The first one's result comes while nobody leads; that of the second one is known already.
	for _, i := range []int{0, 1} {
		grants[i].Epoch = epochs[i]
		r := tasks.NewResult(&grants[i])
		b, err := json.Marshal(r)
		must(t, err)
		c.produce(t, "g-mayfly-results", "a/orders/0", string(b))
	}
	next, snap := c.lead(t, "v")
	grants[2].Epoch = epochs[2]
	equal(t, "leases", snap.Leases, []tasks.Lease{grants[0], grants[2]})
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{cp})
	select {
	case r := <-next.Results():
		equal(t, "result", r.Epoch, epochs[0])
	case <-t.Context().Done():
	}
	// A user begins again: nothing that was granted is in force, and what was written is known to be there.
	must(t, next.AlterSink(t.Context(), "a", map[tasks.Stream]*int64{partition(0): new(int64(0))}))
	_, snap = c.lead(t, "w")
	equal(t, "leases", len(snap.Leases), 0)
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{{Connector: "a", Stream: partition(0), Epoch: epochs[2], Reach: 30, Seams: []int64{0, 10, 20}}})
}
