//go:build linux

package crash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const executorName = "mayfly-process-core"

// process is one run of the mayfly command.
type process struct {
	name, url string
	cmd       *exec.Cmd
	err       error         // how it ended
	done      chan struct{} // closed when it has ended
}

// onThread runs functions on a thread that never ends: the kernel sends a parent's death signal when the thread ends that
// started the child.
var onThread = sync.OnceValue(func() chan<- func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
})

// start starts the mayfly command with its log in a file; it dies with the test, however that ends.
func (w *world) start(name string, args ...string) *process {
	w.t.Helper()
	log, err := os.OpenFile(filepath.Join(w.dir, name+".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	p := &process{name: name, cmd: exec.Command(filepath.Join(w.dir, "mayfly"), args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	onThread() <- func() { started <- p.cmd.Start() }
	if err := <-started; err != nil {
		w.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	w.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.done
		if w.t.Failed() {
			w.t.Logf("the end of the log of %s:\n%s", name, tail(log.Name()))
		}
	})
	return p
}

// kill is kill -9. A process that has ended before is a failure.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatalf("kill %s: %v", p.name, err)
	}
	<-p.done
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%s ended before it was killed: %v", p.name, p.err)
	}
}

// stop is a clean stop.
func (p *process) stop(ctx context.Context, t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stop %s: %v", p.name, err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			t.Errorf("%s did not stop cleanly: %v", p.name, p.err)
		}
	case <-ctx.Done():
		t.Errorf("%s did not stop", p.name)
	}
}

// executors are the world's running executors, orphans of a killed coordinator included.
func (w *world) executors() (pids []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	want := []byte(filepath.Join(w.dir, w.executor))
	for _, dir := range dirs {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline")) // empty when it has ended
		if name, _, _ := bytes.Cut(line, []byte{0}); err != nil || !bytes.Equal(name, want) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killExecutors waits for an executor to run, and at a random moment of its life kills one, or all, that run. It returns how
// many it killed; none when they keep ending before.
func (w *world) killExecutors(ctx context.Context) int {
	w.t.Helper()
	all := w.rnd.IntN(4) == 0
	for range 50 {
		w.until(ctx, "an executor runs", func() bool { return len(w.executors()) > 0 || w.committed(ctx) >= int64(w.written) })
		w.pause(ctx, 50*time.Millisecond)
		pids := w.executors()
		if len(pids) == 0 {
			if w.committed(ctx) >= int64(w.written) {
				return 0
			}
			continue
		}
		w.rnd.Shuffle(len(pids), func(i, j int) { pids[i], pids[j] = pids[j], pids[i] })
		if !all {
			pids = pids[:1]
		}
		n := 0
		for _, pid := range pids {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				n++
			}
		}
		if n > 0 {
			return n
		}
	}
	return 0
}

// killAll kills what is left: a coordinator that is killed in the middle of a launch may leave one more.
func (w *world) killAll() {
	for range 3 {
		for _, pid := range w.executors() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
		time.Sleep(poll)
	}
}

func tail(file string) string {
	const most = 6000
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b[max(0, len(b)-most):])
}
