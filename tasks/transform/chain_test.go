package transform_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

const pkg = "org.apache.kafka.connect.transforms."

func TestChain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		props map[string]string
		topic string
		keep  bool
	}{
		{"rename", map[string]string{"transforms": "a", "transforms.a.type": "RegexRouter", "transforms.a.regex": "(o)rders",
			"transforms.a.replacement": "$1x"}, "ox", true},
		{"by time", map[string]string{"transforms": "a", "transforms.a.type": pkg + "TimestampRouter"}, "orders-19700101", true},
		{"drop", map[string]string{"transforms": "a", "transforms.a.type": "Filter"}, "orders", false},
		{"drop tombstones", map[string]string{"transforms": "a", "transforms.a.type": "Filter", "transforms.a.predicate": "p",
			"predicates": "p", "predicates.p.type": "RecordIsTombstone"}, "orders", false},
		{"drop all but tombstones", map[string]string{"transforms": "a", "transforms.a.type": "Filter", "transforms.a.predicate": "p",
			"transforms.a.negate": "true", "predicates": "p", "predicates.p.type": "RecordIsTombstone"}, "orders", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			chain, err := transform.New(c.props, tasks.SinkKind)
			if err != nil {
				t.Fatal(err)
			}
			r := tasks.Record{Topic: "orders"}
			keep, _, _, err := chain.Apply(nil, &r)
			if err != nil || keep != c.keep || r.Topic != c.topic {
				t.Errorf("got %v, %s, %v, want %v, %s", keep, r.Topic, err, c.keep, c.topic)
			}
		})
	}
}
