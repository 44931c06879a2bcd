package exec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestTopicCreation(t *testing.T) {
	rules := map[string]string{"topic.creation.default.partitions": "2", "topic.creation.default.replication.factor": "1",
		"topic.creation.groups": "g", "topic.creation.g.include": "o.*", "topic.creation.g.partitions": "3", "topic.creation.g.cleanup.policy": "compact"}
	for _, c := range []struct {
		name, topic, enable string
		exists              bool
		partitions          int
		policy              string
	}{
		{"by a group", "out", "", false, 3, "compact"},
		{"by the default group", "in-between", "", false, 2, "delete"},
		{"there already", "out", "", true, 1, "delete"},
		{"not by this worker", "out", "false", false, 1, "delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.create("offsets", 1)
			if c.exists {
				w.create(c.topic, 1)
			}
			l := w.sourceLease("")
			l.Config["topic"] = c.topic
			for k, v := range rules {
				l.Config[k] = v
			}
			l.Worker = map[string]string{"topic.creation.enable": c.enable}
			w.sourceDone(w.run(l), `{"position":6}`, 3)
			described, err := w.adm.ListTopics(t.Context(), c.topic)
			must(t, err)
			if n := len(described[c.topic].Partitions); n != c.partitions {
				t.Errorf("%d partitions, want %d", n, c.partitions)
			}
			configs, err := w.adm.DescribeTopicConfigs(t.Context(), c.topic)
			must(t, err)
			got := map[string]string{}
			for _, kv := range configs[0].Configs {
				if kv.Key == "cleanup.policy" {
					got[kv.Key] = kv.MaybeValue()
				}
			}
			if d := cmp.Diff(map[string]string{"cleanup.policy": c.policy}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTopicCreationFails(t *testing.T) {
	for _, c := range []struct{ name, key, value, want string }{
		{"too many replicas", "topic.creation.default.replication.factor", "7", "org.apache.kafka.connect.errors.ConnectException: Error while attempting to create/find topic(s) 'out'\n"},
		{"missing key", "topic.creation.default.partitions", "x",
			"org.apache.kafka.common.config.ConfigException: Invalid value x for configuration topic.creation.default.partitions: Not a number of type INT\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.create("offsets", 1)
			l := w.sourceLease("")
			l.Config["topic.creation.default.partitions"], l.Config["topic.creation.default.replication.factor"] = "1", "1"
			l.Config[c.key] = c.value
			res := w.run(l)
			if f := res.Failure; f == nil || f.Kind != tasks.KindFatal.String() || !strings.HasPrefix(f.Trace, c.want) || res.SourcePosition != "" {
				t.Errorf("result %+v, failure %+v", res, f)
			}
		})
	}
}
