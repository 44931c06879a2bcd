package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

const casting = "cast types"

var castDef = tasks.ConfigDef{
	{Name: "spec", Type: tasks.TypeList, Importance: tasks.High, Validator: checkCasts,
		Doc: "Pairs field:type, or one type for the whole: int8, int16, int32, int64, float32, float64, boolean, string."},
	defaultKey,
}

// castTypes are the types that a cast can make; bytes can only be cast from.
const castTypes = "INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING"

// casts is a parsed spec: whole, or by field in the order of the HashMap in which Java keeps it.
type casts struct {
	whole  tasks.Type
	fields []string
	types  map[string]tasks.Type
}

// parseCasts reads the items of a spec. The exception has Java's class and text.
func parseCasts(spec []string) (casts, *tasks.Exception) {
	c := casts{types: map[string]tasks.Type{}}
	for _, item := range spec {
		parts := splitColons(item)
		switch {
		case len(parts) > 2:
			return c, tasks.ConfigException("%s", tasks.InvalidValue("renames", "["+strings.Join(spec, ", ")+"]", "Invalid rename mapping: "+item).Message)
		case len(parts) == 0:
			return c, tasks.NewException("java.lang.ArrayIndexOutOfBoundsException", "Index 1 out of bounds for length 0")
		}
		t, err := castType(trim(parts[len(parts)-1]))
		if err != nil {
			return c, err
		}
		if len(parts) == 1 {
			c.whole = t
			continue
		}
		name := trim(parts[0])
		c.fields = append(c.fields, name)
		c.types[name] = t
	}
	c.fields = inTable(c.fields, javahash.DefaultTable)
	if c.whole != 0 && len(spec) > 1 {
		return c, tasks.ConfigException("Cast transformations that specify a type to cast the entire value to " +
			"may only specify a single cast in their spec")
	}
	return c, nil
}

func castType(name string) (tasks.Type, *tasks.Exception) {
	upper := strings.ToUpper(name)
	for t := tasks.Int8; t <= tasks.StructType; t++ {
		if t.String() != upper {
			continue
		}
		if t > tasks.String {
			return 0, tasks.ConfigException("Cast transformation does not support casting to %s; supported types are [%s]", t, castTypes)
		}
		return t, nil
	}
	return 0, tasks.ConfigException("Invalid value java.lang.IllegalArgumentException: No enum constant "+
		"org.apache.kafka.connect.data.Schema.Type.%s for configuration Invalid type found in casting spec: %s", upper, name)
}

func checkCasts(_ string, v any) string {
	spec, _ := v.([]string)
	if len(spec) == 0 {
		return "Must specify at least one field to cast."
	}
	if _, err := parseCasts(spec); err != nil {
		return err.Error()
	}
	return ""
}

// cast gives fields, or the whole key or value, another type.
type cast struct {
	side
	casts
	defaults bool
	made     schemas[castPlan]
}

// castPlan is a schema and, for each of its fields, the type to cast to, 0 for none.
type castPlan struct {
	schema *tasks.Schema
	to     []tasks.Type
}

func (s side) newCast(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	parsed, err := parseCasts(c.List("spec"))
	if err != nil {
		return nil, err
	}
	return &cast{side: s, casts: parsed, defaults: c.Bool(defaultKey.Name)}, nil
}

func (t *cast) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		return true, t.applyLess(a, r, v)
	}
	plan, err := t.made.get(schema, func() (castPlan, error) { return t.plan(schema) })
	if err != nil {
		return false, err
	}
	if t.whole != 0 {
		if v, err = castValue(a, schema, v, t.whole); err != nil {
			return false, err
		}
		t.set(r, plan.schema, v)
		return true, nil
	}
	in, err := requireStruct(v, casting)
	if err != nil {
		return false, err
	}
	out := a.Struct(plan.schema)
	for i, to := range plan.to {
		x := slot(in, i, t.defaults)
		if to != 0 {
			if x, err = castValue(a, schema.Fields[i].Schema, x, to); err != nil {
				return false, err
			}
		}
		if err := put(out, i, x); err != nil {
			return false, err
		}
	}
	t.set(r, plan.schema, tasks.NewStructValue(out))
	return true, nil
}

func (t *cast) applyLess(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	if t.whole != 0 {
		v, err := castValue(a, nil, v, t.whole)
		t.set(r, nil, v)
		return err
	}
	in, err := requireMap(v, casting)
	if err != nil {
		return err
	}
	out := convert.CopyMap(a, in, len(t.fields))
	for _, name := range t.fields {
		x, _ := in.Get(name)
		if x, err = castValue(a, nil, x, t.types[name]); err != nil {
			return err
		}
		out.Put(name, x)
	}
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}

