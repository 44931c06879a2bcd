package transform

import (
	"math"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

const (
	convertingTimes = "converting timestamp formats"
	dayMillis       = 24 * 60 * 60 * 1000
)

var timestampConverterDef = tasks.ConfigDef{
	{Name: "field", Type: tasks.TypeString, Default: emptyText, Importance: tasks.High, Doc: "Field that holds the time; empty for the whole key or value."},
	{Name: "target.type", Type: tasks.TypeString, Check: tasks.OneOf("string", "unix", "Date", "Time", "Timestamp"), Importance: tasks.High,
		Doc: "What the time becomes: string, unix, Date, Time or Timestamp."},
	{Name: "format", Type: tasks.TypeString, Default: emptyText, Importance: tasks.Medium, Doc: "Pattern of java.text.SimpleDateFormat by which texts are read and written."},
	{Name: "unix.precision", Type: tasks.TypeString, Default: tasks.DefaultTo("milliseconds"),
		Check: tasks.OneOf("nanoseconds", "microseconds", "milliseconds", "seconds"), Importance: tasks.Low, Doc: "Unit of unix times."},
	defaultKey,
}

// timeTypes are the representations of a time: the schema, required and optional.
var timeTypes = map[string][2]*tasks.Schema{
	"string":    {tasks.StringSchema, tasks.OptionalStringSchema},
	"unix":      {tasks.Int64Schema, tasks.OptionalInt64Schema},
	"Date":      {tasks.DateSchema, tasks.DateSchema.AsOptional(true)},
	"Time":      {tasks.TimeSchema, tasks.TimeSchema.AsOptional(true)},
	"Timestamp": {tasks.TimestampSchema, optionalTimestamp},
}

// timestampConverter changes how a time is represented, in one field or as the whole.
type timestampConverter struct {
	side
	field    string
	target   string
	pattern  string
	layout   *javatime.Layout // nil without a pattern
	unit     string
	defaults bool
	made     schemas[timePlan]
}

// timePlan is a schema, and how and in which slot the time stands; slot is -1 when the field is missing.
type timePlan struct {
	schema *tasks.Schema
	slot   int
	source string
	err    error // the field's schema is none of a time, which fails only where there is a value
}

func (s side) newTimestampConverter(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &timestampConverter{side: s, field: c.String("field"), target: c.String("target.type"), pattern: c.String("format"),
		unit: c.String("unix.precision"), defaults: c.Bool(defaultKey.Name)}
	if trim(t.pattern) == "" {
		if t.target == "string" {
			return nil, tasks.ConfigException("TimestampConverter requires format option to be specified when using string timestamps")
		}
		return t, nil
	}
	var err error
	if t.layout, err = javatime.Compile(t.pattern); err != nil {
		return nil, tasks.ConfigException("Invalid value java.lang.IllegalArgumentException: %v for configuration TimestampConverter requires "+
			"a SimpleDateFormat-compatible pattern for string timestamps: %s", err, t.pattern)
	}
	return t, nil
}

func (t *timestampConverter) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case schema == nil:
		return true, t.applyLess(a, r, v)
	case t.field == "":
		source, err := timeTypeOf(schema)
		if err == nil {
			v, err = t.convert(a, v, source)
		}
		t.set(r, t.schema(schema.Optional), v)
		return true, err
	}
	var in *tasks.Struct
	if !v.IsNull() {
		var err error
		if in, err = requireStruct(v, convertingTimes); err != nil {
			return false, err
		}
	}
	plan, err := t.made.get(schema, func() (timePlan, error) { return t.plan(schema) })
	if err != nil || in == nil {
		t.set(r, plan.schema, v)
		return true, err
	}
	out, err := t.structOf(a, plan, in)
	if err != nil {
		return false, err
	}
	t.set(r, plan.schema, tasks.NewStructValue(out))
	return true, nil
}

