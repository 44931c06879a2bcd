package control_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// halves is a source of two splits, one for each task.
type halves struct{ tasks.Source }

func (halves) Splits(context.Context, func(string) tasks.Position) ([]tasks.Split, error) {
	return []tasks.Split{{Split: `{"half":0}`, End: "1", Pending: 1}, {Split: `{"half":1}`, End: "1", Pending: 1}}, nil
}
func (halves) Close() error { return nil }

// A source that deals its splits out has as many tasks as it says, with configurations of their own, and the task that fails is
// the one that has the split.
func TestDealtSplits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.run = func(l tasks.Lease) (*tasks.Result, error) {
			r := tasks.NewResult(&l)
			if l.Slice.Stream.Split == `{"half":1}` {
				r.Fail(tasks.Fatal(errors.New("no")), "", 0)
			} else {
				r.SourcePosition = l.Slice.Until
			}
			return &r, nil
		}
		all := plugins()
		all.Sources = []tasks.SourcePlugin{{Plugin: tasks.Plugin{Class: "test.HalvesConnector", Type: tasks.SourcePluginType},
			Deal: func(splits []tasks.Split, limit int) (out []map[string]string) {
				for i := range min(limit, len(splits)) {
					splits[i].Task = i
					out = append(out, map[string]string{"half": strconv.Itoa(i)})
				}
				return out
			},
			New: func(context.Context, tasks.Config) (tasks.Source, error) { return halves{}, nil }}}
		ctx, cancel := context.WithCancel(t.Context())
		l := control.New(control.Config{Store: m, Observer: m, Launcher: m, Plugins: all})
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		config := map[string]string{"name": "in", "connector.class": "Halves", "tasks.max": "5"}
		m.changes <- control.Change{Connector: &control.Connector{Name: "in", Version: 1, Target: plan.Started, Config: config}}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want := map[string]string{"in-/": control.Running, "in-0": control.Running, "in-1": control.Failed}
		if d := cmp.Diff(want, m.status()); d != "" {
			t.Errorf("statuses (-want +got):\n%s", d)
		}
		var sets []string
		for _, d := range m.decisions {
			for _, set := range d.Tasks {
				for _, c := range set.Configs {
					sets = append(sets, c["half"]+" "+c["task.class"]+" "+c["tasks.max"])
				}
			}
		}
		if d := cmp.Diff([]string{"0 test.HalvesTask 5", "1 test.HalvesTask 5"}, sets); d != "" {
			t.Errorf("tasks (-want +got):\n%s", d)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A stop that comes before the tasks are read back takes them back all the same.
func TestStopTakesTasksBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_, stop := start(m)
		m.changes <- control.Change{Connector: new(sink(plan.Started))}
		synctest.Wait()
		m.changes <- control.Change{Connector: new(sink(plan.Stopped))} // without the tasks
		synctest.Wait()
		var sizes []int
		for _, d := range m.decisions {
			for _, set := range d.Tasks {
				sizes = append(sizes, len(set.Configs))
			}
		}
		if d := cmp.Diff([]int{1, 0}, sizes); d != "" {
			t.Errorf("tasks (-want +got):\n%s", d)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}
