package connector_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/sinks/file"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestMisspelt(t *testing.T) {
	t.Parallel()
	v := connector.Validator{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{file.Plugin()}}}
	for _, c := range []struct {
		name, key string
		want      []string
	}{
		{"a letter too few", "topcs", []string{"topics"}},
		{"two swapped", "task.smax", []string{"tasks.max"}},
		{"another case", "Errors.Tolerance", []string{"errors.tolerance"}},
		{"known", "errors.log.enable", nil},
		{"set already", "fil", nil},
		{"far from all", "my.own.key", nil},
		{"a setting of the client", "consumer.override.max.poll.record", []string{"consumer.override.max.poll.records"}},
		{"Mayfly's own", "mayfly.errors.deadletterqeue.topic.name", []string{"mayfly.errors.deadletterqueue.topic.name"}},
		{"Mayfly's own, known", "mayfly.errors.deadletterqueue.sasl.mechanism", nil},
		{"a known setting", "consumer.override.max.poll.records", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{"connector.class": "FileStreamSink", "name": "a", "file": "/x", c.key: "1"}
			r, err := v.Validate(props)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range r.Misspelt(props) {
				if m.Key != c.key {
					t.Errorf("%s is taken for misspelt", m.Key)
				}
				got = append(got, m.Nearest...)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
