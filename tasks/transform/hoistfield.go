package transform

import "github.com/mayfly-connect/mayfly/tasks"

// hoistField wraps the whole key or value into one field.
type hoistField struct {
	side
	name string
	made schemas[*tasks.Schema]
}

func (s side) newHoistField(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &hoistField{side: s, name: c.String("field")}, nil
}

func (t *hoistField) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	if schema == nil {
		m := a.Map(1)
		m.Put(t.name, v)
		t.set(r, nil, tasks.NewMapValue(m))
		return true, nil
	}
	made, err := t.made.get(schema, func() (*tasks.Schema, error) {
		return build(nil, []tasks.Field{{Name: t.name, Schema: schema}})
	})
	if err != nil {
		return false, err
	}
	out := a.Struct(made)
	if err := put(out, 0, v); err != nil {
		return false, err
	}
	t.set(r, made, tasks.NewStructValue(out))
	return true, nil
}
