package state_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
	"github.com/mayfly-connect/mayfly/coordinator/try"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// What `mayfly try` says of a configuration and records is what Kafka Connect did with them.
func TestTry(t *testing.T) {
	t.Parallel()
	for theme, variable := range map[string]string{"dlq": "MAYFLY_DLQ", "filesink": "MAYFLY_FILESINK"} {
		for name, r := range recordings(t, theme, variable) {
			t.Run(theme+"/"+name, func(t *testing.T) {
				t.Parallel()
				if err := tryRecording(t, r); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// failure is what try and dead letters say of a record that fails.
type failure struct{ Stage, Class, Exception, Message string }

func tryRecording(t *testing.T, r *recording) error {
	config, done, err := configure(t, r)
	if done || err != nil || len(r.Steps) > 0 {
		return err
	}
	plugin, _ := plugins().Sink(config["connector.class"])
	if _, failed := r.Status.failed(); failed || plugin.Preview == nil {
		return nil // a task that ends says nothing of the records behind
	}
	report, err := try.Sink(t.Context(), try.Connector{Name: r.Name, Config: config, Plugins: plugins(), Transforms: []transform.Factory{boom()}}, raws(t, r))
	if err != nil {
		return err
	}
	if total(r.Metrics, "total-retries") > 0 {
		return nil // try shows what may pass as a failure, at once
	}
	if n := failures(r); int64(report.Failed) != n {
		return fmt.Errorf("%d records fail, recorded %d", report.Failed, n)
	}
	said, recorded := map[string]failure{}, map[string]failure{}
	var written bytes.Buffer
	for _, rec := range report.Records {
		if f := rec.Failure; f != nil {
			said[fmt.Sprintf("%d:%d", rec.Partition, rec.Offset)] = failure{f.Stage, f.Class, f.Exception, f.Message}
		}
		for _, o := range rec.Output {
			written.Write(contentOf(t, o))
		}
	}
	for _, l := range letters(t, r) {
		if c := l.Context; c.Class != "" {
			recorded[fmt.Sprintf("%d:%d", c.Origin.Partition, c.Origin.Offset)] = failure{c.Stage, c.Step, c.Class, c.Message}
		}
	}
	if len(recorded) > 0 {
		if d := cmp.Diff(recorded, said); d != "" {
			return fmt.Errorf("failures (-recorded +said):\n%s", d)
		}
	}
	if r.File == nil || r.InTopic.Partitions != 1 || strings.Contains(r.Name, "existing-file") {
		return nil
	}
	if d := cmp.Diff(nameless(decode(t, r.File)), nameless(written.Bytes())); d != "" {
		return fmt.Errorf("file (-recorded +said):\n%s", d)
	}
	return nil
}

func contentOf(t *testing.T, o try.Object) []byte {
	t.Helper()
	if o.Content.Text != nil {
		return []byte(*o.Content.Text)
	}
	b, err := hex.DecodeString(*o.Content.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// raws are the recording's records as they were in their topic.
func raws(t *testing.T, r *recording) (out []tasks.Raw) {
	t.Helper()
	for _, m := range r.In {
		raw := tasks.Raw{Topic: r.Topics.In, Partition: m.Partition, Offset: m.Offset, Timestamp: tasks.NoTimestamp, TimestampType: tasks.CreateTime,
			Key: decode(t, m.Key), Value: decode(t, m.Value)}
		if m.Timestamp != nil {
			raw.Timestamp = *m.Timestamp
		}
		for _, h := range m.Headers {
			raw.Headers = append(raw.Headers, tasks.RawHeader{Key: *h[0], Value: decode(t, h[1])})
		}
		out = append(out, raw)
	}
	return out
}

// letters are the recorded dead letters.
func letters(t *testing.T, r *recording) (out []deadletter.Letter) {
	t.Helper()
	for _, l := range r.DLQ {
		rec := &kgo.Record{Topic: r.Topics.DLQ, Partition: l.Partition, Key: decode(t, l.Key), Value: decode(t, l.Value)}
		for _, h := range l.Headers {
			var name string
			var value *string
			if err := json.Unmarshal(h[0], &name); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(h[1], &value); err != nil {
				t.Fatal(err)
			}
			if value != nil && strings.HasPrefix(*value, "<") { // a stack trace, recorded in parts
				value = nil
			}
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: name, Value: decode(t, value)})
		}
		out = append(out, deadletter.Parse(rec))
	}
	return out
}

// A dead letter that Kafka Connect wrote holds the record that failed, to the byte, once its context is taken off.
func TestRestore(t *testing.T) {
	t.Parallel()
	restored := 0
	for name, r := range recordings(t, "dlq", "MAYFLY_DLQ") {
		in := map[string]tasks.Raw{}
		for _, raw := range raws(t, r) {
			in[fmt.Sprintf("%s/%d at offset %d", raw.Topic, raw.Partition, raw.Offset)] = raw
		}
		for _, l := range letters(t, r) {
			want, ok := in[l.Context.Origin.String()]
			if !ok {
				continue // without context headers, or of another topic
			}
			var headers []tasks.RawHeader
			for _, h := range l.Headers {
				headers = append(headers, tasks.RawHeader{Key: h.Key, Value: h.Value})
			}
			if d := cmp.Diff([]any{want.Key, want.Value, want.Headers}, []any{l.Key, l.Value, headers}); d != "" {
				t.Errorf("%s: %s: %s", name, l.Context.Origin, d)
			}
			restored++
		}
	}
	if restored == 0 {
		t.Error("no dead letter says where it comes from")
	}
	t.Logf("%d dead letters", restored)
}
