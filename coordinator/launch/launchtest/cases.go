package launchtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

// same compares what executors got with what they were given.
func (w *world) same(want ...tasks.Lease) {
	w.t.Helper()
	var got []tasks.Lease
	for _, n := range w.begun(len(want)) {
		got = append(got, n.Lease)
	}
	slices.SortFunc(got, func(a, b tasks.Lease) int { return cmp.Compare(a.Epoch, b.Epoch) })
	if d := gocmp.Diff(want, got); d != "" {
		w.t.Errorf("leases (-given +received):\n%s", d)
	}
}

func exact(w *world) {
	l := w.lease("")
	l.ID, l.Connector = "täglich \"quoted\" \\ <&>\u2028", "名 \U0001F41F"
	l.Epoch, l.PlanTime, l.Slice.To = math.MaxInt64, 1<<53+1, math.MaxInt64
	l.Config["line"], l.Config["empty"], l.Config["odd"] = "a\nb\r\n\t$HOME `x` %s '", "", "${file:/etc/x:y}"
	l.Worker = map[string]string{"key.converter": "x"}
	l.ResultsFrom, l.OffsetTopic, l.OffsetPartition, l.OffsetsFrom = 5, "offsets", 3, 9
	e, err := w.try(w.t.Context(), l)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := e.end(); err != nil {
		w.t.Error(err)
	}
	w.same(l)
}

func order(w *world) {
	leases := []tasks.Lease{w.lease(""), w.lease(""), w.lease("")}
	e, err := w.try(w.t.Context(), leases...)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := e.end(); err != nil {
		w.t.Error(err)
	}
	w.same(leases...)
	if n := len(w.notes(ended)); n != 3 {
		w.t.Errorf("%d of 3 leases were run to their end", n)
	}
}

// padded returns a lease whose invitation has about size bytes.
func (w *world) padded(size int) tasks.Lease {
	l := w.lease("")
	l.Config["padding"] = strings.Repeat("x", size)
	return l
}

// headroom is more than a lease has beside its configuration.
const headroom = 2 << 10

func large(w *world) {
	size := 1 << 19 // more than a pipe holds
	if w.u.Limit > 0 {
		size = w.u.Limit - headroom
	}
	l := w.padded(size)
	e, err := w.try(w.t.Context(), l)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := e.end(); err != nil {
		w.t.Error(err)
	}
	w.same(l)
}

func tooLarge(w *world) {
	_, err := w.try(w.t.Context(), w.padded(w.u.Limit))
	w.says(err, "connector c", fmt.Sprint(w.u.Limit), "bytes")
}

// says checks that an error is there and tells the reader enough, but no secret.
func (w *world) says(err error, parts ...string) {
	w.t.Helper()
	if err == nil {
		w.t.Fatal("there is no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			w.t.Errorf("the error does not say %q: %v", p, err)
		}
	}
	if w.u.Secret != "" && strings.Contains(err.Error(), w.u.Secret) {
		w.t.Errorf("the error tells a secret: %v", err)
	}
}

func ends(w *world) {
	if err := w.launch("").end(); err != nil {
		w.t.Errorf("an executor that ended by itself is said to have ended with %v", err)
	}
	w.says(w.launch(actPanic).end())
}

func deaths(w *world) {
	w.says(w.launch(actExit).end(), "exit status 3")
	w.says(w.launch(actKill).end(), "killed")
}

func killed(w *world) {
	e := w.launch(actWait)
	other := w.launch(actWait)
	victim := w.begun(2)
	for _, n := range victim {
		if n.Lease.Epoch == 1 {
			if err := syscall.Kill(n.PID, syscall.SIGKILL); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	at := time.Now()
	w.says(e.end(), "killed")
	if d := time.Since(at); d > time.Second {
		w.t.Errorf("it took %s until that was said", d)
	}
	other.running()
}

func hangs(w *world) {
	l := w.lease(actStubborn)
	l.TTL = 1
	e, err := w.try(w.t.Context(), l)
	if err != nil {
		w.t.Fatal(err)
	}
	w.says(e.end(), "hung", "killed")
}

func failedStart(w *world) {
	for _, b := range w.u.Broken {
		w.t.Run(b.Why, func(t *testing.T) {
			w := newWorld(t, UnderTest{New: b.New, Secret: w.u.Secret})
			_, err := w.try(t.Context(), w.lease(""))
			w.says(err, b.Says...)
		})
	}
	canceled, cancel := context.WithCancel(w.t.Context())
	cancel()
	_, err := w.try(canceled, w.lease(""))
	w.says(err, "start")
	if !errors.Is(err, context.Canceled) {
		w.t.Errorf("a start whose time is over answers %v", err)
	}
}

func limit(w *world) {
	w.l = launch.Limit(w.l, 2)
	first, second := w.launch(actWait), w.launch(actWait)
	soon, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.try(soon, w.lease(""))
	w.says(err, "2", "mayfly.executors.max")
	if !errors.Is(err, launch.ErrBusy) {
		w.t.Errorf("one too many answers %v, want ErrBusy", err)
	}
	var third *executor
	var wg sync.WaitGroup
	wg.Go(func() { third = w.launch("") }) // it waits until there is room
	first.running()
	second.running()
	w.release()
	wg.Wait()
	for _, e := range []*executor{first, second, third} {
		if err := e.end(); err != nil {
			w.t.Error(err)
		}
	}
	if err := w.launch("").end(); err != nil {
		w.t.Error(err)
	}
}

func many(w *world) {
	const n = 50
	leases := make([]tasks.Lease, n)
	executors := make([]*executor, n)
	var wg sync.WaitGroup
	for i := range n {
		leases[i] = w.lease(actWait)
		wg.Go(func() {
			var err error
			if executors[i], err = w.try(w.t.Context(), leases[i]); err != nil {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
	w.begun(n)
	for _, e := range executors {
		e.running()
	}
	w.release()
	for _, e := range executors {
		if err := e.end(); err != nil {
			w.t.Error(err)
		}
	}
	w.same(leases...)
}

func outlivesStart(w *world) {
	ctx, cancel := context.WithCancel(w.t.Context())
	e, err := w.try(ctx, w.lease(actWait))
	if err != nil {
		w.t.Fatal(err)
	}
	w.begun(1)
	cancel()
	time.Sleep(20 * time.Millisecond) // what does not happen cannot be waited for
	e.running()
	w.release()
	if err := e.end(); err != nil {
		w.t.Error(err)
	}
}
