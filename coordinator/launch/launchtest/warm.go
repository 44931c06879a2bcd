package launchtest

import (
	"errors"
	"syscall"
	"time"
)

// pidOf returns the process that ran the nth lease.
func (w *world) pidOf(n int) int {
	w.t.Helper()
	for _, note := range w.begun(n) {
		if note.Lease.Epoch == int64(n) {
			return note.PID
		}
	}
	w.t.Fatalf("lease %d has not begun", n)
	return 0
}

func reused(w *world) {
	for range 3 {
		if err := w.launch("", "").end(); err != nil {
			w.t.Fatal(err)
		}
	}
	first := w.pidOf(1)
	for n := 2; n <= 6; n++ {
		if pid := w.pidOf(n); pid != first {
			w.t.Errorf("lease %d was run by process %d, not by %d, which waited", n, pid, first)
		}
	}
	// Two at once need two, and one that died gets nothing more.
	one, other := w.launch(actWait), w.launch(actWait)
	if a, b := w.pidOf(7), w.pidOf(8); a == b {
		w.t.Errorf("process %d got a second invitation before it was done", a)
	}
	w.release()
	for _, e := range []*executor{one, other} {
		if err := e.end(); err != nil {
			w.t.Error(err)
		}
	}
	w.says(w.launch(actKill).end(), "killed")
	if err := w.launch("").end(); err != nil {
		w.t.Error(err)
	}
}

func idles(w *world) {
	if err := w.launch("").end(); err != nil {
		w.t.Fatal(err)
	}
	pid := w.pidOf(1)
	w.until("the process that waits has ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
	if n := len(w.notes(started)); n != 0 {
		w.t.Error("the process that waited did not end by itself")
	}
	if err := w.launch("").end(); err != nil {
		w.t.Error(err)
	}
}

// killedIdle kills and stops processes that wait: who comes next is to notice nothing.
func killedIdle(w *world) {
	if err := w.launch("").end(); err != nil {
		w.t.Fatal(err)
	}
	if err := syscall.Kill(w.pidOf(1), syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	w.until("the process is gone", func() bool { return errors.Is(syscall.Kill(w.pidOf(1), 0), syscall.ESRCH) })
	if err := w.launch("").end(); err != nil {
		w.t.Error(err)
	}
	if err := syscall.Kill(w.pidOf(2), syscall.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
	w.says(w.launch("").end(), "hung")
}

func closesIdle(w *world) {
	if err := w.launch("").end(); err != nil {
		w.t.Fatal(err)
	}
	at := time.Now()
	if err := w.close(patience); err != nil {
		w.t.Error(err)
	}
	if d := time.Since(at); d > time.Second+endCost {
		w.t.Errorf("Close took %s, though nothing but an idle executor was there", d)
	}
}

func silent(w *world) {
	e := w.launch(actStubborn)
	for _, n := range w.begun(1) {
		if err := syscall.Kill(n.PID, syscall.SIGSTOP); err != nil {
			w.t.Fatal(err)
		}
	}
	at := time.Now()
	w.says(e.end(), "hung", "killed")
	if d := time.Since(at); d > 2500*time.Millisecond {
		w.t.Errorf("it took %s until that was said", d)
	}
}

func eats(w *world) {
	w.l = w.u.Hungry(w.t, eaten/2)
	w.says(w.launch(actEat).end(), "killed", "memory", "mayfly.launcher.process.memory.bytes")
	if err := w.close(patience); err != nil {
		w.t.Error(err)
	}
	// One that has used more than half does its work, and then makes room for a new one.
	w.l = w.u.Hungry(w.t, 3*eaten/2*memoryCost)
	e := w.launch(actEat)
	pid := w.pidOf(2)
	time.Sleep(time.Second) // what a process uses is looked at now and then
	e.running()
	w.release()
	if err := e.end(); err != nil {
		w.t.Error(err)
	}
	w.until("the process has ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
}
