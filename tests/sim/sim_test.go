// Package sim_test simulates the coordinator's planner with executors that are lost, late, doubled or zombies, and with
// coordinators that die in the middle, in virtual time. A seed decides everything; a failing one is printed and replayed with
// -seed.
package sim_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

var (
	seeds = flag.Int("seeds", 300, "how many seeds to simulate")
	seed  = flag.Uint64("seed", 0, "simulate this seed alone")
)

func TestSimulation(t *testing.T) {
	t.Parallel()
	first, last := uint64(1), uint64(*seeds)
	if *seed != 0 {
		first, last = *seed, *seed
	}
	for n := first; n <= last; n++ {
		for _, kind := range []string{"object", "fenced", "parallel"} {
			if err := newWorld(n, kind).run(); err != nil {
				t.Fatalf("seed %d, %s sink: %v\nreplay with: go test ./tests/sim -seed %d", n, kind, err, n)
			}
		}
	}
}

// TestBroken breaks what the coordinators rely on, and looks that the checker of their history finds it, in few seeds.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{unfenced, careless, forgetful} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			const most = 50
			for n := uint64(1); n <= most; n++ {
				w := newWorld(n, "object")
				w.broken = broken
				_ = w.run()
				if w.fault != nil {
					t.Logf("seed %d: %v", n, w.fault)
					return
				}
			}
			t.Errorf("nothing was found in %d seeds", most)
		})
	}
}

// BenchmarkYear runs a year of a million partitions: each gets data now and then, one at a time. ns/op is one partition's
// data from observation to commit.
func BenchmarkYear(b *testing.B) {
	const partitions = 1_000_000
	st := plan.NewState(tasks.Lease{}, plan.Limits{MaxExecutors: 1000})
	st.ConnectorChanged(plan.ConnectorSpec{Name: "all", Kind: tasks.SinkKind, Target: plan.Started, Tasks: 1000,
		ConfigVersion: 1, Cut: tasks.Cut{CloseTail: true}})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	step := 365 * 24 * time.Hour / partitions
	ends := make([]int64, partitions)
	epoch := int64(0)
	for p := range int32(partitions) {
		st.Observed(plan.Observation{Connector: "all", Stream: tasks.Stream{Topic: "t", Partition: p}}, now)
	}
	plan.Next(st, now)
	b.ResetTimer()
	for i := range b.N {
		p := int32(uint64(i) * 7919 % partitions)
		now = now.Add(step)
		ends[p] += 100
		stream := tasks.Stream{Topic: "t", Partition: p}
		st.Observed(plan.Observation{Connector: "all", Stream: stream, End: ends[p]}, now)
		actions, _ := plan.Next(st, now)
		for _, a := range actions {
			g, ok := a.(plan.Grant)
			if !ok {
				continue
			}
			epoch++
			l := g.Lease
			l.Epoch = epoch
			st.Granted(l)
			r := tasks.NewResult(&l)
			r.Position, r.ReadTo = l.Slice.To, l.Slice.To
			if !st.Result(r, now) {
				b.Fatal(fmt.Errorf("the result of %s does not count", l.Slice))
			}
		}
	}
}
