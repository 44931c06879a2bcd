package connector

import "github.com/mayfly-connect/mayfly/tasks"

// Mayfly's own keys for the restart of failed tasks.
const (
	RestartMaxKey        = "mayfly.restart.max"
	RestartBackOffKey    = "mayfly.restart.backoff.ms"
	RestartBackOffMaxKey = "mayfly.restart.backoff.max.ms"
)

const restartGroup = "Automatic Restart"

// RestartDef returns the keys that say whether failed tasks are started again by themselves. Connect has none of them, so
// validation shows only those that are used.
func RestartDef() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: RestartMaxKey, Type: tasks.TypeInt, Default: tasks.DefaultTo("0"), Check: tasks.AtLeast(-1), Importance: tasks.Low,
			Group: restartGroup, Width: tasks.WidthShort, DisplayName: "Restarts",
			Doc: "How often a failed task is started again by itself, before it gets on; 0 for never, -1 for always."},
		{Name: RestartBackOffKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("10000"), Check: tasks.AtLeast(1), Importance: tasks.Low,
			Group: restartGroup, Width: tasks.WidthShort, DisplayName: "Pause before the first restart",
			Doc: "Milliseconds before a failed task is started again; each restart in a row doubles them."},
		{Name: RestartBackOffMaxKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("600000"), Check: tasks.AtLeast(1), Importance: tasks.Low,
			Group: restartGroup, Width: tasks.WidthShort, DisplayName: "Longest pause before a restart", Doc: "The most milliseconds before a restart."},
	}
}

// used returns the keys of a definition that are set.
func used(def tasks.ConfigDef, props map[string]string) tasks.ConfigDef {
	var out tasks.ConfigDef
	for _, k := range def {
		if _, set := props[k.Name]; set {
			out = append(out, k)
		}
	}
	return out
}
