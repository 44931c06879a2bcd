//go:build linux

package crash_test

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// freezes is how often executors are frozen in one scenario.
const freezes = 3

// TestZombies kills the coordinator, stops the executors that it leaves with SIGSTOP in the middle of their work, and lets them go on
// when the next coordinator has granted their leases to others.
func TestZombies(t *testing.T) { eachSeed(t, zombies) }

// TestFrozenLeader stops a leader with SIGSTOP until a standby has taken over, and lets it go on: it believes that it leads.
func TestFrozenLeader(t *testing.T) { eachSeed(t, frozenLeader) }

func zombies(ctx context.Context, w *world) {
	c := w.coordinator(ctx, "worker")
	w.write(ctx, *records/2)
	w.createConnector(ctx, c)
	share := (*records - w.written) / freezes
	zombies := 0
	for range freezes {
		w.write(ctx, share) // there is always something to do
		w.until(ctx, "an executor runs", func() bool { return len(w.executors()) > 0 || w.committed(ctx) >= int64(w.written) })
		w.pause(ctx, 50*time.Millisecond)
		c.kill(w.t)
		frozen, before := w.freeze(), w.positions(ctx)
		c = w.coordinator(ctx, "worker")
		if len(frozen) == 0 {
			continue
		}
		overtaken, patience := false, time.Now().Add(w.ttl)
		w.until(ctx, "others have gone on with all partitions", func() bool {
			overtaken = w.beyond(before, w.positions(ctx))
			return overtaken || time.Now().After(patience)
		})
		for _, pid := range frozen {
			if syscall.Kill(pid, syscall.SIGCONT) == nil && overtaken { // one that was about to end when it was stopped has ended
				zombies++
			}
		}
	}
	w.write(ctx, *records-w.written)
	w.awaitCommitted(ctx)
	c.stop(ctx, w.t)
	w.verify(ctx)
	w.t.Logf("%d executors went on after others had their leases", zombies)
	if zombies == 0 {
		w.t.Error("no executor became a zombie: the scenario shows nothing")
	}
}

// beyond reports whether all partitions have moved, or are at their ends.
func (w *world) beyond(before, now [partitions]int64) bool {
	for p := range now {
		if now[p] == before[p] && now[p] < w.ends[p] {
			return false
		}
	}
	return true
}

// freeze stops all executors that run, but those that hold the file's lock: while these stand still, nobody goes on. They must be
// orphans already: the kernel ends stopped ones whose parent dies (SIGHUP).
func (w *world) freeze() (frozen []int) {
	for _, pid := range w.executors() {
		w.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) }) // it may have ended
		for range 100 {
			if syscall.Kill(pid, syscall.SIGSTOP) != nil || !stopped(pid) {
				break // it has ended
			}
			if !locks(pid) {
				frozen = append(frozen, pid)
				break
			}
			_ = syscall.Kill(pid, syscall.SIGCONT)
			time.Sleep(time.Millisecond)
		}
	}
	return frozen
}

// stopped waits until a process stands still, which it does when it is next about to run; false when it has ended instead.
func stopped(pid int) bool {
	for {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		_, state, ok := strings.Cut(string(b), ") ")
		if err != nil || !ok || strings.HasPrefix(state, "Z") {
			return false
		}
		if strings.HasPrefix(state, "T") {
			return true
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// locks reports whether a process holds a lock on a file. See proc_locks(5).
func locks(pid int) bool {
	b, err := os.ReadFile("/proc/locks")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) > 4 && f[1] == "FLOCK" && f[4] == strconv.Itoa(pid) {
			return true
		}
	}
	return false
}

func frozenLeader(ctx context.Context, w *world) {
	leader := w.coordinator(ctx, "leader")
	w.write(ctx, *records/2)
	w.createConnector(ctx, leader)
	standby := w.coordinator(ctx, "standby")

	enough := int64(w.rnd.IntN(w.written / 2))
	w.until(ctx, "the leader has committed some records", func() bool { return w.committed(ctx) > enough })
	w.pause(ctx, 100*time.Millisecond)
	if err := leader.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = leader.cmd.Process.Signal(syscall.SIGCONT) }) // it may have ended
	w.write(ctx, *records/4)
	done := w.committed(ctx)
	w.until(ctx, "the standby has committed some records", func() bool { return w.committed(ctx) > done })
	if err := leader.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		w.t.Fatal(err)
	}
	w.write(ctx, *records-w.written)
	w.awaitCommitted(ctx)
	w.until(ctx, "the former leader says that another one leads", func() bool {
		answer, err := w.request(ctx, http.MethodGet, leader.url+"/connectors/"+connector+"/status", nil)
		return err == nil && strings.Contains(answer, `"RUNNING"`)
	})
	leader.stop(ctx, w.t)
	standby.stop(ctx, w.t)
	w.verify(ctx)
}
