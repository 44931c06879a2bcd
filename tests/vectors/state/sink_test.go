package state_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replayAll(t, "dlq", "MAYFLY_DLQ", w.replay)
}

func TestFileConnectors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replayAll(t, "filesink", "MAYFLY_FILESINK", w.replay)
}

func (w *world) replay(t *testing.T, r *recording) error {
	config, done, err := configure(t, r)
	if done || err != nil {
		return err
	}
	if len(r.Steps) > 0 {
		return w.replaySource(t, r, config)
	}
	return w.replaySink(t, r, config)
}

// outcome is what became of a sink's records.
type outcome struct {
	trace     string
	committed map[int32]int64
	skipped   int64
	retries   int64
	logged    int64
}

func (w *world) replaySink(t *testing.T, r *recording, config map[string]string) error {
	w.fill(t, r)
	if r.File != nil {
		if err := os.MkdirAll(filepath.Dir(config["file"]), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var before []byte
	if text := decode(t, r.File); strings.Contains(r.Name, "existing-file") && config["file"] != "" {
		// What was there before is not in the recording, but for what the file holds before the records.
		before = text[:bytes.LastIndex(text, decode(t, r.In[0].Value))]
		if err := os.WriteFile(config["file"], before, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := w.runSink(t, r, config)
	trace, failed := r.Status.failed()
	if failed && trace != nil && strings.Contains(trace.First, "Could not initialize dead letter queue") && out.trace == "" {
		because(t, "any-topic-name")
		return nil
	}
	if err := compareStatus(t, &r.Status, out.trace); err != nil {
		return err
	}
	committed := map[int32]int64{}
	for _, c := range r.Committed {
		committed[c.Partition] = c.Offset
	}
	if failed {
		because(t, "what-is-before-a-bad-record")
	} else {
		if d := cmp.Diff(committed, out.committed); d != "" {
			return fmt.Errorf("committed (-recorded +ours):\n%s", d)
		}
		if err := w.compareFile(t, r, config["file"]); err != nil {
			return err
		}
		if want := failures(r); want != out.skipped {
			return fmt.Errorf("%d records failed, recorded %d", out.skipped, want)
		}
		if want := total(r.Metrics, "total-retries"); want != out.retries {
			return fmt.Errorf("%d retries, recorded %d", out.retries, want)
		}
	}
	if n := int64(len(r.Log)); n != out.logged {
		return fmt.Errorf("%d error lines, recorded %d", out.logged, n)
	}
	return w.compareLetters(t, r)
}

// fill makes the topics and writes the records.
func (w *world) fill(t *testing.T, r *recording) {
	t.Helper()
	w.create(t, r.Topics.In, r.InTopic)
	if r.DLQTopic != nil {
		w.create(t, r.Topics.DLQ, *r.DLQTopic)
	}
	for _, m := range r.In {
		rec := &kgo.Record{Topic: r.Topics.In, Partition: m.Partition, Key: decode(t, m.Key), Value: decode(t, m.Value)}
		if m.Timestamp != nil {
			rec.Timestamp = time.UnixMilli(*m.Timestamp)
		}
		for _, h := range m.Headers {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: *h[0], Value: decode(t, h[1])})
		}
		if err := w.cl.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// tries bounds how often a lease is run that fails for what may pass.
const tries = 3

// runSink runs a lease for each partition, and again what may pass.
func (w *world) runSink(t *testing.T, r *recording, config map[string]string) outcome {
	t.Helper()
	runner, lines := w.executor(t)
	out := outcome{committed: map[int32]int64{}}
	ends := map[int32]int64{}
	for _, m := range r.In {
		ends[m.Partition] = max(ends[m.Partition], m.Offset+1)
	}
	for partition := range max(1, r.InTopic.Partitions) {
		l := w.lease(tasks.SinkKind, config)
		l.Task = int(partition) % atoi(config["tasks.max"], 1)
		l.Slice = tasks.Slice{Stream: tasks.Stream{Topic: r.Topics.In, Partition: partition}, To: ends[partition], CloseTail: true}
		for n := 0; l.Slice.From < l.Slice.To && n < tries; n++ {
			res := runner.Run(t.Context(), l)
			out.skipped += res.Counts.Tolerated + res.Counts.DeadLetters
			out.retries += res.Counts.Retries
			if res.Position > 0 {
				out.committed[partition] = res.Position
			}
			if f := res.Failure; f != nil && f.Kind != "retriable" {
				out.trace = f.Trace
				break
			} else if f != nil {
				t.Logf("again after %s", f.Message)
			}
			l.Slice.From = res.Position
		}
	}
	out.logged = lines.Load()
	return out
}

// compareStatus compares whether and why a task failed.
func compareStatus(t *testing.T, want *status, got string) error {
	trace, failed := want.failed()
	if failed != (got != "") {
		return fmt.Errorf("failed %t, recorded %t; trace:\n%s", got != "", failed, got)
	}
	if !failed || trace == nil {
		return nil
	}
	first, _, _ := strings.Cut(got, "\n")
	recorded := trace.First
	if strings.HasSuffix(recorded, "Exiting WorkerSinkTask due to unrecoverable exception.") {
		because(t, "put-is-not-wrapped")
		recorded = strings.TrimPrefix(trace.CausedBy[0], "Caused by: ")
	}
	class, text, _ := strings.Cut(recorded, ": ")
	gotClass, gotText, _ := strings.Cut(first, ": ")
	if gotText != text {
		because(t, "coordinates-in-the-trace")
	}
	if gotClass != class || !strings.Contains(gotText, strings.TrimSpace(text)) {
		return fmt.Errorf("the trace begins with %q, recorded %q", first, recorded)
	}
	return nil
}

// failures is how many records failed for good. Connect counts an error for each, but for what a sink reports; and a failure for
// each attempt.
func failures(r *recording) int64 {
	if n := total(r.Metrics, "total-record-errors"); n > 0 {
		return n
	}
	return total(r.Metrics, "total-record-failures") - total(r.Metrics, "total-retries")
}

func total(metrics map[string]map[string]any, name string) (n int64) {
	for _, m := range metrics {
		if s, ok := m[name].(string); ok {
			f, _ := strconv.ParseFloat(s, 64)
			n += int64(f)
		}
	}
	return n
}

// identity is the hash that Java prints of an array.
var identity = regexp.MustCompile(`\[B@[0-9a-f]+`)

// nameless is a text without the identities of byte arrays, which differ from run to run.
func nameless(b []byte) string { return string(identity.ReplaceAll(b, []byte("[B@*"))) }

func (w *world) compareFile(t *testing.T, r *recording, path string) error {
	if path == "" || r.File == nil {
		return nil
	}
	got, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if d := cmp.Diff(nameless(decode(t, r.File)), nameless(got)); d != "" {
		return fmt.Errorf("the file (-recorded +ours):\n%s", d)
	}
	return nil
}

// compareLetters compares the dead letters as a multiset.
func (w *world) compareLetters(t *testing.T, r *recording) error {
	name := r.Config["errors.deadletterqueue.topic.name"]
	var want, got []string
	for _, l := range r.DLQ {
		want = append(want, recordedLetter(t, r, &l))
	}
	if strings.TrimSpace(name) != "" {
		for _, rec := range w.read(t, name) {
			got = append(got, ourLetter(r, rec))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Errorf("dead letters (-recorded +ours):\n%s", d)
	}
	return nil
}

// letterText is a dead letter as it is compared.
func letterText(r *recording, partition int32, key, value []byte, timestamp any, headers []string) string {
	if key == nil && r.DLQTopic != nil && r.DLQTopic.Partitions > 1 {
		partition = -1 // the producer's own choice
	}
	return fmt.Sprintf("partition %d key %q (%t) value %q (%t) at %v\n%s", partition, key, key == nil, value, value == nil, timestamp, strings.Join(headers, "\n"))
}

// header is a header as it is compared: of a stack trace, the first line; of a task's number, nothing when there are several.
func header(r *recording, name string, value []byte) string {
	switch {
	case name == "__connect.errors.exception.stacktrace":
		first, _, _ := strings.Cut(string(value), "\n\tat ")
		first, _, _ = strings.Cut(first, "\nCaused by: ")
		return fmt.Sprintf("%s: %q", name, first)
	case name == "__connect.errors.task.id" && r.Config["tasks.max"] != "1":
		return name
	}
	return fmt.Sprintf("%s: %q (%t)", name, value, value == nil)
}

func recordedLetter(t *testing.T, r *recording, l *letter) string {
	var headers []string
	for _, h := range l.Headers {
		var name string
		var value *string
		if err := json.Unmarshal(h[0], &name); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(h[1], &value); err != nil {
			t.Fatal(err)
		}
		if value != nil && *value == "<stacktrace>" {
			var tr trace
			if err := json.Unmarshal(h[2], &tr); err != nil {
				t.Fatal(err)
			}
			text := base64.StdEncoding.EncodeToString([]byte(tr.First))
			value = &text
		}
		headers = append(headers, header(r, name, decode(t, value)))
	}
	var timestamp any = "broker time"
	if ms, ok := l.Timestamp.(float64); ok && l.Kept {
		timestamp = int64(ms)
	}
	return letterText(r, l.Partition, decode(t, l.Key), decode(t, l.Value), timestamp, headers)
}

func ourLetter(r *recording, rec *kgo.Record) string {
	var headers []string
	for _, h := range rec.Headers {
		headers = append(headers, header(r, h.Key, h.Value))
	}
	var timestamp any = rec.Timestamp.UnixMilli()
	if !slices.ContainsFunc(r.DLQ, func(l letter) bool { return l.Kept }) {
		timestamp = "broker time"
	}
	return letterText(r, rec.Partition, rec.Key, rec.Value, timestamp, headers)
}
