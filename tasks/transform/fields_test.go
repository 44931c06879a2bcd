package transform_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

func single(class string, own ...string) map[string]string {
	props := map[string]string{"transforms": "a", "transforms.a.type": pkg + class}
	for i := 0; i < len(own); i += 2 {
		props["transforms.a."+own[i]] = own[i+1]
	}
	return props
}

// order is a struct of an id, an optional note with a default, and a nested struct.
func order() (*tasks.Schema, tasks.Value) {
	note := &tasks.Schema{Type: tasks.String, Optional: true, HasDefault: true, Default: tasks.NewString("-")}
	inner := tasks.NewStruct("", tasks.Field{Name: "b.c", Schema: tasks.Int64Schema})
	schema := tasks.NewStruct("Order", tasks.Field{Name: "id", Schema: tasks.Int32Schema},
		tasks.Field{Name: "note", Schema: note}, tasks.Field{Name: "in", Schema: inner})
	in := &tasks.Struct{Schema: inner, Slots: []tasks.Value{tasks.NewInt64(7)}}
	return schema, tasks.NewStructValue(&tasks.Struct{Schema: schema, Slots: []tasks.Value{tasks.NewInt32(1), tasks.Null, tasks.NewStructValue(in)}})
}

func less() tasks.Value {
	m := &tasks.Map{}
	m.Put("id", tasks.NewInt64(1))
	m.Put("note", tasks.Null)
	return tasks.NewMapValue(m)
}

func TestFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		props        map[string]string
		schema, less string // the value afterwards, with and without schema, or the error
	}{
		{"insert", single("InsertField$Value", "topic.field", "t", "offset.field", "o!"),
			"Struct{id=1,note=-,in=Struct{b.c=7},t=orders,o=5}", "{note=null, id=1, t=orders, o=5}"},
		{"insert without time", single("InsertField$Value", "timestamp.field", "ts"),
			"Struct{id=1,note=-,in=Struct{b.c=7}}", "{note=null, id=1}"},
		{"insert twice", single("InsertField$Value", "topic.field", "id"),
			"Cannot create field because of field name duplication id", "{note=null, id=orders}"},
		{"replace", single("ReplaceField$Value", "exclude", "in", "renames", "note:text"), "Struct{id=1,text=-}", "{text=null, id=1}"},
		{"replace without defaults", single("ReplaceField$Value", "include", "note,id", "replace.null.with.default", "false"),
			"Struct{id=1}", "{note=null, id=1}"},
		{"replace by a missing field", single("ReplaceField$Value", "renames", "x:id"),
			`Cannot invoke "org.apache.kafka.connect.data.Field.name()" because "field" is null`, "{note=null, id=1}"},
		{"replace by an excluded field", single("ReplaceField$Value", "exclude", "id", "renames", "id:note"),
			`Invalid Java object for schema with type STRING: class java.lang.Integer for field: "note"`, "{note=null}"},
		{"mask", single("MaskField$Value", "fields", "id,note"), "Struct{id=0,note=,in=Struct{b.c=7}}", "{note=null, id=0}"},
		{"mask by 4e9", single("MaskField$Value", "fields", "id", "replacement", "4.0000000001e9"),
			"Struct{id=-294967296,note=-,in=Struct{b.c=7}}", "{note=null, id=4000000000}"},
		{"mask by 1e999999999", single("MaskField$Value", "fields", "id", "replacement", "1e999999999"),
			"Struct{id=0,note=-,in=Struct{b.c=7}}", "{note=null, id=0}"},
		{"mask by no number", single("MaskField$Value", "fields", "id", "replacement", "1e"),
			"Unable to convert 1e (class java.lang.String) to a number", "Unable to convert 1e (class java.lang.String) to a number"},
		{"extract", single("ExtractField$Value", "field", "note"), "-", "null"},
		{"extract nested", single("ExtractField$Value", "field", "in.`b.c`", "field.syntax.version", "V2"), "7", "null"},
		{"extract through a number", single("ExtractField$Value", "field", "id.x", "field.syntax.version", "V2"),
			"Cannot look up fields on non-struct type",
			"Only Map objects supported in absence of schema for [nested field access], found: java.lang.Long"},
		{"hoist", single("HoistField$Value", "field", "f"),
			"Struct{f=Struct{id=1,in=Struct{b.c=7}}}", "{f={note=null, id=1}}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			chain, err := transform.New(c.props, tasks.SinkKind)
			if err != nil {
				t.Fatal(err)
			}
			schema, v := order()
			for range 2 { // the second time from remembered schemas
				if got := applied(t, chain, schema, v); got != c.schema {
					t.Errorf("with a schema: %s, want %s", got, c.schema)
				}
			}
			if got := applied(t, chain, nil, less()); got != c.less {
				t.Errorf("without: %s, want %s", got, c.less)
			}
		})
	}
}

// applied runs the chain and checks that it left its input alone.
func applied(t *testing.T, chain *transform.Chain, schema *tasks.Schema, v tasks.Value) string {
	t.Helper()
	before := v.Clone()
	r := tasks.Record{Topic: "orders", Offset: 5, Timestamp: tasks.NoTimestamp, ValueSchema: schema, Value: v}
	_, _, _, err := chain.Apply(new(tasks.Arena), &r)
	if !v.Equal(before) {
		t.Error("the input was changed")
	}
	if err != nil {
		return err.Error()
	}
	return string(convert.AppendJava(nil, r.Value))
}