func (t *cast) plan(in *tasks.Schema) (castPlan, error) {
	if t.whole != 0 {
		out := basics(in, t.whole)
		out.Optional = in.Optional
		return castPlan{schema: out}, castDefault(out, in)
	}
	if in.Type != tasks.StructType {
		return castPlan{}, errNoFields()
	}
	plan := castPlan{to: make([]tasks.Type, len(in.Fields))}
	var fields fieldList
	for i, f := range in.Fields {
		to, ok := t.types[f.Name]
		if ok {
			plan.to[i] = to
			s := &tasks.Schema{Type: to, Optional: f.Schema.Optional}
			if err := castDefault(s, f.Schema); err != nil {
				return plan, err
			}
			f.Schema = s
		}
		if err := fields.add(f.Name, f.Schema); err != nil {
			return plan, err
		}
	}
	plan.schema = fields.schema(in)
	plan.schema.Optional = in.Optional
	return plan, castDefault(plan.schema, in)
}

// castDefault gives out the default of in, cast to the type of out.
func castDefault(out, in *tasks.Schema) error {
	if in.Default.IsNull() {
		return nil
	}
	v, err := castValue(nil, in, in.Default, out.Type)
	if err != nil {
		return err
	}
	return setDefault(out, v)
}

// castValue casts a value of the schema, which is nil for schemaless data.
func castValue(a *tasks.Arena, s *tasks.Schema, v tasks.Value, to tasks.Type) (tasks.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	from := typeOf(v)
	if s != nil {
		from = s.Type
	}
	switch {
	case from == 0:
		return v, tasks.DataException("Cast transformation was passed a value of type class %s which is not supported by Connect's data API", convert.JavaClass(v))
	case from > tasks.Bytes:
		return v, tasks.DataException("Cast transformation does not support casting from %s; supported types are [%s, BYTES]", from, castTypes)
	case to == tasks.String:
		return castText(a, v), nil
	case to > tasks.Bytes:
		return v, tasks.DataException("%s is not supported in the Cast transformation.", to)
	}
	if v.Kind() == tasks.KindTime && s != nil {
		var err error
		if v, err = convert.PlainTime(s, v); err != nil {
			return v, err
		}
	}
	out, ok := castNumber(v, to)
	switch {
	case ok:
		return out, nil
	case v.Kind() == tasks.KindString:
		return v, tasks.DataException("Value (%s) was out of range for requested data type", v.Str()).WithCause(
			tasks.NewException("java.lang.NumberFormatException", "For input string: %q", v.Str()))
	}
	return v, tasks.DataException("Unexpected type in Cast transformation: class %s", convert.JavaClass(v))
}

// castText is the value's text; dates in the form of Connect's Values, bytes in Base64.
func castText(a *tasks.Arena, v tasks.Value) tasks.Value {
	switch v.Kind() {
	case tasks.KindString:
		return v
	case tasks.KindTime, tasks.KindBytes:
		return tasks.NewStringBytes(convert.AppendText(a.Bytes(32)[:0], v, false))
	}
	return tasks.NewStringBytes(convert.AppendJava(a.Bytes(32)[:0], v))
}

// castNumber is the value as a number or boolean; false when it has none.
func castNumber(v tasks.Value, to tasks.Type) (tasks.Value, bool) {
	var n int64
	var f float64
	switch v.Kind() {
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64:
		n = v.Int()
		f = float64(n)
		if to == tasks.Float32 {
			return tasks.NewFloat32(float32(n)), true
		}
	case tasks.KindFloat32, tasks.KindFloat64:
		f = v.Float()
		if n = javaInt64(f); to != tasks.Int64 && to != tasks.Boolean {
			n = javaInt32(f)
		}
	case tasks.KindBoolean:
		if v.Bool() {
			n, f = 1, 1
		}
	case tasks.KindDecimal:
		n, f = low64(v.Decimal()), float(v.Decimal(), 64)
		if to == tasks.Float32 {
			f = float(v.Decimal(), 32)
		}
	case tasks.KindString:
		return castString(v.Str(), to)
	default:
		return v, false
	}
	if to == tasks.Boolean {
		return tasks.NewBoolean(n != 0), true
	}
	return number(kinds[to], n, f), true
}

// castString reads a number as Java's parsers do.
func castString(s string, to tasks.Type) (tasks.Value, bool) {
	switch to {
	case tasks.Boolean:
		return tasks.NewBoolean(strings.EqualFold(s, "true")), true
	case tasks.Float32, tasks.Float64:
		bits := 64
		if to == tasks.Float32 {
			bits = 32
		}
		f, ok := parseFloat(s, bits)
		return number(kinds[to], 0, f), ok
	}
	bits := [...]int{tasks.Int8: 8, tasks.Int16: 16, tasks.Int32: 32, tasks.Int64: 64}
	n, ok := parseInt(s, bits[to])
	return number(kinds[to], n, 0), ok
}

func errNoFields() error { return tasks.DataException("Cannot list fields on non-struct type") }

// typeOf is the type of the schema that the Java object has by itself, 0 for none.
func typeOf(v tasks.Value) tasks.Type {
	return tasks.Type(max(0, slices.Index(kinds[:], v.Kind())))
}
