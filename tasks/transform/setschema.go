package transform

import "github.com/mayfly-connect/mayfly/tasks"

var setSchemaDef = tasks.ConfigDef{
	{Name: "schema.name", Type: tasks.TypeString, Default: nullText, Importance: tasks.High, Doc: "The schema's new name."},
	{Name: "schema.version", Type: tasks.TypeInt, Default: nullText, Importance: tasks.High, Doc: "The schema's new version."},
	defaultKey,
}

// setSchema gives the schema of the key or the value another name or version.
type setSchema struct {
	side
	name     string
	named    bool
	version  *int32
	defaults bool
	made     schemas[*tasks.Schema]
}

func (s side) newSetSchema(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &setSchema{side: s, name: c.String("schema.name"), named: c.IsSet("schema.name"), defaults: c.Bool(defaultKey.Name)}
	if c.IsSet("schema.version") {
		version := int32(c.Int("schema.version"))
		t.version = &version
	}
	if !t.named && t.version == nil {
		return nil, tasks.ConfigException("Neither schema name nor version configured")
	}
	return t, nil
}

func (t *setSchema) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case schema == nil && v.IsNull():
		return true, nil
	case schema == nil:
		return false, tasks.DataException("Schema required for [updating schema metadata]")
	case schema.Type != tasks.StructType:
		return false, errNoFields()
	}
	made, _ := t.made.get(schema, func() (*tasks.Schema, error) {
		c := schema.Clone()
		if t.named {
			c.Name, c.EmptyName = t.name, t.name == ""
		}
		if t.version != nil {
			c.Version = t.version
		}
		return c.Seal(), nil
	})
	if in := v.Struct(); in != nil {
		out := a.Struct(made)
		for i := range out.Slots {
			if err := put(out, i, slot(in, i, t.defaults)); err != nil {
				return false, err
			}
		}
		v = tasks.NewStructValue(out)
	}
	t.set(r, made, v)
	return true, nil
}
