package aiven

import (
	"io"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestEncodingAllocatesNothing(t *testing.T) {
	r := sample()
	r.Headers = nil
	for name, f := range map[string]object.Format{
		"csv":   CSV{Fields: []Field{Key, Value, Offset, Timestamp}},
		"jsonl": JSON{Fields: []Field{Key, Value, Offset, Timestamp}, Envelope: true, Lines: true},
		"avro":  Avro{Fields: []Field{Key, Value, Offset, Timestamp}, Envelope: true, Codec: "null"},
	} {
		e := f.New(object.Values)
		if err := e.Begin("name", r); err != nil {
			t.Fatal(err)
		}
		add := func() {
			if err := e.Add(r); err != nil {
				t.Fatal(err)
			}
			if err := e.Spill(io.Discard, false); err != nil {
				t.Fatal(err)
			}
		}
		for range 10_000 { // until the buffers are large enough
			add()
		}
		if n := testing.AllocsPerRun(1000, add); n != 0 {
			t.Errorf("%s: %v allocations for a record", name, n)
		}
	}
}

func BenchmarkJSONLines(b *testing.B) {
	e := JSON{Fields: []Field{Key, Value, Offset, Timestamp}, Envelope: true, Lines: true}.New(object.Values)
	schema := tasks.NewStruct("row", tasks.Field{Name: "id", Schema: tasks.Int64Schema}, tasks.Field{Name: "name", Schema: tasks.StringSchema})
	r := sample()
	r.ValueSchema, r.Value = schema, tasks.NewStructValue(&tasks.Struct{Schema: schema, Slots: []tasks.Value{tasks.NewInt64(7), tasks.NewString("seven")}})
	if err := e.Begin("name", r); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Add(r); err != nil {
			b.Fatal(err)
		}
		if err := e.Spill(io.Discard, false); err != nil {
			b.Fatal(err)
		}
	}
}
