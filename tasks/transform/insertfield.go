package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

const inserting = "field insertion"

var optionalTimestamp = tasks.TimestampSchema.AsOptional(true)

// insertion is a field to add and where its value comes from.
type insertion struct {
	name   string
	schema *tasks.Schema
	value  func(r *tasks.Record) (tasks.Value, error) // null for none
}

// insertField adds fields behind those of the key or the value.
type insertField struct {
	side
	add      []insertion
	defaults bool
	made     schemas[*tasks.Schema]
}

func (s side) newInsertField(c tasks.Config, kind tasks.ConnectorKind) (transformer, error) {
	t := &insertField{side: s, defaults: c.Bool(defaultKey.Name)}
	add := func(key string, required, optional *tasks.Schema, value func(r *tasks.Record) (tasks.Value, error)) {
		if !c.IsSet(key) {
			return
		}
		name, schema := c.String(key), optional
		if rest, ok := strings.CutSuffix(name, "?"); ok {
			name = rest
		} else if rest, ok := strings.CutSuffix(name, "!"); ok {
			name, schema = rest, required
		}
		t.add = append(t.add, insertion{name: name, schema: schema, value: value})
	}
	add("topic.field", tasks.StringSchema, tasks.OptionalStringSchema, func(r *tasks.Record) (tasks.Value, error) {
		return tasks.NewString(r.Topic), nil
	})
	add("partition.field", tasks.Int32Schema, tasks.OptionalInt32Schema, func(r *tasks.Record) (tasks.Value, error) {
		if r.Partition == tasks.NoPartition {
			return tasks.Null, nil
		}
		return tasks.NewInt32(r.Partition), nil
	})
	add("offset.field", tasks.Int64Schema, tasks.OptionalInt64Schema, func(r *tasks.Record) (tasks.Value, error) {
		if kind != tasks.SinkKind {
			return tasks.Null, tasks.DataException("Only SinkRecord supported for [%s], found: %s", inserting,
				"org.apache.kafka.connect.source.SourceRecord")
		}
		return tasks.NewInt64(r.Offset), nil
	})
	add("timestamp.field", tasks.TimestampSchema, optionalTimestamp, func(r *tasks.Record) (tasks.Value, error) {
		if r.Timestamp == tasks.NoTimestamp {
			return tasks.Null, nil
		}
		return tasks.NewTime(r.Timestamp), nil
	})
	fixed := tasks.NewString(c.String("static.value"))
	add("static.field", tasks.StringSchema, tasks.OptionalStringSchema, func(*tasks.Record) (tasks.Value, error) { return fixed, nil })
	switch {
	case len(t.add) == 0:
		return nil, tasks.ConfigException("No field insertion configured")
	case c.IsSet("static.field") && !c.IsSet("static.value"):
		return nil, tasks.ConfigException("%s", tasks.InvalidValue("static.value", "null",
			"No value specified for static field: "+pkg+"InsertField$InsertionSpec@0").Message)
	}
	return t, nil
}

func (t *insertField) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		return true, t.applyMap(a, r, v)
	}
	in, err := requireStruct(v, inserting)
	if err != nil {
		return false, err
	}
	made, err := t.made.get(in.Schema, func() (*tasks.Schema, error) { return t.schema(in.Schema) })
	if err != nil {
		return false, err
	}
	out, n := a.Struct(made), len(in.Slots)
	for i := range in.Slots {
		if err := put(out, i, slot(in, i, t.defaults)); err != nil {
			return false, err
		}
	}
	for i := range t.add {
		if out.Slots[n+i], err = t.add[i].value(r); err != nil {
			return false, err
		}
	}
	t.set(r, made, tasks.NewStructValue(out))
	return true, nil
}

func (t *insertField) schema(in *tasks.Schema) (*tasks.Schema, error) {
	fields := slices.Clone(in.Fields)
	for _, f := range t.add {
		fields = append(fields, tasks.Field{Name: f.name, Schema: f.schema})
	}
	return build(in, fields)
}

func (t *insertField) applyMap(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	in, err := requireMap(v, inserting)
	if err != nil {
		return err
	}
	out := convert.CopyMap(a, in, len(t.add))
	for i := range t.add {
		x, err := t.add[i].value(r)
		switch {
		case err != nil:
			return err
		case x.Kind() == tasks.KindTime:
			x = tasks.NewInt64(x.Int()) // only a schema makes it a Date
		case x.IsNull():
			continue
		}
		out.Put(t.add[i].name, x)
	}
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}
