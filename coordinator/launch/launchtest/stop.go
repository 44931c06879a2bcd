package launchtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

func stops(w *world) {
	all := []*executor{w.launch(actWait), w.launch(actWait, ""), w.launch(actWait)}
	w.begun(3)
	if err := w.close(patience); err != nil {
		w.t.Error(err)
	}
	for i, e := range all {
		if e.times.Load() != 1 {
			w.t.Errorf("executor %d was not said to be gone before Close returned", i)
		} else if err := e.end(); err != nil {
			w.t.Errorf("executor %d, which stopped when asked: %v", i, err)
		}
	}
	if n := len(w.notes(ended)); n != 4 {
		w.t.Errorf("%d of 4 leases were ended properly", n)
	}
	_, err := w.try(w.t.Context(), w.lease(""))
	w.says(err, "closed")
	if err := w.close(patience); err != nil {
		w.t.Errorf("closing once more: %v", err)
	}
}

func leaves(w *world) {
	e := w.launch(actWait)
	w.begun(1)
	at := time.Now()
	if err := w.close(patience); err != nil {
		w.t.Error(err)
	}
	if d := time.Since(at); d > patience/2 {
		w.t.Errorf("Close took %s", d)
	}
	if e.times.Load() != 1 {
		w.t.Error("nobody said that the launcher does not know of its executor any more")
	}
	_, err := w.try(w.t.Context(), w.lease(""))
	w.says(err, "closed")
	w.release()
	w.until("the executor has ended by itself", func() bool { return len(w.notes(ended)) == 1 })
}

func stubborn(w *world) {
	e := w.launch(actStubborn)
	w.begun(1)
	at := time.Now()
	if w.close(100*time.Millisecond) == nil {
		w.t.Error("Close returned no error, though it left or killed an executor")
	}
	if d := time.Since(at); d > patience/2 {
		w.t.Errorf("Close took %s", d)
	}
	if !w.u.Processes {
		return // it ends when it is released, at the end
	}
	w.says(e.end(), "killed")
}

func closesAmidst(w *world) {
	var wg sync.WaitGroup
	for range 20 {
		l := w.lease(actWait)
		wg.Go(func() {
			if _, err := w.try(w.t.Context(), l); err != nil {
				w.says(err, "closed")
			}
		})
	}
	if err := w.close(patience); err != nil {
		w.t.Error(err)
	}
	wg.Wait()
}

func secrets(w *world) {
	w.t.Setenv("CONNECT_SASL_JAAS_CONFIG", w.u.Secret)
	w.t.Setenv("MAYFLY_SOMETHING", w.u.Secret)
	if err := w.launch("").end(); err != nil {
		w.t.Fatal(err)
	}
	n := w.begun(1)[0]
	for what, list := range map[string][]string{"arguments": n.Args, "environment": n.Env} {
		if strings.Contains(strings.Join(list, "\n"), w.u.Secret) {
			w.t.Errorf("a secret is in the executor's %s", what)
		}
	}
	if !strings.Contains(fmt.Sprint(n.Kafka), w.u.Secret) {
		w.t.Error("the executor did not get the Kafka client's secret")
	}
}

// coordinatorKilled kills a coordinator after each number of launches, the last of which may be under way.
func coordinatorKilled(w *world) {
	launched := 0
	for n := range 10 {
		cmd := w.u.Coordinator(w.t)
		in, err := cmd.StdinPipe()
		if err != nil {
			w.t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			w.t.Fatal(err)
		}
		log, err := cmd.StderrPipe() // the executors' log breaks with it
		if err != nil {
			w.t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			w.t.Fatal(err)
		}
		for range n + 3 {
			inv := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{w.lease(actTalk)}}
			if err := json.NewEncoder(in).Encode(inv); err != nil {
				w.t.Fatal(err)
			}
		}
		for s := bufio.NewScanner(out); n >= 0 && s.Scan(); n-- {
			if s.Text() != "launched <nil>" {
				w.t.Errorf("the coordinator says %s", s.Text())
			}
			launched++
		}
		if err := cmd.Process.Kill(); err != nil {
			w.t.Fatal(err)
		}
		_ = log.Close()
		_ = cmd.Wait() // it was killed
	}
	// Each that was started has all it needs, and does its work to the end.
	w.until("each executor that was started has begun", func() bool {
		return len(w.notes(begun)) >= launched && len(w.notes(started)) <= len(w.notes(begun))
	})
	w.release()
	w.until("each executor that was started has ended", func() bool {
		return len(w.notes(started)) == 0 && len(w.notes(ended)) == len(w.notes(begun))
	})
}
