package object_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

func asString(text string) (*tasks.Schema, tasks.Value) {
	return tasks.StringSchema, tasks.NewString(text)
}

// avroValues reads the texts in a container file with another library than ours.
func avroValues(t testing.TB, content string) (out []string) {
	t.Helper()
	r, err := goavro.NewOCFReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for r.Scan() {
		v, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(v))
	}
	return out
}

func jsonValues(_ testing.TB, content string) (out []string) {
	for line := range strings.Lines(content) {
		out = append(out, strings.Trim(line, "\"\n"))
	}
	return out
}

// Every format keeps the contract, in files that end within, at and behind the end of a batch.
func TestSuiteOfFormats(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		format object.Format
		read   func(testing.TB, string) []string
	}{
		{"json", object.JSON{}, jsonValues},
		{"avro", object.Avro{Options: avro.DefaultOptions(), Codec: "null"}, avroValues},
		{"avro, deflated", object.Avro{Options: avro.DefaultOptions(), Codec: "deflate"}, avroValues},
		{"avro, snappy", object.Avro{Options: avro.DefaultOptions(), Codec: "snappy"}, avroValues},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(testing.TB) tasktest.SinkUnderTest {
				m := newMemory()
				return tasktest.SinkUnderTest{
					New: func(testing.TB) tasks.Sink {
						s := settings(4)
						s.Format = c.format
						return &bucketSink{store: m, settings: s}
					},
					Read: func(t testing.TB) (out []string) {
						for _, n := range m.names() {
							out = append(out, c.read(t, m.content(n))...)
						}
						return out
					},
					Value: asString,
				}
			})
		})
	}
}

// The same slice gives the same bytes each time (I6), in every format and with all sides.
func TestFormatsAreRepeatable(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]object.Format{"json": object.JSON{}, "bzip2": object.Avro{Options: avro.DefaultOptions(), Codec: "bzip2"},
		"xz": object.Avro{Options: avro.DefaultOptions(), Codec: "xz"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first map[string]string
			for range 2 {
				m, s := newMemory(), settings(4)
				s.Format, s.Keys, s.Headers, s.Gzip = f, f, f, true
				if out := (lease{to: 8, records: whole(0, 8)}).run(t, m, s); out.err != nil || out.position != 8 {
					t.Fatalf("position = %d, err = %v", out.position, out.err)
				}
				all := map[string]string{}
				for _, n := range m.names() {
					all[n] = m.content(n)
				}
				if len(all) != 6 || first != nil && !cmp.Equal(first, all) {
					t.Errorf("%d objects, want 6 with the same bytes each time", len(all))
				}
				first = all
			}
		})
	}
}

// whole returns records with a text, a key and a header.
func whole(from, to int64) []tasks.Record {
	var out []tasks.Record
	for _, r := range letters(from, to) {
		r.ValueSchema, r.Value = asString(string(r.Value.Bytes()))
		r.KeySchema, r.Key = asString(fmt.Sprint("k", r.Raw.Offset))
		r.Headers = []tasks.Header{{Key: "h", Value: tasks.NewInt32(int32(r.Raw.Offset))}}
		out = append(out, r)
	}
	return out
}

// A record whose key or headers are refused leaves nothing in any object, also not of its value.
func TestSidesStayTogether(t *testing.T) {
	t.Parallel()
	keyless, headless, bad := whole(0, 1)[0], whole(1, 2)[0], whole(4, 5)[0]
	keyless.Key = tasks.Null
	headless.Headers = nil
	bad.Headers = []tasks.Header{{Key: "h"}}
	records := append([]tasks.Record{keyless, headless}, whole(2, 4)...)
	records = append(append(records, bad), whole(5, 7)...)
	m, s := newMemory(), settings(2)
	s.Format, s.Keys, s.Headers = object.JSON{}, object.ByteArray{Extension: ".k", Separator: ";"}, object.JSON{}
	var refused []int64
	out := lease{to: 7, records: records, report: func(r *tasks.Record, _ error) error {
		refused = append(refused, r.Raw.Offset)
		return nil
	}}.run(t, m, s)
	if out.err != nil || out.position != 7 || !slices.Equal(refused, []int64{0, 1, 4}) {
		t.Errorf("position = %d, refused %v, err = %v", out.position, refused, out.err)
	}
	got := map[string]string{}
	for _, n := range m.names() {
		got[strings.TrimPrefix(n, dir)] = m.content(n)
	}
	want := map[string]string{
		"0000000002.json": "\"c\"\n\"d\"\n", "0000000002.keys.k": "k2;k3;",
		"0000000002.headers.json": "{\"headers\":[{\"key\":\"h\",\"value\":\"2\"}]}\n{\"headers\":[{\"key\":\"h\",\"value\":\"3\"}]}\n",
		"0000000005.json":         "\"f\"\n\"g\"\n", "0000000005.keys.k": "k5;k6;",
		"0000000005.headers.json": "{\"headers\":[{\"key\":\"h\",\"value\":\"5\"}]}\n{\"headers\":[{\"key\":\"h\",\"value\":\"6\"}]}\n",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("objects (-want +got):\n%s", d)
	}
}

// Nobody hears of a bad record without a dead letter topic or a log: then it ends the task, whatever is tolerated.
func TestUnheard(t *testing.T) {
	t.Parallel()
	bad := record(1, "")
	bad.ValueSchema, bad.Value = asString("no bytes")
	s := settings(1)
	s.Unheard = true
	out := lease{to: 3, records: []tasks.Record{record(0, "a"), bad, record(2, "c")}, report: func(*tasks.Record, error) error { return nil }}.run(t, newMemory(), s)
	if out.position != 1 || tasks.KindOf(out.err) != tasks.KindFatal || !strings.Contains(out.err.Error(), "orders/2 at offset 1") {
		t.Errorf("position = %d, err = %v; want a fatal one that names the record", out.position, out.err)
	}
}
