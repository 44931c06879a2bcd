package try_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/try"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a report, as text and as JSON, with files of testdata.
func golden(t *testing.T, name string, r *try.Report) {
	t.Helper()
	var text, machine bytes.Buffer
	if err := r.Print(&text); err != nil {
		t.Fatal(err)
	}
	enc := json.NewEncoder(&machine)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		t.Fatal(err)
	}
	for ext, got := range map[string][]byte{".txt": text.Bytes(), ".json": machine.Bytes()} {
		path := filepath.Join("testdata", name+ext)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
}

func connector(config map[string]string) try.Connector {
	return try.Connector{Name: "tried", Config: config, Plugins: tasks.Plugins{Sinks: sinks.All(), Sources: sources.All()}, Converters: boot.Converters(),
		Worker: map[string]string{"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.storage.StringConverter"}}
}

func config(t *testing.T, file string, change ...string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	c := map[string]string{}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(change); i += 2 {
		c[change[i]] = change[i+1]
	}
	return c
}

func samples(t *testing.T, file, topic string) []tasks.Raw {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := try.ReadSamples(f, 0, try.Defaults{Topic: topic, Time: time.UnixMilli(0)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSink(t *testing.T) {
	t.Parallel()
	r, err := try.Sink(t.Context(), connector(config(t, "s3.json")), samples(t, "orders.jsonl", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sink", r)
}

// What becomes of bad records follows the connector's errors.* settings.
func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		change        []string
		convert, sink string
	}{
		{"a dead letter", nil, "a dead letter in orders-dlq", "a dead letter in orders-dlq"},
		{"tolerated", []string{"errors.deadletterqueue.topic.name", "", "errors.log.enable", "true"}, "tolerated: the record is skipped", "tolerated: the record is skipped"},
		// As in Connect, a sink can tolerate a record only by reporting it.
		{"unheard", []string{"errors.deadletterqueue.topic.name", ""}, "tolerated: the record is skipped", "the task fails"},
		{"not tolerated", []string{"errors.tolerance", "none"}, "the task fails, with a dead letter in orders-dlq", "the task fails, with a dead letter in orders-dlq"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := try.Sink(t.Context(), connector(config(t, "s3.json", append(c.change, "partition.field.name", "none")...)), samples(t, "orders.jsonl", "orders"))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Records[2].Failure; got == nil || got.Stage != "VALUE_CONVERTER" || got.Fate != c.convert {
				t.Errorf("what cannot be converted: %+v, want %s", got, c.convert)
			}
			if got := r.Records[0].Failure; got == nil || got.Stage != "TASK_PUT" || got.Fate != c.sink {
				t.Errorf("what the sink refuses: %+v, want %s", got, c.sink)
			}
		})
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	c := connector(map[string]string{"connector.class": "FileStreamSource", "topic": "lines", "file": "testdata/lines.txt",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
		"transforms": "hoist", "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "line"})
	r, err := try.Source(t.Context(), c, 1)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "source", r)
}

// The sinks say what they would write, and write nothing.
func TestNothingIsWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	r, err := try.Sink(t.Context(), connector(map[string]string{"connector.class": "FileStreamSink", "topics": "lines", "file": path}), samples(t, "lines.txt", "lines"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]try.Object{{Name: path, Size: len("first line\nsecond line\n")}}, r.Objects); d != "" || r.Delivered != 2 {
		t.Error(r.Delivered, d)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
	for _, p := range sinks.All() {
		if p.Preview == nil && slices.Contains([]tasks.Family{tasks.CoreFamily, tasks.GCSFamily, tasks.S3Family}, p.Family) {
			t.Errorf("%s has no preview", p.Class)
		}
	}
}
