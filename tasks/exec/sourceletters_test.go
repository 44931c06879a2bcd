package exec_test

import (
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// A source's record that fails is a dead letter, if the connector asks for them: as it was read, in the transaction of the
// records around it.
func TestSourceDeadLetters(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	l := w.sourceLease("")
	for k, v := range map[string]string{"errors.tolerance": "all", "mayfly.errors.deadletterqueue.topic.name": "source-dlq",
		"mayfly.errors.deadletterqueue.topic.replication.factor": "1", "value.converter": "org.apache.kafka.connect.converters.LongConverter",
		"transforms": "hoist,field,cast", "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "line",
		"transforms.field.type": "org.apache.kafka.connect.transforms.ExtractField$Value", "transforms.field.field": "line",
		"transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec": "int64"} {
		l.Config[k] = v
	}
	for range 2 { // a re-run doubles nothing
		res := w.run(l)
		if res.Outcome != tasks.Done || res.SourcePosition != `{"position":6}` {
			t.Fatalf("result %+v, failure %+v", res, res.Failure)
		}
	}
	w.same("records", nil, w.values("out"))
	w.same("dead letters", []string{"a", "b", "c"}, w.values("source-dlq"))
	said := map[string]string{}
	for _, h := range w.read("source-dlq")[1].Headers {
		said[h.Key] = string(h.Value)
	}
	for k, want := range map[string]string{"__connect.errors.topic": "out", "__connect.errors.connector.name": "c", "__connect.errors.stage": "TRANSFORMATION",
		"__connect.errors.class.name": "org.apache.kafka.connect.transforms.Cast$Value", "mayfly.source.partition": l.Slice.Stream.Split, "mayfly.source.offset": `{"position":4}`} {
		if said[k] != want {
			t.Errorf("header %s is %q, want %q", k, said[k], want)
		}
	}
	if _, ok := said["__connect.errors.offset"]; ok || !strings.Contains(said["__connect.errors.exception.stacktrace"], "DataException") {
		t.Errorf("headers %v", said)
	}
}

// Without the key they are counted, and nothing is written.
func TestSourceWithoutDeadLetters(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	l := w.sourceLease("")
	l.Config["errors.tolerance"], l.Config["value.converter"] = "all", "org.apache.kafka.connect.converters.LongConverter"
	if res := w.run(l); res.Counts.Tolerated != 3 || res.Counts.DeadLetters != 0 || res.Counts.Delivered != 0 {
		t.Errorf("%+v", res.Counts)
	}
}

// The dead letter topic is there before the first record, as in Connect.
func TestDeadLetterTopicAtStart(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("1")
	w.done(w.run(w.lease(0, 1, withDLQ()...)), 1)
	if got := w.values("dlq"); len(got) > 0 {
		t.Errorf("dead letters %v", got)
	}
}
