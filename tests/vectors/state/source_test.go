package state_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// replaySource does the recorded steps with the file, and after each one reads what there is to read.
func (w *world) replaySource(t *testing.T, r *recording, config map[string]string) error {
	path := config["file"]
	runner, lines := w.executor(t)
	plugin, _ := plugins().Source(config["connector.class"])
	parsed, mistakes := plugin.Config.Parse(config)
	if len(mistakes) > 0 {
		return mistakes[0]
	}
	src, err := plugin.New(t.Context(), parsed)
	if err != nil {
		return err
	}
	defer src.Close()
	refuses, left := brokerRefuses(config), config["batch.size"] != ""
	if refuses {
		because(t, "broker-refuses")
	}
	if left {
		because(t, "nothing-left-behind-the-batch")
	}
	at := map[string]tasks.Position{}
	var trace string
	var want []string
	var skipped int64
	paused := false
	for i, s := range r.Steps {
		if s.Op == "replace" || s.Op == "delete" {
			because(t, "the-path-not-the-open-file")
			return nil
		}
		apply(t, path, s.Op, s.Arg)
		paused = s.Op == "pause" || paused && s.Op != "resume"
		for !paused && trace == "" {
			splits, err := src.Splits(t.Context(), func(split string) tasks.Position { return at[split] })
			if err != nil {
				return err
			}
			if splits[0].Pending == 0 {
				break
			}
			l := w.lease(tasks.SourceKind, config)
			l.Slice = tasks.Slice{Stream: tasks.Stream{Split: splits[0].Split}, Since: at[splits[0].Split], Until: splits[0].End}
			res := runner.Run(t.Context(), l)
			at[splits[0].Split] = res.SourcePosition
			skipped += res.Counts.Tolerated
			if res.Failure != nil {
				trace = res.Failure.Trace
			}
		}
		if err := compareStep(t, w, r, &s, i, &want, config["topic"], trace); err != nil {
			return err
		}
		for _, position := range at {
			text, _ := os.ReadFile(path)
			switch {
			case left || refuses:
			case !ascii(text):
				because(t, "bytes-not-characters")
			case s.LastOffset == nil && skipped > 0:
				because(t, "skipped-records-count")
			case s.LastOffset != nil && string(position) != *s.LastOffset:
				return fmt.Errorf("step %d (%s): position %s, recorded %s", i, s.Op, position, *s.LastOffset)
			}
		}
	}
	if n := int64(len(r.Log)); n != lines.Load() && !refuses {
		return fmt.Errorf("%d error lines, recorded %d", lines.Load(), n)
	}
	if n := total(r.Metrics, "total-records-skipped"); n != skipped && !refuses {
		return fmt.Errorf("%d records skipped, recorded %d", skipped, n)
	}
	return nil
}

// brokerRefuses reports whether the records have a topic or a size that the broker does not take.
func brokerRefuses(config map[string]string) bool {
	return strings.Contains(config["transforms.r.replacement"], "!") || config["topic.creation.default.max.message.bytes"] != "" ||
		config["topic.creation.default.cleanup.policy"] == "compact" || config["producer.override.max.request.size"] != ""
}

// ascii reports whether characters are bytes.
func ascii(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) }

// compareStep compares all records up to here and the state of the task.
func compareStep(t *testing.T, w *world, r *recording, s *step, i int, want *[]string, topic, trace string) error {
	if brokerRefuses(r.Config) {
		return nil
	}
	if s.Status != nil {
		if err := compareStatus(t, s.Status, trace); err != nil {
			return fmt.Errorf("step %d (%s): %w", i, s.Op, err)
		}
	}
	for _, rec := range s.Records {
		if rec.Omitted > 0 {
			*want = append(*want, slices.Repeat([]string{"*"}, rec.Omitted)...)
			continue
		}
		*want = append(*want, recordText(decode(t, rec.Key), decode(t, rec.Value), len(rec.Headers)))
	}
	var got []string
	for n, rec := range w.read(t, topic) {
		text := recordText(rec.Key, rec.Value, len(rec.Headers))
		if n < len(*want) && (*want)[n] == "*" {
			text = "*"
		}
		got = append(got, text)
	}
	compared := got
	if r.Config["batch.size"] != "" { // more may be there
		compared = got[:min(len(got), len(*want))]
	}
	if d := cmp.Diff(*want, compared); d != "" {
		return fmt.Errorf("step %d (%s): records (-recorded +ours):\n%s", i, s.Op, d)
	}
	return nil
}

func recordText(key, value []byte, headers int) string {
	return fmt.Sprintf("key %q (%t) value %q (%t) and %d headers", key, key == nil, value, value == nil, headers)
}

// apply does a step with the file.
func apply(t *testing.T, path, op string, arg any) {
	t.Helper()
	var data []byte
	size := int64(0)
	switch v := arg.(type) {
	case string:
		var err error
		if data, err = base64.StdEncoding.DecodeString(v); err != nil {
			t.Fatal(err)
		}
	case float64:
		size = int64(v)
	}
	var err error
	switch op {
	case "write":
		err = os.WriteFile(path, data, 0o644)
	case "append":
		var f *os.File
		if f, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644); err == nil {
			if _, err = f.Write(data); err == nil {
				err = f.Close()
			}
		}
	case "truncate":
		err = os.Truncate(path, size)
	case "restart", "pause", "resume", "none":
	default:
		t.Fatalf("step %q is not known", op)
	}
	if err != nil {
		t.Fatal(err)
	}
}
