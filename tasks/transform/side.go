package transform

import (
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

// name is what a message calls it.
func (s side) name() string {
	if s == valueSide {
		return "value"
	}
	return "key"
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

// inTable returns the names, each once, in the order in which a HashMap hands them out that began with that table.
func inTable(names []string, table int) []string {
	m := &tasks.Map{Table: int32(table)}
	for _, name := range names {
		m.Put(name, tasks.Null)
	}
	var out []string
	for _, e := range convert.Ordered(m) {
		out = append(out, e.Key.Str())
	}
	return out
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

// kinds are those that values of the types have, without a logical type.
var kinds = [...]tasks.Kind{tasks.Int8: tasks.KindInt8, tasks.Int16: tasks.KindInt16, tasks.Int32: tasks.KindInt32,
	tasks.Int64: tasks.KindInt64, tasks.Float32: tasks.KindFloat32, tasks.Float64: tasks.KindFloat64, tasks.Boolean: tasks.KindBoolean,
	tasks.String: tasks.KindString, tasks.Bytes: tasks.KindBytes, tasks.Array: tasks.KindList, tasks.MapType: tasks.KindMap,
	tasks.StructType: tasks.KindStruct}

// fits checks a value that comes from another field, as Struct.put does.
func fits(f *tasks.Field, v tasks.Value) error {
	return fitsSchema(f.Schema, v, ` for field: "`+f.Name+`"`)
}

// fitsSchema checks that a value is of the schema; place ends the message.
func fitsSchema(s *tasks.Schema, v tasks.Value, place string) error {
	want := kinds[s.Type]
	switch s.Name {
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
		if s.Name != "" || s.EmptyName {
			name = ` "` + s.Name + `"`
		}
		return tasks.DataException("Invalid Java object for schema%s with type %s: class %s%s", name, s.Type, convert.JavaClass(v), place)
	case want == tasks.KindStruct && !v.Struct().Schema.Equal(s):
		return tasks.DataException("Struct schemas do not match.")
	}
	return nil
}

// basics returns a required schema of the type with the name, version, doc and parameters of in.
func basics(in *tasks.Schema, t tasks.Type) *tasks.Schema {
	return &tasks.Schema{Type: t, Name: in.Name, EmptyName: in.EmptyName, Version: in.Version, Doc: in.Doc, Parameters: in.Parameters}
}

// setDefault gives a schema a default, unless it is null, and refuses what does not fit, as SchemaBuilder does.
func setDefault(s *tasks.Schema, v tasks.Value) error {
	if v.IsNull() {
		return nil
	}
	if err := fitsSchema(s, v, ""); err != nil {
		return tasks.NewException(schemaBuilder, "Invalid default value").WithCause(err)
	}
	s.Default, s.HasDefault = v, true
	return nil
}

// fieldList collects the fields of a struct schema.
type fieldList struct {
	fields []tasks.Field
	seen   map[string]bool
}

// add refuses what SchemaBuilder refuses: a name that is empty or there already.
func (l *fieldList) add(name string, s *tasks.Schema) error {
	switch {
	case name == "":
		return tasks.NewException(schemaBuilder, "fieldName cannot be null.")
	case l.seen[name]:
		return tasks.NewException(schemaBuilder, "Cannot create field because of field name duplication %s", name)
	case l.seen == nil:
		l.seen = map[string]bool{}
	}
	l.seen[name] = true
	l.fields = append(l.fields, tasks.Field{Name: name, Schema: s})
	return nil
}

// schema returns a required struct schema with the name, version, doc and parameters of base, which may be nil.
func (l *fieldList) schema(base *tasks.Schema) *tasks.Schema {
	s := &tasks.Schema{Type: tasks.StructType}
	if base != nil {
		s = basics(base, tasks.StructType)
	}
	s.Fields = l.fields
	return s.Seal()
}

// build makes a struct schema of fields on top of base.
func build(base *tasks.Schema, fields []tasks.Field) (*tasks.Schema, error) {
	var l fieldList
	for _, f := range fields {
		if err := l.add(f.Name, f.Schema); err != nil {
			return nil, err
		}
	}
	return l.schema(base), nil
}

// schemaText is Java's ConnectSchema.toString.
func schemaText(s *tasks.Schema) string {
	switch {
	case s == nil:
		return "null"
	case s.Name != "" || s.EmptyName:
		return "Schema{" + s.Name + ":" + s.Type.String() + "}"
	}
	return "Schema{" + s.Type.String() + "}"
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
