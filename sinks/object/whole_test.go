package object_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// byLetter names an object for the first letter of values.
type byLetter struct{}

func (byLetter) New(tasks.SinkTask) object.Placer { return byLetter{} }
func (byLetter) ReadsValue() bool                 { return true }
func (byLetter) Timed() bool                      { return false }

func (byLetter) Place(r *tasks.Record) (object.Place, error) {
	text := string(r.Value.Bytes())
	if text == "" {
		return object.Place{}, tasks.DataException("no letter")
	}
	return object.Place{Dir: text[:1]}, nil
}

func wholeSettings(w object.Whole) object.Settings {
	s := settings(1 << 30)
	s.Partitioner, s.Compatibility, s.Whole = byLetter{}, object.Any, &w
	return s
}

// texts makes records of the words in a text, from an offset on; "-" is a record without a value.
func texts(from int64, words string) (out []tasks.Record) {
	for i, w := range strings.Fields(words) {
		if w == "-" {
			w = ""
		}
		out = append(out, record(from+int64(i), w))
	}
	return out
}

func contents(m *memory) map[string]string {
	out := map[string]string{}
	for _, name := range m.names() {
		out[name] = strings.Join(strings.Fields(m.content(name)), " ")
	}
	return out
}

func slice(from int64, words string) lease {
	r := texts(from, words)
	return lease{from: from, to: from + int64(len(r)), tail: true, records: r}
}

func TestFilesEndWithTheSlice(t *testing.T) {
	t.Parallel()
	m := newMemory()
	l := slice(0, "a1 b1 a2")
	l.records[2].Topic = "elsewhere" // a transform may do that
	for range 2 {
		if o := l.run(t, m, wholeSettings(object.Whole{})); o.err != nil || o.position != 3 || o.delivery.Objects != 2 {
			t.Fatalf("outcome = %+v", o)
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "a1 a2", "b": "b1"}, contents(m)); diff != "" || m.creates != 4 {
		t.Errorf("%d creates, objects (-want +got):\n%s", m.creates, diff)
	}
}

func TestABadRecordStopsBehindWhatIsDelivered(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := slice(0, "a1 b1 - a2").run(t, m, wholeSettings(object.Whole{}))
	if o.err == nil || o.position != 2 {
		t.Errorf("outcome = %+v, want an error, and all before the bad record delivered", o)
	}
	if diff := cmp.Diff(map[string]string{"a": "a1", "b": "b1"}, contents(m)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	l := slice(0, "a1 b1 - a2")
	l.report = func(*tasks.Record, error) error { return nil }
	if o := l.run(t, newMemory(), wholeSettings(object.Whole{})); o.err != nil || o.position != 4 {
		t.Errorf("with a dead letter: outcome = %+v", o)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 70<<10)
	cases := []struct {
		name    string
		change  func(s *object.Settings)
		words   string
		objects int64
	}{
		{"files", func(s *object.Settings) { s.Rotation.MaxOpen = 2 }, "a b a c a", 4},
		{"bytes", func(s *object.Settings) { s.Rotation.MaxBytes = 64 << 10 }, long + " b c", 3},
		{"neither", func(*object.Settings) {}, "a b a c a", 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := wholeSettings(object.Whole{Latest: true})
			c.change(&s)
			if o := slice(0, c.words).run(t, newMemory(), s); o.err != nil || o.delivery.Objects != c.objects {
				t.Errorf("outcome = %+v, want %d objects", o, c.objects)
			}
		})
	}
}

func TestTheNewestRecordOfAKeyStays(t *testing.T) {
	t.Parallel()
	m := newMemory()
	s := wholeSettings(object.Whole{Latest: true})
	s.PartSize = math.MaxInt
	steps := []struct {
		name string
		l    lease
		want map[string]string
	}{
		{"first", slice(0, "a1 b1 a2"), map[string]string{"a": "a2", "b": "b1"}},
		{"newer", slice(3, "a3"), map[string]string{"a": "a3", "b": "b1"}},
		{"a zombie of the first", slice(0, "a1 b1 a2"), map[string]string{"a": "a3", "b": "b1"}},
		{"newer and longer than a part", slice(4, "a"+strings.Repeat("x", 2<<20)), nil},
		{"short again", slice(5, "a5"), map[string]string{"a": "a5", "b": "b1"}},
	}
	for _, step := range steps {
		if o := step.l.run(t, m, s); o.err != nil || o.position != step.l.to {
			t.Fatalf("%s: outcome = %+v", step.name, o)
		}
		if diff := cmp.Diff(step.want, contents(m)); step.want != nil && diff != "" {
			t.Errorf("%s: objects (-want +got):\n%s", step.name, diff)
		}
	}
	bad := s
	bad.Format = picky{object.ByteArray{Separator: "\n"}}
	l := slice(6, "a6 a!")
	l.report = func(*tasks.Record, error) error { return nil }
	if o := l.run(t, m, bad); o.err != nil || contents(m)["a"] != "a6" {
		t.Errorf("outcome = %+v, objects = %v; want the record before the bad one", o, contents(m))
	}
}

// picky does not take values that end in !.
type picky struct{ object.ByteArray }

func (p picky) New(of object.Side) object.Encoder { return pickyEncoder{p.ByteArray.New(of)} }

type pickyEncoder struct{ object.Encoder }

func (p pickyEncoder) Add(r *tasks.Record) error {
	if strings.HasSuffix(string(r.Value.Bytes()), "!") {
		return tasks.DataException("refused")
	}
	return p.Encoder.Add(r)
}

func TestObjectsOfAnotherConfiguration(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, before, now string
		want              string
		fatal             bool
	}{
		{"shorter ones are replaced", "a1", "a1 a2", "a1 a2", false},
		{"longer ones stop the task", "a1 a2", "a1", "a1 a2", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			slice(0, c.before).run(t, m, wholeSettings(object.Whole{}))
			o := slice(0, c.now).run(t, m, wholeSettings(object.Whole{}))
			if c.fatal != (o.err != nil) || c.fatal && tasks.KindOf(o.err) != tasks.KindFatal || contents(m)["a"] != c.want {
				t.Errorf("outcome = %+v, objects = %v; want %q", o, contents(m), c.want)
			}
		})
	}
	m := newMemory()
	slice(0, "a1 a2").run(t, m, wholeSettings(object.Whole{}))
	if o := slice(0, "a1 b1 a3").run(t, m, wholeSettings(object.Whole{Serial: true})); o.position != 2 || tasks.KindOf(o.err) != tasks.KindStale {
		t.Errorf("serial: outcome = %+v, want the object's end adopted", o)
	}
}

func TestAReplacedObjectOfManyParts(t *testing.T) {
	t.Parallel()
	m := newMemory()
	s := wholeSettings(object.Whole{})
	s.PartSize = 1
	long := "a" + strings.Repeat("x", 100<<10)
	slice(0, long).run(t, m, s)
	if o := slice(0, long+" a2").run(t, m, s); tasks.KindOf(o.err) != tasks.KindRetriable {
		t.Fatalf("outcome = %+v, want another run", o)
	}
	if o := slice(0, long+" a2").run(t, m, s); o.err != nil || contents(m)["a"] != long+" a2" {
		t.Errorf("outcome = %+v", o)
	}
}
