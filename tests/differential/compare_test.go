//go:build real

package differential_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What is to differ:
//   - What lies before a record that ends a task is delivered and counts; the original gives up the whole batch that it has fetched.
//   - A trace begins with the sink's or converter's own error, and tells which record it was. The original's stack is of its own classes.
//   - An array of bytes prints as an identity of zero; the original prints where it lies in memory.

var identity = regexp.MustCompile(`\[B@[0-9a-f]+`)

// normal takes out of a text what tells the side.
func (s side) normal(b []byte, name string) []byte {
	b = bytes.ReplaceAll(b, []byte(s.name(name)), []byte("@"))
	return identity.ReplaceAll(b, []byte("[B@0"))
}

// file is what a sink wrote.
func (s side) file(t *testing.T, c scenario) []byte {
	t.Helper()
	b, err := os.ReadFile(s.output(c.name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	b = s.normal(b, c.name)
	if c.mixed {
		list := bytes.SplitAfter(b, []byte("\n"))
		slices.SortFunc(list, bytes.Compare)
		b = bytes.Join(list, nil)
	}
	return b
}

// sameFiles compares what the two sides wrote, and returns how many lines that were.
func sameFiles(t *testing.T, c scenario, java, ours []byte) int64 {
	t.Helper()
	if bytes.Equal(java, ours) || c.fails && bytes.HasPrefix(ours, java) {
		return int64(bytes.Count(java, []byte("\n")))
	}
	j, m := bytes.Split(java, []byte("\n")), bytes.Split(ours, []byte("\n"))
	for i := range min(len(j), len(m)) {
		if !bytes.Equal(j[i], m[i]) {
			t.Errorf("line %d of %d and %d\njava %.2000q\nours %.2000q", i+1, len(j), len(m), j[i], m[i])
			return 0
		}
	}
	t.Errorf("java wrote %d lines, we %d", len(j), len(m))
	return 0
}

const stackHeader = "__connect.errors.exception.stacktrace"

// sameRecords compares two topics, and returns how many records they have. Times count where they are the originals', in dead letters.
func sameRecords(t *testing.T, c scenario, j, m side, java, ours []*kgo.Record, times bool) int64 {
	t.Helper()
	if len(java) != len(ours) {
		t.Errorf("java wrote %d records, we %d", len(java), len(ours))
	}
	for i := range min(len(java), len(ours)) {
		want, got := j.recordText(java[i], c.name, times), m.recordText(ours[i], c.name, times)
		if want != got {
			t.Errorf("record %d\njava %.3000s\nours %.3000s", i, want, got)
			return 0
		}
	}
	return int64(len(java))
}

// recordText is all of a record but its place and, of a stack trace, the lines behind the first.
func (s side) recordText(r *kgo.Record, name string, times bool) string {
	var b strings.Builder
	part := func(label string, v []byte) {
		if v == nil {
			fmt.Fprintf(&b, "%s null\n", label)
			return
		}
		fmt.Fprintf(&b, "%s %q\n", label, s.normal(v, name))
	}
	if times {
		fmt.Fprintf(&b, "time %d\n", r.Timestamp.UnixMilli())
	}
	part("key", r.Key)
	part("value", r.Value)
	for _, h := range r.Headers {
		v := h.Value
		if h.Key == stackHeader {
			v, _, _ = bytes.Cut(v, []byte("\n"))
		}
		part("header "+h.Key, v)
	}
	return b.String()
}

// sameTraces compares the exceptions of two traces, from the first that both have.
func sameTraces(t *testing.T, java, ours string) {
	t.Helper()
	j, m := exceptions(java), exceptions(ours)
	if len(j) > 0 && strings.Contains(j[0], "Exiting WorkerSinkTask due to unrecoverable exception.") {
		j = j[1:]
	}
	for i, want := range j {
		if !strings.HasPrefix(want, "org.apache.kafka.connect.") {
			break // a library's words
		}
		if i >= len(m) || !strings.HasPrefix(m[i], strings.TrimSpace(want)) {
			t.Errorf("traces differ\njava %s\nours %s", strings.Join(j, "\n     "), strings.Join(m, "\n     "))
			return
		}
	}
}

// exceptions are the first lines of a trace's exception and of its causes.
func exceptions(trace string) (out []string) {
	for line := range strings.SplitSeq(trace, "\n") {
		if strings.HasPrefix(line, "\t") || line == "" {
			continue
		}
		out = append(out, strings.TrimPrefix(line, "Caused by: "))
	}
	return out
}
