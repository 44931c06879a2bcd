package control_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestSinkFromObservationToCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		l, stop := start(m)
		if d := cmp.Diff([]string{"orders"}, m.watched); d != "" {
			t.Errorf("watched topics (-want +got):\n%s", d)
		}
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		if d := cmp.Diff([]string{"orders/0[0,10)"}, m.leases()); d != "" {
			t.Errorf("leases (-want +got):\n%s", d)
		}
		if got := m.offset("connect-out"); got != 10 {
			t.Errorf("the group's offset is %d, want 10", got)
		}
		time.Sleep(2 * time.Second)
		if c := l.Snapshot().Connectors[0]; c.Lag != 0 || c.InFlight != 0 || c.State != control.Running {
			t.Errorf("snapshot %+v, want no lag, nothing in flight, RUNNING", c)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"out-/": control.Unassigned, "out-0": control.Unassigned}
		if d := cmp.Diff(want, m.status()); d != "" {
			t.Errorf("statuses after the stop (-want +got):\n%s", d)
		}
	})
}

func TestGrantIsWrittenBeforeLaunch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		m.run = func(l tasks.Lease) (*tasks.Result, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			written := slices.ContainsFunc(m.decisions, func(d control.Decision) bool {
				return slices.ContainsFunc(d.Grants, func(g tasks.Lease) bool { return g.Slice == l.Slice })
			})
			if !written || l.Epoch != m.epoch-1 {
				t.Errorf("lease %s was launched under epoch %d; written %v, newest epoch %d", l.Slice, l.Epoch, written, m.epoch-1)
			}
			return nil, nil
		}
		_, stop := start(m)
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		if len(m.leases()) != 1 {
			t.Errorf("leases %v, want one", m.leases())
		}
		if err := stop(); err != nil { // the silent executor does not hold it up for longer than the limit
			t.Fatal(err)
		}
	})
}

func TestFencedByANewerCoordinator(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		_, stop := start(m)
		m.mu.Lock()
		m.fenced = true
		m.mu.Unlock()
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		if err := stop(); !errors.Is(err, control.ErrFenced) {
			t.Errorf("Run returned %v, want ErrFenced", err)
		}
		if got := m.leases(); len(got) > 0 {
			t.Errorf("launched %v without a written grant", got)
		}
	})
}

func TestDeadExecutorIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		good := m.run
		m.run = func(l tasks.Lease) (*tasks.Result, error) {
			if l.Attempt == 1 {
				return nil, errors.New("killed")
			}
			return good(l)
		}
		_, stop := start(m)
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		if d := cmp.Diff([]string{"orders/0[0,10)", "orders/0[0,10)"}, m.leases()); d != "" {
			t.Errorf("leases (-want +got):\n%s", d)
		}
		for _, l := range m.launched {
			if l.ResultsFrom != 100 {
				t.Errorf("attempt %d looks for results from %d, want 100 as in the first grant", l.Attempt, l.ResultsFrom)
			}
		}
		if got := m.offset("connect-out"); got != 10 {
			t.Errorf("the group's offset is %d, want 10", got)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTakesOverTheFormerCoordinatorsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		lease := tasks.Lease{Connector: "out", Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: orders, From: 5, To: 10, CloseTail: true},
			Epoch: 7, Attempt: 1, TTL: 60_000, ConfigVersion: 1}
		m.epoch = 8
		m.snap = control.Snapshot{Connectors: []control.Connector{sink(plan.Started)}, Leases: []tasks.Lease{lease},
			Checkpoints: []plan.Checkpoint{{Connector: "out", Stream: orders, Position: 5, Epoch: 3}}}
		_, stop := start(m)
		m.observed <- []plan.Observation{{Stream: orders, End: 20}}
		synctest.Wait()
		if got := m.leases(); len(got) > 0 {
			t.Errorf("launched %v beside the running lease", got)
		}
		r := tasks.NewResult(&lease)
		r.Position, r.ReadTo = 10, 10
		m.results <- r
		synctest.Wait()
		if d := cmp.Diff([]string{"orders/0[10,20)"}, m.leases()); d != "" {
			t.Errorf("leases (-want +got):\n%s", d)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSourceIsPolledAndRunOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(m)
		m.changes <- control.Change{Connector: &control.Connector{Name: "in", Version: 1, Config: map[string]string{"name": "in", "connector.class": "ASource"}}}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d := cmp.Diff([]string{`{"file":"a"}[,{"position":30})`}, m.leases()); d != "" {
			t.Errorf("leases (-want +got):\n%s", d)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		changes []control.Change
		want    map[string]string
	}{
		{"running", nil, map[string]string{"out-/": control.Running, "out-0": control.Running}},
		{"paused: the tasks that it had", change(withTask(sink(plan.Paused))), map[string]string{"out-/": control.Paused, "out-0": control.Paused}},
		{"stopped: no tasks", change(sink(plan.Stopped)), map[string]string{"out-/": control.Stopped, "out-0": ""}},
		{"no such plugin", change(control.Connector{Name: "out", Version: 2, Config: map[string]string{"connector.class": "No"}}),
			map[string]string{"out-/": control.Failed, "out-0": ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				m.snap.Connectors = []control.Connector{sink(plan.Started)}
				_, stop := start(m)
				synctest.Wait()
				for _, c := range tc.changes {
					m.changes <- c
				}
				synctest.Wait()
				if d := cmp.Diff(tc.want, m.status()); d != "" {
					t.Errorf("statuses (-want +got):\n%s", d)
				}
				if err := stop(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func withTask(c control.Connector) control.Connector {
	c.Tasks = []map[string]string{{"task.class": "T"}}
	return c
}

func change(c control.Connector) []control.Change { return []control.Change{{Connector: &c}} }

func TestFailedTaskAndItsRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		good := m.run
		m.run = func(l tasks.Lease) (*tasks.Result, error) {
			r := tasks.NewResult(&l)
			r.Fail(tasks.DataException("bad record"), "VALUE_CONVERTER", 3)
			return &r, nil
		}
		_, stop := start(m)
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		if got := m.status()["out-0"]; got != control.Failed {
			t.Errorf("task 0 is %s, want FAILED", got)
		}
		if trace := m.trace(); !strings.Contains(trace, "DataException: bad record") {
			t.Errorf("its trace is %q", trace)
		}
		m.run = good
		m.changes <- control.Change{Restart: &control.Restart{Connector: "out"}}
		synctest.Wait()
		if got := m.status()["out-0"]; got != control.Running {
			t.Errorf("after the restart task 0 is %s, want RUNNING", got)
		}
		if got := m.offset("connect-out"); got != 10 {
			t.Errorf("the group's offset is %d, want 10", got)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSnapshotShowsProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		m.run = func(tasks.Lease) (*tasks.Result, error) { return nil, nil }
		l, stop := start(m)
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		synctest.Wait()
		report := func(epoch, records int64, progress bool) control.ConnectorMetrics {
			r := tasks.NewResult(&m.launched[0])
			r.Epoch, r.Progress, r.Counts = epoch, progress, tasks.Counts{Records: records, Delivered: records}
			r.Position, r.ReadTo = records, records
			m.results <- r
			time.Sleep(2 * time.Second)
			return l.Snapshot().Connectors[0]
		}
		epoch := m.epoch - 1
		if c := report(epoch, 4, true); c.Running.Records != 4 || c.Counts.Records != 0 || c.InFlight != 1 {
			t.Errorf("after progress %+v, want 4 records running", c)
		}
		if c := report(epoch+7, 9, true); c.Running.Records != 4 {
			t.Errorf("progress under a wrong epoch counted: %+v", c)
		}
		if c := report(epoch, 10, false); c.Running.Records != 0 || c.Counts.Records != 10 || c.InFlight != 0 {
			t.Errorf("after the result %+v, want 10 records counted and none running", c)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLeaseThatWasNeverLaunchedIsGrantedAgainSoon(t *testing.T) {
	t.Parallel()
	lease := tasks.Lease{Connector: "out", Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: orders, From: 5, To: 10, CloseTail: true},
		Epoch: 7, Attempt: 1, TTL: 60_000, ConfigVersion: 1}
	for _, tc := range []struct {
		name     string
		progress time.Duration // how long the former coordinator's executor is heard of, each second
		again    time.Duration // when the slice is launched again
	}{
		{"nothing is heard", 0, 3 * time.Second},
		{"its executor works, and dies", 20 * time.Second, 23 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				m.epoch = 8
				m.snap = control.Snapshot{Connectors: []control.Connector{sink(plan.Started)}, Leases: []tasks.Lease{lease},
					Checkpoints: []plan.Checkpoint{{Connector: "out", Stream: orders, Position: 5, Epoch: 3}}}
				_, stop := start(m)
				m.observed <- []plan.Observation{{Stream: orders, End: 10}}
				begin := time.Now()
				for time.Since(begin) < tc.progress {
					time.Sleep(time.Second)
					r := tasks.NewResult(&lease)
					r.Progress = true
					m.results <- r
				}
				time.Sleep(time.Until(begin.Add(tc.again - time.Millisecond)))
				if got := m.leases(); len(got) > 0 {
					t.Errorf("launched %v after %v, beside a lease that may run", got, time.Since(begin))
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if d := cmp.Diff([]string{"orders/0[5,10)"}, m.leases()); d != "" {
					t.Errorf("leases after %v (-want +got):\n%s", time.Since(begin), d)
				}
				if l := m.launched[0]; l.Attempt != 2 || l.Epoch <= lease.Epoch {
					t.Errorf("launched attempt %d under epoch %d, want 2 under one newer than %d", l.Attempt, l.Epoch, lease.Epoch)
				}
				if err := stop(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestExecutorThatEndsWithoutAResultIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.snap.Connectors = []control.Connector{sink(plan.Started)}
		good := m.run
		m.run = func(l tasks.Lease) (*tasks.Result, error) {
			if l.Attempt == 1 {
				return nil, errQuiet
			}
			return good(l)
		}
		_, stop := start(m)
		begin := time.Now()
		m.observed <- []plan.Observation{{Stream: orders, End: 10}}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d := cmp.Diff([]string{"orders/0[0,10)", "orders/0[0,10)"}, m.leases()); d != "" {
			t.Errorf("leases after %v (-want +got):\n%s", time.Since(begin), d)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}
