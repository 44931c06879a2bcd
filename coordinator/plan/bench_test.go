package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// The size of the benchmarks' cluster: a million partitions, each with a megabyte of backlog.
const (
	benchConnectors = 1000
	benchPartitions = 1000
	benchBacklog    = 1000
)

var benchTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func benchStream(i int) tasks.Stream { return tasks.Stream{Topic: "orders", Partition: int32(i)} }

// warm returns a state that stands at the start of each partition and has seen what is in it.
func warm() *plan.State {
	st := plan.NewState(tasks.Lease{}, plan.Limits{MaxExecutors: 1000})
	for c := range benchConnectors {
		name := fmt.Sprintf("connector-%04d", c)
		st.ConnectorChanged(plan.ConnectorSpec{Name: name, Kind: tasks.SinkKind, Target: plan.Started, ConfigVersion: 1, ConfigTopic: "configs",
			Tasks: 8, Cut: tasks.Cut{CloseTail: true}})
		for p := range benchPartitions {
			st.Restore(plan.Checkpoint{Connector: name, Stream: benchStream(p), Position: 1000, Epoch: -1})
			st.Observed(plan.Observation{Connector: name, Stream: benchStream(p), End: 1000 + benchBacklog}, benchTime)
		}
	}
	return st
}

// BenchmarkCold is a full turn from nothing: a million checkpoints and observations folded, and the grants that come of them.
func BenchmarkCold(b *testing.B) {
	for b.Loop() {
		actions, _ := plan.Next(warm(), benchTime)
		if len(actions) != 1000 {
			b.Fatalf("%d actions, want 1000 grants", len(actions))
		}
	}
}

// BenchmarkTurn is a turn of a warm planner: a result that moves a stream, an observation, and the grant that follows.
func BenchmarkTurn(b *testing.B) {
	st := warm()
	actions, _ := plan.Next(st, benchTime)
	epoch := int64(0)
	granted := func(actions []plan.Action) (l tasks.Lease) {
		for _, a := range actions {
			if g, ok := a.(plan.Grant); ok {
				l = g.Lease
				l.Epoch = epoch
				epoch++
				st.Granted(l)
			}
		}
		return l
	}
	lease := granted(actions)
	now := benchTime
	for b.Loop() {
		now = now.Add(time.Millisecond)
		r := tasks.NewResult(&lease)
		r.Position, r.ReadTo = lease.Slice.To, lease.Slice.To
		if !st.Result(r, now) {
			b.Fatal("the result did not count")
		}
		st.Observed(plan.Observation{Connector: lease.Connector, Stream: lease.Slice.Stream, End: lease.Slice.To + benchBacklog}, now)
		actions, _ := plan.Next(st, now)
		if lease = granted(actions); lease.Epoch != epoch-1 {
			b.Fatal("nothing granted")
		}
	}
}
