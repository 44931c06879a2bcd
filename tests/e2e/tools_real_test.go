//go:build real

package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

// The commands for dead letters on Apache Kafka.
func TestToolsOnKafka(t *testing.T) {
	mayfly := buildCommand(t)
	s := newSite(t, real.Kafka(t))
	replayKilled(t, s, mayfly)
	mayfly.run(t, 0, "", "dlq", "purge", "-bootstrap", s.addr, "-replayed", "-yes", "dlq")
	contains(t, mayfly.run(t, 0, "", "dlq", "list", "-bootstrap", s.addr, "dlq"), "no dead letters")
}

// Dead letters of a cluster of its own go to Apache Kafka, whose transactions and compaction they need.
func TestDeadLettersOnAnotherCluster(t *testing.T) {
	mayfly := buildCommand(t)
	s, other := embedded(t), newSite(t, real.Kafka(t))
	const topic = "e2e-letters-elsewhere"
	s.topic("rows", 1)
	s.send("rows", `{"n":0}`, "bad 1", `{"n":2}`, "bad 3")
	out := s.file("out.txt")
	s.create("sink", fileSink("rows", out, "value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false",
		"errors.tolerance", "all", "errors.deadletterqueue.topic.name", topic, "errors.deadletterqueue.topic.replication.factor", "1",
		"errors.deadletterqueue.context.headers.enable", "true", "mayfly.errors.deadletterqueue.bootstrap.servers", other.addr))
	s.filled(out, "{n=0}", "{n=2}")
	s.committed("sink", "rows", 0, 4)
	eventually(t, "dead letters in the list", func() string { // Kafka shows a transaction a moment after its end
		if list := mayfly.run(t, 0, "", "dlq", "list", "-bootstrap", other.addr, topic); !strings.Contains(list, "VALUE_CONVERTER") {
			return list
		}
		return ""
	})
	s.stop()
	s.start(true)
	s.send("rows", "bad 4", `{"n":5}`)
	s.filled(out, "{n=0}", "{n=2}", "{n=5}")
	s.committed("sink", "rows", 0, 6)
	if got := other.letters(topic); !slices.Equal(got, []string{"bad 1", "bad 3", "bad 4"}) {
		t.Errorf("dead letters %q", got)
	}
}
