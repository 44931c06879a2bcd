package deadletter_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
)

// header is a context header.
func header(name, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: "__connect.errors." + name, Value: []byte(value)}
}

// contextOf are the headers that Connect writes.
func contextOf(topic, partition, offset, connector, stage, class, message string) []kgo.RecordHeader {
	return []kgo.RecordHeader{header("topic", topic), header("partition", partition), header("offset", offset), header("connector.name", connector),
		header("task.id", "0"), header("stage", stage), header("class.name", "a.Converter"), header("exception.class.name", class),
		header("exception.message", message), header("exception.stacktrace", class+": "+message+"\n\tat a.b\nCaused by: a.Deeper: id 7 is unknown\n\t... 3 more\n")}
}

func TestParse(t *testing.T) {
	t.Parallel()
	own := kgo.RecordHeader{Key: "own", Value: []byte("1")}
	older := contextOf("first", "1", "2", "old", "TRANSFORMATION", "x.Old", "older")
	newer := contextOf("orders", "3", "17", "gcs", "VALUE_CONVERTER", "a.DataException", "bad")
	for _, c := range []struct {
		name    string
		headers []kgo.RecordHeader
		own     []kgo.RecordHeader
		origin  string
		cause   string
	}{
		{"no context", []kgo.RecordHeader{own}, []kgo.RecordHeader{own}, "an unknown place", ""},
		{"context", append([]kgo.RecordHeader{own}, newer...), []kgo.RecordHeader{own}, "orders/3 at offset 17", "a.DataException: bad"},
		{"a dead letter that failed again", append(append([]kgo.RecordHeader{own}, older...), newer...), append([]kgo.RecordHeader{own}, older...),
			"orders/3 at offset 17", "a.DataException: bad"},
		{"of a source", []kgo.RecordHeader{own, header("topic", "out"), header("exception.class.name", "a.E"), {Key: "mayfly.source.partition", Value: []byte("{}")}},
			[]kgo.RecordHeader{own}, "an unknown place", "a.E"},
		{"a partition that is no number", contextOf("orders", "x", "17", "gcs", "S", "a.E", "m"), nil, "an unknown place", "a.E: m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := deadletter.Parse(&kgo.Record{Topic: "dlq", Headers: c.headers})
			if d := cmp.Diff(c.own, l.Headers); d != "" {
				t.Error(d)
			}
			if got := l.Context.Origin.String(); got != c.origin {
				t.Errorf("origin %s, want %s", got, c.origin)
			}
			if got := l.Context.Cause(); got != c.cause {
				t.Errorf("cause %s, want %s", got, c.cause)
			}
		})
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	l := deadletter.Parse(&kgo.Record{Topic: "dlq", Partition: 2, Offset: 10, Timestamp: noon,
		Headers: contextOf("orders", "3", "17", "gcs", "VALUE_CONVERTER", "a.DataException", "Unknown magic byte!")})
	two, three := int32(2), int32(3)
	for _, c := range []struct {
		name string
		f    deadletter.Filter
		want bool
	}{
		{"all", deadletter.Filter{}, true},
		{"connector", deadletter.Filter{Connector: "gcs", Stage: "VALUE_CONVERTER", Class: "a.DataException", Origin: "orders"}, true},
		{"another connector", deadletter.Filter{Connector: "s3"}, false},
		{"another stage", deadletter.Filter{Stage: "TASK_PUT"}, false},
		{"another class", deadletter.Filter{Class: "DataException"}, false},
		{"another origin", deadletter.Filter{Origin: "dlq"}, false},
		{"message", deadletter.Filter{Message: regexp.MustCompile("(?i)MAGIC")}, true},
		{"the message of a cause", deadletter.Filter{Message: regexp.MustCompile("^a.Deeper: id \\d is unknown$")}, true},
		{"another message", deadletter.Filter{Message: regexp.MustCompile("^magic")}, false},
		{"since then", deadletter.Filter{Since: noon, Until: noon.Add(1)}, true},
		{"until then", deadletter.Filter{Until: noon}, false},
		{"since later", deadletter.Filter{Since: noon.Add(1)}, false},
		{"partition", deadletter.Filter{Partition: &two}, true},
		{"another partition", deadletter.Filter{Partition: &three}, false},
		{"that offset", deadletter.Filter{Offsets: deadletter.Offsets{From: 10, To: 11}}, true},
		{"before it", deadletter.Filter{Offsets: deadletter.Offsets{To: 10}}, false},
		{"behind it", deadletter.Filter{Offsets: deadletter.Offsets{From: 11}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.f.Takes(&l); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestParseOffsets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]deadletter.Offsets{"3-5": {From: 3, To: 6}, "3-": {From: 3}, "-5": {To: 6}, "0": {To: 1}} {
		if got, err := deadletter.ParseOffsets(text); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "5-3", "a", "1-b", "--3"} {
		if got, err := deadletter.ParseOffsets(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}