func (t *timestampConverter) structOf(a *tasks.Arena, plan timePlan, in *tasks.Struct) (*tasks.Struct, error) {
	out := a.Struct(plan.schema)
	for i := range out.Slots {
		x := slot(in, i, t.defaults)
		if i == plan.slot {
			err := plan.err
			if err == nil {
				x, err = t.convert(a, x, plan.source)
			}
			if err != nil {
				return nil, err
			}
		}
		if err := put(out, i, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *timestampConverter) plan(in *tasks.Schema) (timePlan, error) {
	if in.Type != tasks.StructType {
		return timePlan{}, errNoFields()
	}
	plan := timePlan{slot: in.FieldIndex(t.field)}
	var fields fieldList
	for i, f := range in.Fields {
		if i == plan.slot {
			plan.source, plan.err = timeTypeOf(f.Schema)
			f.Schema = t.schema(f.Schema.Optional)
		}
		if err := fields.add(f.Name, f.Schema); err != nil {
			return plan, err
		}
	}
	plan.schema = fields.schema(in)
	plan.schema.Optional = in.Optional
	if def := in.Default.Struct(); def != nil {
		out, err := t.structOf(nil, plan, def)
		if err != nil {
			return plan, err
		}
		plan.schema.Default, plan.schema.HasDefault = tasks.NewStructValue(out), true
	}
	return plan, nil
}

func (t *timestampConverter) schema(optional bool) *tasks.Schema {
	if optional {
		return timeTypes[t.target][1]
	}
	return timeTypes[t.target][0]
}

func (t *timestampConverter) applyLess(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	var err error
	if v.IsNull() || t.field == "" {
		v, err = t.convertLess(a, v)
		t.set(r, nil, v)
		return err
	}
	in, err := requireMap(v, convertingTimes)
	if err != nil {
		return err
	}
	x, _ := in.Get(t.field)
	if x, err = t.convertLess(a, x); err != nil {
		return err
	}
	out := convert.CopyMap(a, in, 1)
	out.Put(t.field, x)
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}

// convertLess converts a time whose representation only its class tells.
func (t *timestampConverter) convertLess(a *tasks.Arena, v tasks.Value) (tasks.Value, error) {
	switch v.Kind() {
	case tasks.KindNull:
		return v, nil
	case tasks.KindTime:
		return t.convert(a, v, "Timestamp")
	case tasks.KindInt64:
		return t.convert(a, v, "unix")
	case tasks.KindString:
		return t.convert(a, v, "string")
	}
	return v, tasks.DataException("TimestampConverter does not support class %s objects as timestamps", convert.JavaClass(v))
}

func timeTypeOf(s *tasks.Schema) (string, error) {
	switch {
	case s.Name == tasks.TimestampName:
		return "Timestamp", nil
	case s.Name == tasks.DateName:
		return "Date", nil
	case s.Name == tasks.TimeName:
		return "Time", nil
	case s.Type == tasks.String:
		return "string", nil
	case s.Type == tasks.Int64:
		return "unix", nil
	}
	return "", tasks.NewException(tasks.ConnectException, "Schema %s does not correspond to a known timestamp type format", schemaText(s))
}

func (t *timestampConverter) convert(a *tasks.Arena, v tasks.Value, source string) (tasks.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	ms, err := t.millis(v, source)
	if err != nil {
		return v, err
	}
	switch t.target {
	case "string":
		return tasks.NewStringBytes(t.layout.AppendMillis(a.Bytes(32)[:0], ms)), nil
	case "unix":
		return tasks.NewInt64(t.fromMillis(ms)), nil
	case "Date":
		return tasks.NewTime(ms - modulo(ms, dayMillis)), nil
	case "Time":
		return tasks.NewTime(modulo(ms, dayMillis)), nil
	}
	return tasks.NewTime(ms), nil
}

// millis reads a time as milliseconds since the epoch.
func (t *timestampConverter) millis(v tasks.Value, source string) (int64, error) {
	switch source {
	case "string":
		if v.Kind() != tasks.KindString {
			return 0, tasks.DataException("Expected string timestamp to be a String, but found class %s", convert.JavaClass(v))
		}
		if t.layout == nil {
			return 0, tasks.NewException(nullPointer, `Cannot invoke "java.text.SimpleDateFormat.parse(String)" because "config.format" is null`)
		}
		ms, ok := t.layout.Parse(v.Str())
		if !ok {
			return 0, tasks.DataException("Could not parse timestamp: value (%s) does not match pattern (%s)", v.Str(), t.pattern).WithCause(
				tasks.NewException("java.text.ParseException", "Unparseable date: %q", v.Str()))
		}
		return ms, nil
	case "unix":
		if v.Kind() != tasks.KindInt64 {
			return 0, tasks.DataException("Expected Unix timestamp to be a Long, but found class %s", convert.JavaClass(v))
		}
		return t.toMillis(v.Int()), nil
	}
	if v.Kind() != tasks.KindTime {
		return 0, tasks.DataException("Expected %s to be a java.util.Date, but found class %s", source, convert.JavaClass(v))
	}
	return v.Int(), nil
}

// toMillis and fromMillis change the unit as java.util.concurrent.TimeUnit does: towards zero, at most the limits.
func (t *timestampConverter) toMillis(n int64) int64 {
	switch t.unit {
	case "seconds":
		return saturated(n, 1000)
	case "microseconds":
		return n / 1000
	case "nanoseconds":
		return n / 1_000_000
	}
	return n
}

func (t *timestampConverter) fromMillis(ms int64) int64 {
	switch t.unit {
	case "seconds":
		return ms / 1000
	case "microseconds":
		return saturated(ms, 1000)
	case "nanoseconds":
		return saturated(ms, 1_000_000)
	}
	return ms
}

func saturated(n, factor int64) int64 {
	switch {
	case n > math.MaxInt64/factor:
		return math.MaxInt64
	case n < math.MinInt64/factor:
		return math.MinInt64
	}
	return n * factor
}

func modulo(n, m int64) int64 { return ((n % m) + m) % m }
