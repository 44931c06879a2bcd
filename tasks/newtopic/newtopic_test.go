package newtopic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/newtopic"
)

// with makes properties with the default group's numbers, 1 replica and 3 partitions.
func with(more ...string) map[string]string {
	m := map[string]string{"name": "x", "topic.creation.default.replication.factor": "1", "topic.creation.default.partitions": "3"}
	for i := 0; i < len(more); i += 2 {
		m["topic.creation."+more[i]] = more[i+1]
	}
	return m
}

func TestFor(t *testing.T) {
	t.Parallel()
	other := newtopic.Topic{Partitions: 3, Replicas: 1, Config: map[string]string{}}
	full := with("groups", "a, b", "a.include", "a.*,x", "a.exclude", "ax,aa+", "a.cleanup.policy", "compact", "a.replication.factor", "-1",
		"b.include", "a.*", "b.partitions", "7", "default.retention.ms", "5", "default.include", "[")
	kept := newtopic.Topic{Partitions: 3, Replicas: 1, Config: map[string]string{"retention.ms": "5"}}
	for _, c := range []struct {
		name  string
		props map[string]string
		topic string
		want  newtopic.Topic
	}{
		{"default alone", with(), "t", other},
		{"first group", full, "ab", newtopic.Topic{Partitions: 3, Replicas: -1, Config: map[string]string{"cleanup.policy": "compact"}}},
		{"second pattern", full, "x", newtopic.Topic{Partitions: 3, Replicas: -1, Config: map[string]string{"cleanup.policy": "compact"}}},
		{"excluded there", full, "ax", newtopic.Topic{Partitions: 7, Replicas: 1, Config: map[string]string{}}},
		{"none", full, "t", kept},
		{"the whole name", full, "tx", kept},
		{"a group that includes nothing", with("groups", "g"), "t", other},
		{"a group that is not listed", with("h.partitions", "x"), "t", other},
		{"default listed", with("groups", "default,g", "g.include", "t", "g.partitions", "-1"), "t", newtopic.Topic{Partitions: -1, Replicas: 1, Config: map[string]string{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := newtopic.Parse(c.props)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.For(c.topic)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	if r, err := newtopic.Parse(map[string]string{"name": "x"}); r != nil || err != nil {
		t.Errorf("without a key: %v, %v", r, err)
	}
}

// The texts are those of Connect 4.3.1.
func TestParseErrors(t *testing.T) {
	t.Parallel()
	const exception = "org.apache.kafka.common.config.ConfigException: "
	missing := func(key string) string {
		return `Missing required configuration "topic.creation.default.` + key + `" which has no default value.`
	}
	for _, c := range []struct {
		name  string
		props map[string]string
		want  string
	}{
		{"groups alone", map[string]string{"topic.creation.groups": "g"}, missing("replication.factor")},
		{"any such key", map[string]string{"topic.creation.enable": "true"}, missing("replication.factor")},
		{"factor alone", map[string]string{"topic.creation.default.replication.factor": "1"}, missing("partitions")},
		{"partitions alone", map[string]string{"topic.creation.default.partitions": "1"}, missing("replication.factor")},
		{"no factor", with("default.replication.factor", "0"), "Invalid value 0 for configuration replication.factor: Replication factor must be positive " +
			"and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default"},
		{"factor no number", with("default.replication.factor", "x"), "Invalid value x for configuration topic.creation.default.replication.factor: Not a number of type SHORT"},
		{"too few", with("default.partitions", "-2"), "Invalid value -2 for configuration partitions: Number of partitions must be positive, or -1 to use the broker's default"},
		{"group's", with("groups", "g", "g.include", "a", "g.partitions", "x"), "Invalid value x for configuration topic.creation.g.partitions: Not a number of type INT"},
		{"pattern", with("groups", "g", "g.include", "a,b", "g.exclude", "c,("),
			"Invalid value [c, (] for configuration exclude: Syntax error in regular expression: Unclosed group near index 1\n("},
		{"twice", with("groups", "g,g"), "Invalid value [g, g] for configuration topic.creation.groups: Duplicate alias provided."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := newtopic.Parse(c.props)
			if err == nil {
				t.Fatal("it was taken")
			}
			if got, _, _ := strings.Cut(tasks.Trace(err), "\n\tat "); got != exception+c.want {
				t.Errorf("got  %s\nwant %s", got, exception+c.want)
			}
		})
	}
}
