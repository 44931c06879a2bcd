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
		if c != nil && c.stored.Target == plan.Stopped && c.wrote {
			out = append(out, TaskSet{Connector: name})
			c.stored.Tasks, c.wrote = nil, false
		}
		if c == nil || c.removed || c.trace != "" || !c.started || c.stored.Target != plan.Started {
			continue
		}
		want, count := c.wanted(), l.cfg.ExactlyOnce && c.source
		settled := c.settled(want)
		if settled && (!count || c.stored.Fenced || c.stored.Broken) {
			continue
		}
		out = append(out, TaskSet{Connector: name, Configs: want, Count: count, Kept: settled})
		if !settled {
			c.wrote = true
			c.stored.Tasks, c.stored.Applied, c.stored.Broken = want, true, false
		}
		c.stored.Fenced = count
	}
	clear(l.unsettled)
	return out
}

// wanted returns the configurations of the connector's tasks as they follow from its own.
func (c *connector) wanted() []map[string]string {
	want := make([]map[string]string, c.tasks)
	for i := range want {
		want[i] = maps.Clone(c.stored.Config)
		want[i]["task.class"] = strings.TrimSuffix(c.class, "Connector") + "Task"
		if c.deals && i < len(c.dealt) {
			maps.Copy(want[i], c.dealt[i])
		}
	}
	return want
}

// settled reports whether what is stored is what is wanted, so that nothing is written.
func (c *connector) settled(want []map[string]string) bool {
	return c.stored.Applied && slices.EqualFunc(want, c.stored.Tasks, maps.Equal[map[string]string])
}
