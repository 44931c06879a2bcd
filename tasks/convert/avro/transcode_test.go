package avro_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// TestTranscode compares each body that passes with the long way, and asks that the others do not pass.
func TestTranscode(t *testing.T) {
	t.Parallel()
	const head = `{"type":"record","name":"R","fields":[{"name":"f","type":`
	field := func(s string) string { return head + s + `}]}` }
	for _, tt := range []struct {
		name, schema string
		body         []byte
		want         bool
	}{
		{"int", field(`"int"`), []byte{2}, true},
		{"trailing byte", field(`"int"`), []byte{2, 0}, false},
		{"overlong", field(`"int"`), []byte{0x82, 0}, false},
		{"int of 40 bits", field(`"int"`), []byte{0x80, 0x80, 0x80, 0x80, 0x20}, false},
		{"true", field(`"boolean"`), []byte{1}, true},
		{"two", field(`"boolean"`), []byte{2}, false},
		{"text", field(`"string"`), []byte{2, 'x'}, true},
		{"bad text", field(`"string"`), []byte{2, 0xff}, false},
		{"double NaN", field(`"double"`), []byte{1, 0, 0, 0, 0, 0, 0xf0, 0x7f}, true},
		{"float NaN", field(`"float"`), []byte{1, 0, 0x80, 0x7f}, false},
		{"one block", field(`{"type":"array","items":"int"}`), []byte{4, 2, 4, 0}, true},
		{"no block", field(`{"type":"array","items":"int"}`), []byte{0}, true},
		{"two blocks", field(`{"type":"array","items":"int"}`), []byte{2, 2, 2, 4, 0}, false},
		{"sized block", field(`{"type":"array","items":"int"}`), []byte{1, 2, 2, 0}, false},
		{"map", field(`{"type":"map","values":"int"}`), []byte{4, 2, 'a', 2, 2, 'b', 2, 0}, true},
		{"map in another order", field(`{"type":"map","values":"int"}`), []byte{4, 2, 'b', 2, 2, 'a', 2, 0}, false},
		{"map with duplicate", field(`{"type":"map","values":"int"}`), []byte{4, 2, 'a', 2, 2, 'a', 2, 0}, false},
		{"unknown branch", field(`["null","int"],"default":null`), []byte{4}, false},
		{"null", field(`["null","int"],"default":null`), []byte{0}, true},
		{"null with default", field(`[{"type":"int","connect.default":5},"null"],"default":5`), []byte{2}, false},
		{"value with default", field(`[{"type":"int","connect.default":5},"null"],"default":5`), []byte{0, 2}, true},
		{"null last", field(`["int","null"]`), []byte{0, 2}, false},
		{"decimal", field(`{"type":"bytes","logicalType":"decimal","precision":64,"scale":2}`), []byte{2, 5}, false},
		{"time over", field(`{"type":"int","logicalType":"time-millis"}`), []byte{0x82, 0xf0, 0xb2, 0x52}, false},
		{"int8 over", field(`{"type":"int","connect.type":"int8"}`), []byte{0x80, 2}, false},
		{"enum as string", field(`{"type":"enum","name":"E","symbols":["A"]}`), []byte{0}, false},
		{"record in union", field(`["null",{"type":"record","name":"A","fields":[]},"int"],"default":null`), []byte{2}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			accept := func(writer string, s *tasks.Schema) bool {
				asked++
				return avro.SameBody(writer, s, avro.DefaultOptions())
			}
			c := registered(t, tt.schema)
			a := &tasks.Arena{}
			data := framed(1, tt.body)
			for range 2 {
				s, got, ok := c.Transcode(t.Context(), a, tasks.EncodingAvro, accept, "birds", nil, data)
				if ok != tt.want {
					t.Fatalf("passed: %v, want %v", ok, tt.want)
				}
				if ok {
					compareLongWay(t, c, s, got, data)
				}
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

func compareLongWay(t *testing.T, c tasks.Transcoder, s *tasks.Schema, got, data []byte) {
	t.Helper()
	long, v, err := c.ToConnect(t.Context(), &tasks.Arena{}, "birds", nil, data)
	if err != nil {
		t.Fatal(err)
	}
	_, enc, err := avro.Format(long, avro.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	want, err := enc(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Equal(long) || !bytes.Equal(got, want) {
		t.Errorf("got %x, the long way %x", got, want)
	}
}

func TestTranscodeElsewhere(t *testing.T) {
	t.Parallel()
	c := registered(t, `"bytes"`)
	accept := func(string, *tasks.Schema) bool { return true }
	for _, tt := range []struct {
		name string
		enc  tasks.Encoding
		data []byte
	}{
		{"bytes at the root", tasks.EncodingAvro, framed(1, []byte("x"))},
		{"as JSON", tasks.EncodingJSON, framed(1, []byte("x"))},
		{"null", tasks.EncodingAvro, nil},
		{"unknown id", tasks.EncodingAvro, framed(2, []byte("x"))},
		{"no magic", tasks.EncodingAvro, []byte("x")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, ok := c.Transcode(t.Context(), nil, tt.enc, accept, "birds", nil, tt.data); ok {
				t.Error("passed")
			}
		})
	}
}

// TestFrame asks that a converter reads what it wrote, appends, and does not take null for bytes.
func TestFrame(t *testing.T) {
	t.Parallel()
	c := registered(t, strikeText)
	d := decoder(t, strikeText)
	for _, v := range strikes(t, d.Schema, 20) {
		got, err := c.FromConnect(t.Context(), []byte("before"), "birds", d.Schema, v)
		if err != nil || !bytes.HasPrefix(got, []byte("before\x00\x00\x00\x00")) {
			t.Fatalf("got %q, %v", got, err)
		}
		_, back, err := c.ToConnect(t.Context(), &tasks.Arena{}, "birds", nil, got[len("before"):])
		if err != nil || !slices.EqualFunc(back.Struct().Slots, v.Struct().Slots, tasks.Value.Equal) {
			t.Fatalf("read another value, %v", err)
		}
	}
	if got, err := c.FromConnect(t.Context(), nil, "birds", nil, tasks.Null); got != nil || err != nil {
		t.Errorf("null became %q, %v", got, err)
	}
}
