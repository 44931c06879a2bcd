package control

import (
	"maps"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
)

// changedTasks returns the sets of tasks that differ from what is stored, and takes them for stored. As in Connect they are
// made when a connector runs: one that is paused keeps those it had.
func (l *Loop) changedTasks() []TaskSet {
	var out []TaskSet
	for _, name := range slices.Sorted(maps.Keys(l.unsettled)) {
		c := l.connectors[name]
		if c == nil || c.removed || c.trace != "" || !c.started || c.stored.Target != plan.Started {
			continue
		}
		want := make([]map[string]string, c.tasks)
		for i := range want {
			want[i] = maps.Clone(c.stored.Config)
			want[i]["task.class"] = strings.TrimSuffix(c.class, "Connector") + "Task"
		}
		if !slices.EqualFunc(want, c.stored.Tasks, func(a, b map[string]string) bool { return maps.Equal(a, b) }) {
			c.stored.Tasks = want
			out = append(out, TaskSet{name, want})
		}
	}
	clear(l.unsettled)
	return out
}
