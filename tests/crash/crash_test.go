//go:build linux

// Package crash_test kills real processes: a broker stays up while executors and coordinators are killed with SIGKILL, or stopped and resurrected, at
// random moments, and each record must be in the sink's file exactly once, in its partition's order. A seed decides what is
// killed and when, as far as the operating system's scheduler lets it; replay one with -seed.
package crash_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	seeds   = flag.Int("seeds", 2, "how many seeds to run")
	seed    = flag.Uint64("seed", 0, "run this seed alone")
	records = flag.Int("records", 20_000, "how many records each scenario writes")
)

// limit is how long one scenario may take. A killed orphan's lease is given up at its deadline only, so a few of them add up.
const limit = 2 * time.Minute

const (
	executorKills    = 10
	coordinatorKills = 2
)

// binaries is the folder with mayfly and mayfly-process-core, built once.
var binaries string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mayfly-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	for name, pkg := range map[string]string{"mayfly": "./coordinator/mayfly", executorName: "./functions/process/core", objectExecutor: "./functions/process/gcs"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg)
		build.Dir = filepath.Join("..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "crash: build %s: %v\n%s", pkg, err, out)
			return 1
		}
	}
	binaries = dir
	return withObjects(m.Run)
}

// TestKills kills executors and the only coordinator, which is started again.
func TestKills(t *testing.T) { eachSeed(t, kills) }

// TestTakeOver kills the leader of two coordinators; the standby goes on.
func TestTakeOver(t *testing.T) { eachSeed(t, takeOver) }

func eachSeed(t *testing.T, scenario func(ctx context.Context, w *world)) {
	first, last := uint64(1), uint64(*seeds)
	if *seed != 0 {
		first, last = *seed, *seed
	}
	for n := first; n <= last; n++ {
		t.Run(fmt.Sprintf("seed=%d", n), func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d; replay with: go test ./tests/crash -run '%s' -seed %d -records %d", n, t.Name(), n, *records)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			scenario(ctx, newWorld(ctx, t, rand.New(rand.NewPCG(n, 0))))
		})
	}
}

func kills(ctx context.Context, w *world) {
	c := w.coordinator(ctx, "worker")
	w.write(ctx, *records/2)
	w.createConnector(ctx, c)

	coordinators, executors := 0, 0
	victims := make([]bool, executorKills+coordinatorKills) // true: a coordinator
	for i := range coordinatorKills {
		victims[i] = true
	}
	w.rnd.Shuffle(len(victims), func(i, j int) { victims[i], victims[j] = victims[j], victims[i] })
	share := (*records - w.written) / len(victims)
	for _, coordinator := range victims {
		w.write(ctx, share) // there is always something to do
		w.pause(ctx, 200*time.Millisecond)
		if !coordinator {
			executors += w.killExecutors(ctx)
			continue
		}
		c.kill(w.t)
		coordinators++
		w.pause(ctx, 500*time.Millisecond) // its executors go on meanwhile
		c = w.coordinator(ctx, "worker")
	}
	w.write(ctx, *records-w.written)
	w.awaitCommitted(ctx)
	c.stop(ctx, w.t)
	w.verify(ctx)
	w.t.Logf("killed %d executors and %d coordinators", executors, coordinators)
	if executors == 0 || coordinators == 0 {
		w.t.Error("no kill hit: the scenario shows nothing")
	}
}

// takeOver: a leader that is killed is noticed by its closed port, not by its silence, for which the standby would wait an hour.
func takeOver(ctx context.Context, w *world) {
	w.session = time.Hour
	leader := w.coordinator(ctx, "leader")
	w.write(ctx, *records*3/4)
	w.createConnector(ctx, leader)
	standby := w.coordinator(ctx, "standby")

	enough := int64(w.rnd.IntN(w.written / 2))
	w.until(ctx, "the leader has committed some records", func() bool { return w.committed(ctx) > enough })
	w.pause(ctx, 100*time.Millisecond)
	executors := len(w.executors())
	leader.kill(w.t)
	killed, done := time.Now(), w.committed(ctx)
	w.write(ctx, *records-w.written) // nobody but the standby can deliver these
	w.until(ctx, "the standby has committed some records", func() bool { return w.committed(ctx) > done })
	w.t.Logf("the standby committed %s after the leader's death", time.Since(killed).Round(time.Millisecond))
	w.awaitCommitted(ctx)
	standby.stop(ctx, w.t)
	w.verify(ctx)
	w.t.Logf("killed the leader with %d of %d records committed and %d executors running", done, *records, executors)
}
