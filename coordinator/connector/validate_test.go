package connector_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

var plugins = tasks.Plugins{
	Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "org.example.LineSinkConnector", Type: tasks.SinkPluginType, Version: "1",
		Config: tasks.ConfigDef{{Name: "file", Type: tasks.TypeString, Default: tasks.NullDefault}}}}},
	Sources: []tasks.SourcePlugin{{
		Plugin: tasks.Plugin{Class: "org.example.LineSourceConnector", Type: tasks.SourcePluginType, Version: "1",
			Config: tasks.ConfigDef{{Name: "topic", Type: tasks.TypeString}}},
		Validate: func(c tasks.Config) []tasks.ConfigError {
			if c.String("topic") == "forbidden" {
				return []tasks.ConfigError{{Key: "topic", Message: "not this one"}}
			}
			return nil
		},
	}},
}

func TestValidate(t *testing.T) {
	t.Parallel()
	sink := map[string]string{"name": "n", "connector.class": "LineSink", "topics": "t"}
	source := map[string]string{"name": "n", "connector.class": "LineSource", "topic": "t"}
	for _, tt := range []struct {
		name string
		base map[string]string
		set  map[string]string
		drop string
		want []string
	}{
		{"a good sink", sink, nil, "", nil},
		{"a good source", source, nil, "", nil},
		{"no name", sink, nil, "name", []string{`Missing required configuration "name" which has no default value.`}},
		{"empty name", sink, map[string]string{"name": ""}, "", []string{"Invalid value  for configuration name: String may not be empty"}},
		{"control characters", sink, map[string]string{"name": "a\x01b"}, "",
			[]string{"Invalid value a\x01b for configuration name: String may not contain control sequences but had the following ASCII chars: 1"}},
		{"no topics", sink, nil, "topics", []string{"Must configure one of topics or topics.regex", "Must configure one of topics or topics.regex"}},
		{"topics and regex", sink, map[string]string{"topics.regex": "t.*"}, "", []string{
			"topics and topics.regex are mutually exclusive options, but both are set.",
			"topics and topics.regex are mutually exclusive options, but both are set."}},
		{"restarts without a bound", sink, map[string]string{"mayfly.restart.max": "-1", "mayfly.restart.backoff.ms": "500"}, "", nil},
		{"restarts less than without a bound", sink, map[string]string{"mayfly.restart.max": "-2"}, "", []string{
			"Invalid value -2 for configuration mayfly.restart.max: Value must be at least -1"}},
		{"an order that the sink keeps", sink, map[string]string{"mayfly.order": "partition"}, "", nil},
		{"an order that the sink cannot keep", sink, map[string]string{"mayfly.order": "key"}, "", []string{
			`the connector cannot keep the order "key" with this configuration, but partition; leave mayfly.order out for partition`}},
		{"no order", sink, map[string]string{"mayfly.order": "any"}, "", []string{
			"Invalid value any for configuration mayfly.order: String must be one of: partition, key, none"}},
		{"an order of a source", source, map[string]string{"mayfly.order": "none"}, "", []string{
			"a source keeps the order of each of its partitions; leave mayfly.order out"}},
		{"topics twice", sink, map[string]string{"topics": "a,b,a"}, "", []string{"Configuration 'topics' values must not be duplicated."}},
		{"a topic without a name", sink, map[string]string{"topics": "a,,b"}, "", []string{"Configuration 'topics' values must not be empty."}},
		{"another version", sink, map[string]string{"connector.plugin.version": "2"}, "", []string{
			"Plugin org.example.LineSinkConnector not found that matches the version range [2,2], available versions: [1]",
			"Plugin org.example.LineSinkConnector not found that matches the version range [2,2], available versions: [1]"}},
		{"the installed version", sink, map[string]string{"connector.plugin.version": "1"}, "", nil},
		{"tasks.max 0", sink, map[string]string{"tasks.max": "0"}, "", []string{"Invalid value 0 for configuration tasks.max: Value must be at least 1"}},
		{"tasks.max no number", sink, map[string]string{"tasks.max": "many"}, "", []string{
			"Invalid value many for configuration tasks.max: Not a number of type INT",
			"Invalid value null for configuration tasks.max: Value must be non-null"}},
		{"in the order of the definitions", sink, map[string]string{"errors.tolerance": "some", "tasks.max": "-1", "config.action.reload": "maybe"}, "", []string{
			"Invalid value -1 for configuration tasks.max: Value must be at least 1",
			"Invalid value maybe for configuration config.action.reload: String must be one of: none, restart",
			"Invalid value some for configuration errors.tolerance: String must be one of: none, all"}},
		{"dead letters to an own topic", sink, map[string]string{"topics": "a,dlq", "errors.deadletterqueue.topic.name": "dlq"}, "",
			[]string{"The DLQ topic 'dlq' may not be included in the list of topics ('topics=[a, dlq]') consumed by the connector"}},
		{"dead letters to a matched topic", sink, map[string]string{"topics": "", "topics.regex": "d.*", "errors.deadletterqueue.topic.name": "dlq"}, "",
			[]string{"The DLQ topic 'dlq' may not be matched by the regex for the topics ('topics.regex=d.*') consumed by the connector"}},
		{"unknown converter", sink, map[string]string{"key.converter": "no.such"}, "",
			[]string{"Invalid value no.such for configuration key.converter: Class no.such could not be found."}},
		{"the plugin's key", source, nil, "topic", []string{`Missing required configuration "topic" which has no default value.`}},
		{"the plugin's check", source, map[string]string{"topic": "forbidden"}, "", []string{"not this one"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{}
			for _, m := range []map[string]string{tt.base, tt.set} {
				for k, v := range m {
					props[k] = v
				}
			}
			delete(props, tt.drop)
			r := check(t, props)
			var got []string
			for _, e := range r.Errors {
				got = append(got, e.Message)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("errors (-want +got):\n%s", d)
			}
			if r.OK() != (tt.want == nil) {
				t.Errorf("OK() = %v", r.OK())
			}
		})
	}
}

func check(t *testing.T, props map[string]string) connector.Report {
	t.Helper()
	r, err := connector.Validator{Plugins: plugins}.Validate(props)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClass(t *testing.T) {
	t.Parallel()
	check := func(props map[string]string) string { return check(t, props).Message() }
	if got, want := check(map[string]string{"topics": "t", "name": "n"}), "Connector config {name=n, topics=t} contains no connector type"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := check(map[string]string{"connector.class": "LineSnik"}); !strings.HasSuffix(got, "Did you mean LineSink?") {
		t.Errorf("no hint: %q", got)
	}
	if got := check(map[string]string{"connector.class": "Elsewhere"}); strings.Contains(got, "Did you mean") {
		t.Errorf("a hint too far: %q", got)
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{"name": 1, "config.action.reload": 14, "errors.retry.timeout": 1, "topics": 4, "topics.regex": 4,
		"errors.deadletterqueue.topic.name": 6, "topic.creation.groups": 1, "exactly.once.support": 2, "offsets.storage.topic": 1} {
		if got, ok := connector.Place(key); got != want || !ok {
			t.Errorf("Place(%q) = %d, %v, want %d", key, got, ok, want)
		}
	}
}
