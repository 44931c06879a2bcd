package object_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

func record(offset int64, text string) tasks.Record {
	schema, value := asBytes(text)
	return tasks.Record{Topic: "orders", Partition: 2, Offset: offset, ValueSchema: schema, Value: value,
		Raw: &tasks.Raw{Topic: "orders", Partition: 2, Offset: offset}}
}

func null(offset int64) tasks.Record {
	r := record(offset, "")
	r.Value = tasks.Null
	return r
}

// lease is one run of a slice with all its records.
type lease struct {
	from, to int64
	tail     bool
	records  []tasks.Record
	end      int64 // of Finish; 0 means to
	topic    tasks.TopicID
	report   func(*tasks.Record, error) error
}

type outcome struct {
	position int64
	delivery tasks.Delivery
	err      error
}

func (l lease) run(t *testing.T, m *memory, s object.Settings) outcome {
	t.Helper()
	if l.report == nil {
		l.report = func(_ *tasks.Record, err error) error { return err }
	}
	w, err := object.NewWriter(&s, m, tasks.SinkTask{Connector: "c", Log: slog.New(slog.DiscardHandler), Report: l.report,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: 2}, TopicID: l.topic, From: l.from, To: l.to, CloseTail: l.tail}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Put(t.Context(), l.records); err != nil {
		return outcome{w.Position(), tasks.Delivery{}, err}
	}
	if l.end == 0 {
		l.end = l.to
	}
	d, err := w.Finish(t.Context(), l.end)
	return outcome{w.Position(), d, err}
}

const dir = "topics/orders/partition=2/orders+2+"

func letters(from, to int64) []tasks.Record {
	var out []tasks.Record
	for o := from; o < to; o++ {
		out = append(out, record(o, string(rune('a'+o))))
	}
	return out
}

func TestRotation(t *testing.T) {
	t.Parallel()
	other := record(2, "c")
	other.ValueSchema = tasks.OptionalBytesSchema
	schemaless := record(3, "d")
	schemaless.ValueSchema = nil
	bad := record(0, "")
	bad.ValueSchema, bad.Value = tasks.StringSchema, tasks.NewString("no bytes")
	cases := []struct {
		name     string
		flush    int64
		lease    lease
		nulls    object.Nulls
		want     map[string]string
		position int64
		filed    int64
	}{
		{"full objects", 2, lease{to: 4, records: letters(0, 4)}, "",
			map[string]string{"0000000000.bin": "a\nb\n", "0000000002.bin": "c\nd\n"}, 4, 0},
		{"a tail that stays open", 2, lease{to: 5, records: letters(0, 5)}, "",
			map[string]string{"0000000000.bin": "a\nb\n", "0000000002.bin": "c\nd\n"}, 4, 1},
		{"a tail that is closed", 2, lease{to: 9, tail: true, records: letters(0, 3)}, "",
			map[string]string{"0000000000.bin": "a\nb\n", "0000000002.bin": "c\n"}, 9, 0},
		{"a tail that was not reached", 2, lease{to: 9, tail: true, end: 5, records: letters(0, 3)}, "",
			map[string]string{"0000000000.bin": "a\nb\n"}, 2, 1},
		{"no record at all", 2, lease{from: 3, to: 9}, "", map[string]string{}, 9, 0},
		{"a gap before the open file", 5, lease{to: 9, records: letters(4, 6)}, "", map[string]string{}, 4, 2},
		{"another schema ends the file", 3, lease{to: 4, tail: true, records: []tasks.Record{record(0, "a"), record(1, "b"), other, schemaless}}, "",
			map[string]string{"0000000000.bin": "a\nb\n", "0000000002.bin": "c\n", "0000000003.bin": "d\n"}, 4, 0},
		{"nulls are ignored and do not count", 2, lease{to: 4, records: []tasks.Record{null(0), record(1, "b"), null(2), record(3, "d")}}, object.IgnoreNull,
			map[string]string{"0000000001.bin": "b\nd\n"}, 4, 0},
		{"bad records are reported and do not count", 2,
			lease{to: 3, records: []tasks.Record{bad, record(1, "b"), record(2, "c")}, report: func(*tasks.Record, error) error { return nil }}, "",
			map[string]string{"0000000001.bin": "b\nc\n"}, 3, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, s := newMemory(), settings(c.flush)
			s.Nulls = c.nulls
			out := c.lease.run(t, m, s)
			if out.err != nil {
				t.Fatal(out.err)
			}
			got := map[string]string{}
			for _, n := range m.names() {
				got[strings.TrimPrefix(n, dir)] = m.content(n)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("objects (-want +got):\n%s", d)
			}
			if out.position != c.position || out.delivery.TailFiled != c.filed {
				t.Errorf("position = %d, tail filed = %d; want %d, %d", out.position, out.delivery.TailFiled, c.position, c.filed)
			}
		})
	}
}