func TestKeyFromValue(t *testing.T) {
	t.Parallel()
	chain, err := transform.New(single("ValueToKey", "fields", "note,id,note"), tasks.SourceKind)
	if err != nil {
		t.Fatal(err)
	}
	schema, v := order()
	r := tasks.Record{ValueSchema: schema, Value: v}
	if _, _, _, err := chain.Apply(nil, &r); err != nil {
		t.Fatal(err)
	}
	if got := string(convert.AppendJava(nil, r.Key)); got != "Struct{note=-,id=1}" || !r.Value.Equal(v) {
		t.Errorf("key %s", got)
	}
	r = tasks.Record{}
	const want = "Only Map objects supported in absence of schema for [copying fields from value to key], found: null"
	if _, _, _, err := chain.Apply(nil, &r); err == nil || err.Error() != want {
		t.Errorf("a tombstone gives %v", err)
	}
}

func TestFieldConfigs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		props map[string]string
		want  string // "" for none
	}{
		{single("InsertField$Key"), "No field insertion configured"},
		{single("ReplaceField$Key", "renames", "a:b:"), ""},
		{single("ReplaceField$Key", "renames", "a:"), "Invalid value [a:] for configuration renames: Invalid rename mapping: a:"},
		{single("ValueToKey", "fields", "a,a"), ""},
		{single("ValueToKey", "fields", "a,"), "Configuration 'fields' values must not be empty."},
		{single("ExtractField$Key", "field", "ä.`b", "field.syntax.version", "v2"),
			"Incomplete backtick pair in path: [ä.`b], consider adding a backslash before backtick at position 2 to escape it"},
		{single("ExtractField$Key", "field", "`a\\`.b`.c", "field.syntax.version", "V2"), ""},
	} {
		got := ""
		if _, err := transform.New(c.props, tasks.SinkKind); err != nil {
			got = tasks.AsException(err).Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.props, got, c.want)
		}
	}
}

// TestMaskKinds masks a value of each kind, in a schemaless key.
func TestMaskKinds(t *testing.T) {
	t.Parallel()
	cannot := func(class string) [2]string {
		return [2]string{"Cannot mask value of type: class " + class, "Cannot mask value of type class " + class + " with custom replacement."}
	}
	bare := func(masked, class string) [2]string { return [2]string{masked, cannot(class)[1]} }
	for _, c := range []struct {
		v    tasks.Value
		want [2]string // without and with the replacement 300.5
	}{
		{tasks.NewInt8(1), [2]string{"0", "44"}},
		{tasks.NewInt16(1), [2]string{"0", "300"}},
		{tasks.NewInt32(1), [2]string{"0", "300"}},
		{tasks.NewInt64(1), [2]string{"0", "300"}},
		{tasks.NewFloat32(1), [2]string{"0.0", "300.5"}},
		{tasks.NewFloat64(1), [2]string{"0.0", "300.5"}},
		{tasks.NewString("x"), [2]string{"", "300.5"}},
		{tasks.NewDecimal(&tasks.Decimal{Scale: 2}), [2]string{"0", "300.5"}},
		{tasks.NewBoolean(true), bare("false", "java.lang.Boolean")},
		{tasks.NewTime(1), bare("Thu Jan 01 00:00:00 UTC 1970", "java.util.Date")},
		{tasks.NewList([]tasks.Value{tasks.NewInt8(1)}), bare("[]", "java.util.ArrayList")},
		{less(), bare("{}", "java.util.HashMap")},
		{tasks.NewBytes(nil), cannot("[B")},
	} {
		for i, own := range [][]string{{"fields", "f"}, {"fields", "f", "replacement", "300.5"}} {
			chain, err := transform.New(single("MaskField$Key", own...), tasks.SinkKind)
			if err != nil {
				t.Fatal(err)
			}
			m := &tasks.Map{}
			m.Put("f", c.v)
			r := tasks.Record{Key: tasks.NewMapValue(m)}
			_, _, _, err = chain.Apply(nil, &r)
			v, _ := r.Key.Map().Get("f")
			got := string(convert.AppendJava(nil, v))
			if err != nil {
				got = err.Error()
			}
			if got != c.want[i] {
				t.Errorf("%s: %q, want %q", convert.JavaClass(c.v), got, c.want[i])
			}
		}
	}
}

// TestNoAllocation: once the arena has grown and the schemas are known, a record costs nothing.
func TestNoAllocation(t *testing.T) {
	schema, v := order()
	for _, props := range []map[string]string{single("InsertField$Value", "topic.field", "t", "timestamp.field", "ts"),
		single("ReplaceField$Value", "renames", "id:key"), single("MaskField$Value", "fields", "id", "replacement", "7"),
		single("ExtractField$Value", "field", "id"), single("HoistField$Value", "field", "f"), single("ValueToKey", "fields", "id")} {
		chain, err := transform.New(props, tasks.SinkKind)
		if err != nil {
			t.Fatal(err)
		}
		a, r := new(tasks.Arena), new(tasks.Record)
		if n := testing.AllocsPerRun(100, func() {
			a.Reset()
			*r = tasks.Record{Topic: "orders", ValueSchema: schema, Value: v}
			if _, _, _, err := chain.Apply(a, r); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", props["transforms.a.type"], n)
		}
	}
}
