package launchtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

// patience is how long something may take that happens at once, on a busy machine.
const patience = 20 * time.Second

// world is one case: a launcher, and the folder of its executors' notes.
type world struct {
	t    *testing.T
	u    UnderTest
	l    launch.Launcher
	book string
	n    int

	mu   sync.Mutex
	told []func() // check, when all is over, how often each executor was said to be gone
}

func newWorld(t *testing.T, u UnderTest) *world {
	w := &world{t: t, u: u, book: t.TempDir()}
	t.Setenv(bookEnv, w.book)
	files, goroutines := openFiles(t), launching()
	w.l = u.New(t)
	t.Cleanup(func() {
		w.release()
		if err := w.close(patience); err != nil {
			t.Error(err)
		}
		for _, check := range w.told {
			check()
		}
		for _, n := range append(w.notes(started), w.notes(begun)...) {
			if n.PID != os.Getpid() {
				w.until(fmt.Sprintf("executor process %d is gone", n.PID), func() bool { return errors.Is(syscall.Kill(n.PID, 0), syscall.ESRCH) })
			}
		}
		w.until("no goroutine is left", func() bool { return launching() <= goroutines })
		w.until("no file is left open", func() bool { return openFiles(t) <= files })
		for _, n := range w.notes(broken) {
			t.Errorf("an executor says %v", n.Args)
		}
	})
	return w
}

// executor is what the launcher tells of one.
type executor struct {
	w     *world
	gone  chan error
	times atomic.Int32
}

// lease returns a lease whose executor acts.
func (w *world) lease(act string) tasks.Lease {
	w.n++
	return tasks.Lease{Version: tasks.WireVersion, ID: fmt.Sprintf("lease-%d", w.n), Connector: "c", Kind: tasks.SinkKind,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, From: 1, To: 2}, Epoch: int64(w.n), Attempt: 1, TTL: 60_000,
		Config: map[string]string{actKey: act}, Bootstrap: []string{"localhost:9092"}, ResultTopic: "results"}
}

// launch starts an executor that acts, one lease after the other.
func (w *world) launch(acts ...string) *executor {
	w.t.Helper()
	var leases []tasks.Lease
	for _, a := range acts {
		leases = append(leases, w.lease(a))
	}
	e, err := w.try(w.t.Context(), leases...)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) try(ctx context.Context, leases ...tasks.Lease) (*executor, error) {
	e := &executor{w: w, gone: make(chan error, 1)}
	err := w.l.Launch(ctx, tasks.Invitation{Version: tasks.WireVersion, Leases: leases}, func(err error) {
		if e.times.Add(1) == 1 {
			e.gone <- err
		}
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, func() {
		want := int32(1)
		if err != nil {
			want = 0
		}
		if n := e.times.Load(); n != want {
			w.t.Errorf("the executor of %s was said to be gone %d times, want %d (launched with %v)", leases[0].ID, n, want, err)
		}
	})
	return e, err
}

// end waits until the launcher says that the executor is gone.
func (e *executor) end() error {
	e.w.t.Helper()
	select {
	case err := <-e.gone:
		return err
	case <-time.After(patience):
		e.w.t.Fatal("nobody said that the executor is gone")
		return nil
	}
}

// running fails when the executor is gone.
func (e *executor) running() {
	e.w.t.Helper()
	if n := e.times.Load(); n > 0 {
		e.w.t.Error("the executor is gone")
	}
}

// close closes the launcher; it may take so long.
func (w *world) close(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), limit)
	defer cancel()
	return w.l.Close(ctx)
}

// release lets the executors go on that wait.
func (w *world) release() {
	if err := os.WriteFile(filepath.Join(w.book, released), nil, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// notes returns what executors have noted, of one kind.
func (w *world) notes(kind string) (out []note) {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.book, kind+"-*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // its executor has ended meanwhile
		}
		var n note
		if err = errors.Join(err, json.Unmarshal(b, &n)); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
		out = append(out, n)
	}
	return out
}

// begun waits until so many leases have begun, and returns what they noted.
func (w *world) begun(n int) []note {
	w.t.Helper()
	w.until(fmt.Sprintf("%d leases have begun", n), func() bool { return len(w.notes(begun)) >= n })
	return w.notes(begun)
}

func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(pollEvery) {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// launching counts the goroutines in the package of launchers.
func launching() (n int) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(g, "coordinator/launch.(") {
			n++
		}
	}
	return n
}

// openFiles counts this process's open files, where the system tells.
func openFiles(t *testing.T) int {
	names, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatalf("list open files: %v", err)
	}
	return len(names)
}
