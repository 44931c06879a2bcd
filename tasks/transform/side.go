package transform

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// side is the part of a record that a transform works on.
type side bool

const (
	keySide   side = false
	valueSide side = true
)

// suffix is the end of the class name.
func (s side) suffix() string {
	if s == valueSide {
		return "$Value"
	}
	return "$Key"
}

func (s side) get(r *tasks.Record) (*tasks.Schema, tasks.Value) {
	if s == valueSide {
		return r.ValueSchema, r.Value
	}
	return r.KeySchema, r.Key
}

func (s side) set(r *tasks.Record, schema *tasks.Schema, v tasks.Value) {
	if s == valueSide {
		r.ValueSchema, r.Value = schema, v
	} else {
		r.KeySchema, r.Key = schema, v
	}
}

func requireMap(v tasks.Value, purpose string) (*tasks.Map, error) {
	if m := v.Map(); m != nil {
		return m, nil
	}
	return nil, tasks.DataException("Only Map objects supported in absence of schema for [%s], found: %s", purpose, convert.JavaClass(v))
}

func requireStruct(v tasks.Value, purpose string) (*tasks.Struct, error) {
	if s := v.Struct(); s != nil {
		return s, nil
	}
	return nil, tasks.DataException("Only Struct objects supported for [%s], found: %s", purpose, convert.JavaClass(v))
}

// copyMap returns a copy of m with room for more entries.
func copyMap(a *tasks.Arena, m *tasks.Map, more int) *tasks.Map {
	c := a.Map(len(m.Entries) + more)
	c.Entries = append(c.Entries, m.Entries...)
	return c
}

// slot reads a field, with its default for null when the transform is told so.
func slot(s *tasks.Struct, i int, defaults bool) tasks.Value {
	if defaults {
		return s.GetSlot(i)
	}
	return s.Slots[i]
}

// put writes a field as Struct.put does, which refuses null in a required field.
func put(s *tasks.Struct, i int, v tasks.Value) error {
	f := &s.Schema.Fields[i]
	if v.IsNull() && !f.Schema.Optional {
		return tasks.DataException("Invalid value: null used for required field: \"%s\", schema type: %s", f.Name, f.Schema.Type)
	}
	s.Slots[i] = v
	return nil
}

var kinds = map[tasks.Type]tasks.Kind{tasks.Int8: tasks.KindInt8, tasks.Int16: tasks.KindInt16, tasks.Int32: tasks.KindInt32,
	tasks.Int64: tasks.KindInt64, tasks.Float32: tasks.KindFloat32, tasks.Float64: tasks.KindFloat64, tasks.Boolean: tasks.KindBoolean,
	tasks.String: tasks.KindString, tasks.Bytes: tasks.KindBytes, tasks.Array: tasks.KindList, tasks.MapType: tasks.KindMap,
	tasks.StructType: tasks.KindStruct}

// fits checks a value that comes from another field, as Struct.put does.
func fits(f *tasks.Field, v tasks.Value) error {
	want := kinds[f.Schema.Type]
	switch f.Schema.Name {
	case tasks.DecimalName:
		want = tasks.KindDecimal
	case tasks.DateName, tasks.TimeName, tasks.TimestampName:
		want = tasks.KindTime
	}
	switch {
	case v.IsNull():
		return nil
	case v.Kind() != want:
		name := ""
		if f.Schema.Name != "" {
			name = ` "` + f.Schema.Name + `"`
		}
		return tasks.DataException("Invalid Java object for schema%s with type %s: class %s for field: \"%s\"", name, f.Schema.Type,
			convert.JavaClass(v), f.Name)
	case want == tasks.KindStruct && !v.Struct().Schema.Equal(f.Schema):
		return tasks.DataException("Struct schemas do not match.")
	}
	return nil
}

// build makes a required struct schema with the name, version, doc and parameters of base, which may be nil.
func build(base *tasks.Schema, fields []tasks.Field) (*tasks.Schema, error) {
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if f.Name == "" {
			return nil, tasks.NewException(schemaBuilder, "fieldName cannot be null.")
		}
		if seen[f.Name] {
			return nil, tasks.NewException(schemaBuilder, "Cannot create field because of field name duplication %s", f.Name)
		}
		seen[f.Name] = true
	}
	s := &tasks.Schema{Type: tasks.StructType, Fields: fields}
	if base != nil {
		s.Name, s.Version, s.Doc, s.Parameters = base.Name, base.Version, base.Doc, base.Parameters
	}
	return s.Seal(), nil
}

// cacheSize bounds the schemas that a transform remembers, as converters may bring a new one with each record.
const cacheSize = 16

// schemas remembers what a transform made of an input schema.
type schemas[T any] struct {
	last  *tasks.Schema
	value T
	all   map[*tasks.Schema]T
}

func (c *schemas[T]) get(in *tasks.Schema, derive func() (T, error)) (T, error) {
	if c.last == in && in != nil {
		return c.value, nil
	}
	out, ok := c.all[in]
	if !ok {
		var err error
		if out, err = derive(); err != nil {
			return out, err
		}
		if c.all == nil || len(c.all) >= cacheSize {
			c.all = map[*tasks.Schema]T{}
		}
		c.all[in] = out
	}
	c.last, c.value = in, out
	return out, nil
}

// unique drops repeated names, as Kafka does where repetition has no meaning.
func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
