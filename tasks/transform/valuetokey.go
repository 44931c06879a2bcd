package transform

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

const toKey = "copying fields from value to key"

// valueToKey makes the key from fields of the value.
type valueToKey struct {
	fields   []string
	defaults bool
	made     schemas[replaced]
}

func newValueToKey(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &valueToKey{fields: c.List("fields"), defaults: c.Bool(defaultKey.Name)}, nil
}

func (t *valueToKey) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	if r.ValueSchema == nil {
		in, err := requireMap(r.Value, toKey)
		if err != nil {
			return false, err
		}
		out := a.Map(len(t.fields))
		out.Table = int32(javahash.Table(len(t.fields)))
		for _, name := range t.fields {
			v, _ := in.Get(name)
			out.Put(name, v)
		}
		keySide.set(r, nil, tasks.NewMapValue(out))
		return true, nil
	}
	in, err := requireStruct(r.Value, toKey)
	if err != nil {
		return false, err
	}
	made, err := t.made.get(in.Schema, func() (replaced, error) { return t.schema(in.Schema) })
	if err != nil {
		return false, err
	}
	out := a.Struct(made.schema)
	for i, from := range made.from {
		if err := put(out, i, slot(in, from, t.defaults)); err != nil {
			return false, err
		}
	}
	keySide.set(r, made.schema, tasks.NewStructValue(out))
	return true, nil
}

func (t *valueToKey) schema(in *tasks.Schema) (replaced, error) {
	var out replaced
	var fields []tasks.Field
	for _, name := range t.fields {
		i := in.FieldIndex(name)
		if i < 0 {
			return out, tasks.DataException("Field does not exist: %s", name)
		}
		fields, out.from = append(fields, in.Fields[i]), append(out.from, i)
	}
	var err error
	out.schema, err = build(nil, fields)
	return out, err
}
