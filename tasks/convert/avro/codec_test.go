package avro_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// native returns a value as goavro holds it under the Avro schema that its Connect schema became.
func native(s *tasks.Schema, v tasks.Value) any {
	if v.IsNull() {
		return nil
	}
	var out any
	name := ""
	switch v.Kind() {
	case tasks.KindInt64:
		out, name = v.Int(), "long"
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32:
		out, name = int32(v.Int()), "int"
	case tasks.KindFloat32:
		out, name = float32(v.Float()), "float"
	case tasks.KindFloat64:
		out, name = v.Float(), "double"
	case tasks.KindBoolean:
		out, name = v.Bool(), "boolean"
	case tasks.KindString:
		out, name = v.Str(), "string"
	case tasks.KindBytes:
		out, name = v.Bytes(), "bytes"
	case tasks.KindList:
		list := []any{}
		for _, item := range v.List() {
			list = append(list, native(s.Elem, item))
		}
		out, name = list, "array"
	case tasks.KindMap:
		m := map[string]any{}
		for _, e := range v.Map().Entries {
			m[e.Key.Str()] = native(s.Elem, e.Value)
		}
		out, name = m, "map"
	case tasks.KindStruct:
		m := map[string]any{}
		for i, f := range s.Fields {
			m[f.Name] = native(f.Schema, v.Struct().Slots[i])
		}
		out, name = m, s.Name
	}
	if s.Optional {
		return map[string]any{name: out}
	}
	return out
}

// TestGoavro reads what the encoder wrote with an independent implementation, and its writing with the decoder.
func TestGoavro(t *testing.T) {
	t.Parallel()
	all := tasks.NewStruct("com.x.All",
		tasks.Field{Name: "i8", Schema: tasks.Int8Schema}, tasks.Field{Name: "i16", Schema: tasks.OptionalInt16Schema},
		tasks.Field{Name: "i32", Schema: tasks.Int32Schema}, tasks.Field{Name: "i64", Schema: tasks.Int64Schema},
		tasks.Field{Name: "f", Schema: tasks.Float32Schema}, tasks.Field{Name: "d", Schema: tasks.OptionalFloat64Schema},
		tasks.Field{Name: "b", Schema: tasks.BooleanSchema}, tasks.Field{Name: "s", Schema: tasks.StringSchema},
		tasks.Field{Name: "y", Schema: tasks.BytesSchema}, tasks.Field{Name: "l", Schema: tasks.NewArray(tasks.OptionalStringSchema)},
		tasks.Field{Name: "m", Schema: tasks.NewMap(tasks.StringSchema, tasks.Int64Schema)})
	value := func(i int64) tasks.Value {
		st := (*tasks.Arena)(nil).Struct(all)
		m := &tasks.Map{}
		m.Put("k", tasks.NewInt64(i))
		m.Put("ü", tasks.NewInt64(-i))
		copy(st.Slots, []tasks.Value{tasks.NewInt8(int8(i)), tasks.Null, tasks.NewInt32(int32(i)), tasks.NewInt64(i),
			tasks.NewFloat32(1.5), tasks.NewFloat64(math.Inf(1)), tasks.NewBoolean(true), tasks.NewString("grüß 😀"),
			tasks.NewBytes([]byte{0, 255}), tasks.NewList([]tasks.Value{tasks.Null, tasks.NewString("")}), tasks.NewMapValue(m)})
		return tasks.NewStructValue(st)
	}
	values := []tasks.Value{value(0), value(-1), value(64), value(math.MaxInt64), value(math.MinInt64)}
	checkGoavro(t, all, values)
	d := decoder(t, strikeText)
	checkGoavro(t, d.Schema, strikes(t, d.Schema, 200))
}

func checkGoavro(t *testing.T, s *tasks.Schema, values []tasks.Value) {
	t.Helper()
	e := encoder(t, s)
	codec, err := goavro.NewCodec(e.Avro.String())
	if err != nil {
		t.Fatal(err)
	}
	d := decoder(t, e.Avro.String())
	if !d.Schema.Equal(s) {
		t.Fatalf("the schema came back as another: %s", e.Avro)
	}
	a := &tasks.Arena{}
	for _, v := range values {
		b := encode(t, e, v)
		got, rest, err := codec.NativeFromBinary(b)
		if err != nil || len(rest) > 0 {
			t.Fatalf("goavro: %v, %d bytes left", err, len(rest))
		}
		if diff := cmp.Diff(native(s, v), got); diff != "" {
			t.Errorf("goavro reads another value (-want +got):\n%s", diff)
		}
		written, err := codec.BinaryFromNative(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		back, rest, err := d.Decode(a, written)
		if err != nil || len(rest) > 0 || !back.Equal(v) {
			t.Errorf("decoded another value: %v, %d bytes left", err, len(rest))
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schema, data, class string
	}{
		{"empty int", `"int"`, "", "java.io.EOFException"},
		{"endless int", `"int"`, "\xff\xff\xff\xff\xff\x01", "java.io.IOException"},
		{"endless long", `"long"`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "java.io.IOException"},
		{"short string", `"string"`, "\x04x", "java.io.EOFException"},
		{"negative length", `"string"`, "\x03x", "org.apache.avro.AvroRuntimeException"},
		{"unknown symbol", `{"type":"enum","name":"E","symbols":["A"]}`, "\x02", "org.apache.avro.AvroRuntimeException"},
		{"unknown branch", `["null","int"]`, "\x08", "org.apache.avro.AvroRuntimeException"},
		{"many nothings", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, "\xfe\xff\xff\xff\x0f\x00", "org.apache.avro.AvroRuntimeException"},
		{"empty decimal", `{"type":"bytes","logicalType":"decimal","precision":4}`, "\x00", "java.lang.NumberFormatException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decoder(t, tt.schema).Decode(&tasks.Arena{}, []byte(tt.data))
			e, ok := errors.AsType[*tasks.Exception](err)
			if !ok || e.Class != tt.class {
				t.Errorf("got %v, want a %s", err, tt.class)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text string }{
		{"no JSON", `{`},
		{"trailing text", `"int" 1`},
		{"unknown type", `"nope"`},
		{"number", `5`},
		{"no items", `{"type":"array"}`},
		{"union in union", `[["int"]]`},
		{"twice in union", `["int","int"]`},
		{"bad name", `{"type":"fixed","name":"a-b","size":1}`},
		{"no size", `{"type":"fixed","name":"a"}`},
		{"negative size", `{"type":"fixed","name":"a","size":-1}`},
		{"symbol twice", `{"type":"enum","name":"a","symbols":["X","X"]}`},
		{"no fields", `{"type":"record","name":"a"}`},
		{"field twice", `{"type":"record","name":"a","fields":[{"name":"f","type":"int"},{"name":"f","type":"int"}]}`},
		{"name twice", `[{"type":"fixed","name":"a","size":1},{"type":"array","items":{"type":"fixed","name":"a","size":2}}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if s, err := avro.Parse(tt.text); err == nil {
				t.Errorf("parsed as %s", s)
			}
		})
	}
}

// TestRecursive reads and writes a schema that contains itself.
func TestRecursive(t *testing.T) {
	t.Parallel()
	const text = `{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"],"default":null}]}`
	d := decoder(t, text)
	data := []byte{2, 2, 4, 2, 6, 0}
	v, rest, err := d.Decode(&tasks.Arena{}, data)
	if err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d bytes left", err, len(rest))
	}
	if got := encode(t, encoder(t, d.Schema), v); string(got) != string(data) {
		t.Errorf("got %x, want %x", got, data)
	}
}
