package control_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestCheckSaysWhatNoConfigurationMayBe(t *testing.T) {
	t.Parallel()
	plugins := tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "x.Sink"}}}}
	for name, c := range map[string]struct {
		config map[string]string
		want   string
	}{
		"good":        {map[string]string{"name": "a", "connector.class": "x.Sink", "tasks.max": " 2 "}, ""},
		"by default":  {map[string]string{"name": "a", "connector.class": "x.Sink"}, ""},
		"no name":     {map[string]string{"connector.class": "x.Sink"}, `Missing required configuration "name" which has no default value.`},
		"no tasks":    {map[string]string{"name": "a", "connector.class": "x.Sink", "tasks.max": "0"}, "Invalid value 0 for configuration tasks.max: Value must be at least 1"},
		"no number":   {map[string]string{"name": "a", "connector.class": "x.Sink", "tasks.max": "x"}, "Invalid value x for configuration tasks.max: Not a number of type INT"},
		"other class": {map[string]string{"name": "a", "connector.class": "No"}, "Failed to find any class that implements Connector and which name matches No, available connectors are listed by GET /connector-plugins"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := control.Check(plugins, c.config); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
