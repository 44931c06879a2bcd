package object_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

var user = tasks.NewStruct("User", tasks.Field{Name: "name", Schema: tasks.StringSchema}, tasks.Field{Name: "n", Schema: tasks.Int32Schema})

// users returns records, one for each letter, which is the name.
func users(names string) []tasks.Record {
	var out []tasks.Record
	for i, c := range names {
		r := record(int64(i), "")
		s := &tasks.Struct{Schema: user, Slots: []tasks.Value{tasks.NewString(string(c)), tasks.NewInt32(int32(i))}}
		r.ValueSchema, r.Value = user, tasks.NewStructValue(s)
		out = append(out, r)
	}
	return out
}

func byName(flush int64) object.Settings {
	s := settings(flush)
	s.Format, s.Partitioner = object.JSON{}, object.ByField{Fields: []string{"name"}, Delim: "/"}
	return s
}

func lines(m *memory) map[string]int {
	got := map[string]int{}
	for _, n := range m.names() {
		got[strings.TrimPrefix(n, "topics/orders/")] = strings.Count(m.content(n), "\n")
	}
	return got
}

// All open files end together, each named by its own first record.
func TestFilesEndTogether(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		maxOpen  int
		want     map[string]int
		position int64
	}{
		{"by number", 0, map[string]int{"name=a/orders+2+0000000000.json": 2, "name=b/orders+2+0000000001.json": 2}, 4},
		{"by number of files", 1, map[string]int{"name=a/orders+2+0000000000.json": 1, "name=b/orders+2+0000000001.json": 1,
			"name=a/orders+2+0000000002.json": 1, "name=b/orders+2+0000000003.json": 1}, 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, s := newMemory(), byName(4)
			s.Rotation.MaxOpen = c.maxOpen
			out := lease{to: 5, records: users("ababa")}.run(t, m, s)
			if out.err != nil || out.position != c.position || out.delivery.TailFiled != 1 {
				t.Errorf("position = %d, delivery = %+v, err = %v", out.position, out.delivery, out.err)
			}
			if d := cmp.Diff(c.want, lines(m)); d != "" {
				t.Errorf("objects (-want +got):\n%s", d)
			}
		})
	}
}

// An executor that dies between two objects of a commit has moved nothing; the next run finds the first and makes the second.
func TestDeathWithinACommit(t *testing.T) {
	t.Parallel()
	m := newMemory()
	first := lease{to: 4, records: users("abab")}.run(t, m, byName(4))
	if first.err != nil {
		t.Fatal(first.err)
	}
	want := lines(m)
	delete(m.objects, "topics/orders/name=b/orders+2+0000000001.json")
	again := lease{to: 4, records: users("abab")}.run(t, m, byName(4))
	if again.err != nil || again.position != 4 || !again.delivery.Receipts[0].Existed || again.delivery.Receipts[1].Existed {
		t.Errorf("position = %d, receipts = %+v, err = %v", again.position, again.delivery.Receipts, again.err)
	}
	if got := lines(m); !maps.Equal(got, want) {
		t.Errorf("objects = %v, want %v", got, want)
	}
}

// Of several objects of another configuration none can be adopted or replaced.
func TestAnotherLayoutStops(t *testing.T) {
	t.Parallel()
	m := newMemory()
	if out := (lease{to: 2, records: users("ab")}).run(t, m, byName(2)); out.err != nil {
		t.Fatal(out.err)
	}
	out := lease{to: 4, records: users("abab")}.run(t, m, byName(4))
	if out.position != 0 || tasks.KindOf(out.err) != tasks.KindFatal || !strings.Contains(fmt.Sprint(out.err), "another configuration") {
		t.Errorf("position = %d, err = %v", out.position, out.err)
	}
}

func TestCompatibility(t *testing.T) {
	t.Parallel()
	version := func(n int32, fields ...tasks.Field) *tasks.Schema {
		s := tasks.NewStruct("User", fields...).Clone()
		s.Version = &n
		return s.Seal()
	}
	id := tasks.Field{Name: "id", Schema: tasks.Int32Schema}
	wide := tasks.Field{Name: "id", Schema: tasks.Int64Schema}
	note := tasks.Field{Name: "note", Schema: tasks.OptionalStringSchema}
	must := tasks.Field{Name: "must", Schema: tasks.StringSchema}
	cases := []struct {
		name          string
		compatibility object.Compatibility
		schemas       []*tasks.Schema
		want          []int // records of each file
	}{
		{"NONE takes no other", object.None, []*tasks.Schema{version(1, id), version(2, id, note), version(2, id, note)}, []int{1, 2}},
		{"BACKWARD takes an older one", object.Backward, []*tasks.Schema{version(2, id, note), version(1, id), version(3, id)}, []int{2, 1}},
		{"FORWARD takes a newer one", object.Forward, []*tasks.Schema{version(2, id), version(3, id, note), version(1, id)}, []int{2, 1}},
		{"numbers widen", object.Full, []*tasks.Schema{version(2, wide), version(1, id)}, []int{2}},
		{"numbers do not narrow", object.Full, []*tasks.Schema{version(2, id), version(1, wide)}, []int{1, 1}},
		{"a field that must be there", object.Backward, []*tasks.Schema{version(2, id, must), version(1, id)}, []int{1, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var records []tasks.Record
			for i, schema := range c.schemas {
				r, s := record(int64(i), ""), &tasks.Struct{Schema: schema, Slots: make([]tasks.Value, len(schema.Fields))}
				for j, f := range schema.Fields {
					switch f.Schema.Type {
					case tasks.Int32:
						s.Slots[j] = tasks.NewInt32(int32(i))
					case tasks.Int64:
						s.Slots[j] = tasks.NewInt64(int64(i))
					default:
						s.Slots[j] = tasks.NewString("x")
					}
				}
				r.ValueSchema, r.Value = schema, tasks.NewStructValue(s)
				records = append(records, r)
			}
			m, s := newMemory(), settings(100)
			s.Format, s.Compatibility = object.JSON{}, c.compatibility
			if out := (lease{to: int64(len(records)), tail: true, records: records}).run(t, m, s); out.err != nil {
				t.Fatal(out.err)
			}
			var got []int
			for _, n := range m.names() {
				got = append(got, strings.Count(m.content(n), "\n"))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("files of %v records, want %v", got, c.want)
			}
		})
	}
}