func TestObjectsThatExist(t *testing.T) {
	t.Parallel()
	ours := func(next string) map[string]string {
		return map[string]string{object.MetaConnector: "c", object.MetaNext: next}
	}
	cases := []struct {
		name     string
		content  string
		meta     map[string]string
		kind     tasks.ErrorKind // of the error, if position is not 4
		position int64
		want     []string // contents in order of names
	}{
		{"the same", "a\nb\n", ours("2"), 0, 4, []string{"a\nb\n", "c\nd\n"}},
		{"the same, of an upload that died before its metadata", "a\nb\n", map[string]string{object.MetaConnector: "c"}, 0, 4, []string{"a\nb\n", "c\nd\n"}},
		{"another content up to the same offset", "A\nB\n", ours("2"), 0, 4, []string{"A\nB\n", "c\nd\n"}},
		{"longer than ours", "a\nb\nc\n", ours("3"), 0, 3, []string{"a\nb\nc\n"}},
		{"longer than the slice", "a\nb\nc\nd\ne\nf\n", ours("6"), 0, 6, []string{"a\nb\nc\nd\ne\nf\n"}},
		{"shorter than ours", "a\n", ours("1"), tasks.KindStale, 1, []string{"a\n"}},
		{"the same, of the Java connector", "a\nb\n", nil, 0, 4, []string{"a\nb\n", "c\nd\n"}},
		{"of somebody else", "a\n", nil, tasks.KindFatal, 0, []string{"a\n"}},
		{"of somebody else, which may be replaced", "a\n", nil, 0, 4, []string{"a\nb\n", "c\nd\n"}},
		{"of a writer that has given it up", "a\n", map[string]string{object.MetaFree: "true"}, 0, 4, []string{"a\nb\n", "c\nd\n"}},
		{"with metadata that cannot be right", "a\n", ours("0"), tasks.KindFatal, 0, []string{"a\n"}},
	}
	for _, part := range []int{1 << 20, 0} {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				m, s := newMemory(), settings(2)
				s.PartSize = part
				s.Replace = strings.Contains(c.name, "may be replaced")
				m.last = 1
				m.objects[dir+"0000000000.bin"] = &stored{content: []byte(c.content), generation: "1", meta: c.meta}
				if c.meta == nil {
					m.objects[dir+"0000000000.bin"].meta = map[string]string{}
				}
				out := lease{to: 4, records: letters(0, 4)}.run(t, m, s)
				if out.position != c.position || out.err != nil && tasks.KindOf(out.err) != c.kind {
					t.Errorf("position = %d, err = %v; want %d, %v", out.position, out.err, c.position, c.kind)
				}
				var got []string
				for _, n := range m.names() {
					got = append(got, m.content(n))
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("objects (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	moved := record(1, "b")
	moved.Topic = "elsewhere"
	bad := record(1, "")
	bad.ValueSchema, bad.Value = tasks.StringSchema, tasks.NewString("no bytes")
	cases := []struct {
		name   string
		record tasks.Record
		kind   tasks.ErrorKind
		say    string
	}{
		{"a null", null(1), tasks.KindFatal, "behavior.on.null.values"},
		{"a changed topic", moved, tasks.KindFatal, "No writer found for topic partition elsewhere-2"},
		{"a value that is not bytes", bad, tasks.KindBadRecord, "Invalid schema type for ByteArrayConverter: STRING"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			out := lease{to: 4, records: []tasks.Record{record(0, "a"), c.record, record(2, "c")}}.run(t, m, settings(1))
			if tasks.KindOf(out.err) != c.kind || !strings.Contains(out.err.Error(), c.say) {
				t.Errorf("err = %v (%v), want a %v error that says %q", out.err, tasks.KindOf(out.err), c.kind, c.say)
			}
			if out.position != 1 || len(m.names()) != 1 {
				t.Errorf("position = %d with objects %v; want what lies before the record", out.position, m.names())
			}
		})
	}
}

func TestGzipIsRepeatable(t *testing.T) {
	t.Parallel()
	var first string
	for range 2 {
		m, s := newMemory(), settings(4)
		s.Gzip = true
		if out := (lease{to: 4, records: letters(0, 4)}).run(t, m, s); out.err != nil || out.position != 4 {
			t.Fatalf("position = %d, err = %v", out.position, out.err)
		}
		packed := m.content(dir + "0000000000.bin.gz")
		if first != "" && packed != first {
			t.Error("the same records give other bytes the second time")
		}
		first = packed
	}
	r, err := gzip.NewReader(strings.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if string(text) != "a\nb\nc\nd\n" || !r.ModTime.IsZero() && r.ModTime.Unix() != 0 {
		t.Errorf("content = %q with time %v, want four lines without a time", text, r.ModTime)
	}
}

func TestLargeObjectsAreSentInParts(t *testing.T) {
	t.Parallel()
	m, s := newMemory(), settings(1000)
	s.PartSize = 256 << 10
	var records []tasks.Record
	var want bytes.Buffer
	for o := range int64(1000) {
		line := strings.Repeat(string(rune('a'+o%26)), 1000)
		records = append(records, record(o, line))
		want.WriteString(line + "\n")
	}
	for range 2 { // the second time the object exists, and is compared
		out := lease{to: 1000, records: records}.run(t, m, s)
		if out.err != nil || out.position != 1000 {
			t.Fatalf("position = %d, err = %v", out.position, out.err)
		}
	}
	name := dir + "0000000000.bin"
	if m.content(name) != want.String() {
		t.Error("the object has other content than the records")
	}
	if m.parts < 3 || m.creates != 1 {
		t.Errorf("%d parts in %d uploads, want several in one", m.parts, m.creates)
	}
	if got := m.objects[name].meta[object.MetaNext]; got != "1000" {
		t.Errorf("%s = %q, want 1000", object.MetaNext, got)
	}
}

// Where an object that is sent in parts ends is known only after its metadata were sent. A writer that dies before it could
// tell leaves an object that says less; nobody has heard of it.
func TestWriterDiesBeforeItSaysWhereAnObjectEnds(t *testing.T) {
	t.Parallel()
	name := dir + "0000000000.bin"
	for _, c := range []struct {
		name      string
		flushSize int64 // of the run after it, under another configuration
		runs      int   // until it is well
		content   string
	}{
		{"same content", 4, 1, "a\nb\nc\nd\n"},
		{"shorter", 2, 2, "a\nb\n"},
		{"longer", 8, 2, "a\nb\nc\nd\ne\nf\ng\nh\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, s := newMemory(), settings(4)
			s.PartSize = 0
			m.mute = true
			if out := (lease{to: 4, records: letters(0, 4)}).run(t, m, s); out.err == nil || out.position != 0 {
				t.Fatalf("the writer did not die: %+v", out)
			}
			m.mute = false
			s.Rotation.FlushSize = c.flushSize
			for n := 1; ; n++ {
				out := lease{to: c.flushSize, records: letters(0, c.flushSize)}.run(t, m, s)
				if n < c.runs {
					if tasks.KindOf(out.err) != tasks.KindRetriable || out.position != 0 {
						t.Fatalf("run %d: %+v (%v), want a retriable error at 0", n, out, tasks.KindOf(out.err))
					}
					continue
				}
				if out.err != nil || out.position != c.flushSize {
					t.Fatalf("run %d: %+v, want position %d", n, out, c.flushSize)
				}
				break
			}
			o := m.objects[name]
			if got := m.content(name); got != c.content || o.meta[object.MetaNext] != fmt.Sprint(c.flushSize) || o.meta[object.MetaConnector] != "c" {
				t.Errorf("content %q, metadata %v", got, o.meta)
			}
			if c.runs == 1 && o.generation != "1" {
				t.Errorf("an object that is right was written again")
			}
		})
	}
}

// The objects of a topic that was deleted and created again have the names of the former's.
func TestObjectsOfAFormerTopicAreReplaced(t *testing.T) {
	t.Parallel()
	for _, parts := range []int{0, 1 << 20} {
		m, s := newMemory(), settings(4)
		s.PartSize = parts
		(lease{to: 4, records: letters(0, 4), topic: "AAAAAAAAAAAAAAAAAAAAAQ"}).run(t, m, s)
		s.Rotation.FlushSize = 2 // the position behind the former object must not be adopted
		for range 2 {
			out := lease{to: 4, records: []tasks.Record{record(0, "e"), record(1, "f")}, topic: "AAAAAAAAAAAAAAAAAAAAAg"}.run(t, m, s)
			if out.err != nil || out.position != 4 {
				t.Fatalf("parts of %d bytes: %+v", parts, out)
			}
		}
		o := m.objects[dir+"0000000000.bin"]
		if string(o.content) != "e\nf\n" || o.generation != "2" || o.meta[object.MetaTopicID] != "AAAAAAAAAAAAAAAAAAAAAg" {
			t.Errorf("parts of %d bytes: content %q of generation %s, metadata %v", parts, o.content, o.generation, o.meta)
		}
	}
}

func TestNoAllocationPerRecord(t *testing.T) {
	s := settings(1 << 40)
	s.PartSize = 1 << 30
	w, err := object.NewWriter(&s, newMemory(), tasks.SinkTask{Connector: "c", Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: 2}, To: 1 << 40}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	batch := letters(0, 20)
	if n := testing.AllocsPerRun(100, func() {
		if err := w.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for a batch of %d records, want none", n, len(batch))
	}
}
