package transform

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

var (
	dropHeadersDef = tasks.ConfigDef{
		{Name: "headers", Type: tasks.TypeList, Distinct: true, Importance: tasks.High, Doc: "Names of the headers to remove."}}
	insertHeaderDef = tasks.ConfigDef{
		{Name: "header", Type: tasks.TypeString, Check: nonNull, Importance: tasks.High, Doc: "Name of the header."},
		{Name: "value.literal", Type: tasks.TypeString, Check: nonNull, Importance: tasks.High,
			Doc: "Its value, a text whose form shows its type: true, 1, 1.5, [1,2], a date, or anything else."}}
	headerFromDef = tasks.ConfigDef{
		{Name: "fields", Type: tasks.TypeList, Check: nonEmptyList, Importance: tasks.High, Doc: "Fields to put into headers."},
		{Name: "headers", Type: tasks.TypeList, Check: nonEmptyList, Importance: tasks.High, Doc: "Names of the headers, one for each field."},
		{Name: "operation", Type: tasks.TypeString, Check: tasks.OneOf("move", "copy"), Importance: tasks.High,
			Doc: "Whether the fields are removed (move) or kept (copy)."},
		defaultKey}
)

func nonNull(v any) string {
	if v == nil {
		return "entry must be non null"
	}
	return ""
}

func nonEmptyList(v any) string {
	if list, _ := v.([]string); len(list) == 0 {
		return "Empty list"
	}
	return ""
}

// dropHeaders removes headers by name.
type dropHeaders []string

func newDropHeaders(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return dropHeaders(c.List("headers")), nil
}

func (t dropHeaders) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	r.Headers = slices.DeleteFunc(r.Headers, func(h tasks.Header) bool { return slices.Contains(t, h.Key) })
	return true, nil
}

// insertHeader adds a header with a fixed value.
type insertHeader tasks.Header

func newInsertHeader(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := insertHeader{Key: c.String("header")}
	t.Schema, t.Value = convert.ParseString(c.String("value.literal"))
	return t, nil
}

func (t insertHeader) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	return true, addHeader(r, t.Key, t.Schema, t.Value)
}

// addHeader adds a header as ConnectHeaders.add does, which refuses null for a required schema.
func addHeader(r *tasks.Record, key string, s *tasks.Schema, v tasks.Value) error {
	if s != nil && v.IsNull() && !s.Optional {
		return tasks.DataException("A null value requires an optional schema but was %s", schemaText(s))
	}
	r.Headers = append(r.Headers, tasks.Header{Key: key, Schema: s, Value: v})
	return nil
}

// headerFrom copies or moves fields into headers.
type headerFrom struct {
	side
	fields, headers []string
	purpose         string
	move, defaults  bool
	made            schemas[replaced]
}

func (s side) newHeaderFrom(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &headerFrom{side: s, fields: c.List("fields"), headers: c.List("headers"), move: c.String("operation") == "move",
		purpose: "header " + c.String("operation"), defaults: c.Bool(defaultKey.Name)}
	if len(t.fields) != len(t.headers) {
		return nil, tasks.ConfigException("'fields' config must have the same number of elements as 'headers' config.")
	}
	return t, nil
}

func (t *headerFrom) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	if schema == nil {
		return true, t.applyMap(a, r, v)
	}
	in, err := requireStruct(v, t.purpose)
	if err != nil {
		return false, err
	}
	if t.move {
		made, err := t.made.get(schema, func() (replaced, error) { return t.rest(schema) })
		if err != nil {
			return false, err
		}
		out := a.Struct(made.schema)
		for i, from := range made.from {
			if err := put(out, i, slot(in, from, t.defaults)); err != nil {
				return false, err
			}
		}
		t.set(r, made.schema, tasks.NewStructValue(out))
	}
	for i, name := range t.fields {
		j := schema.FieldIndex(name)
		if j < 0 {
			return false, tasks.NewException(nullPointer, `Cannot invoke "org.apache.kafka.connect.data.Field.schema()" because `+
				`the return value of "org.apache.kafka.connect.data.Schema.field(String)" is null`)
		}
		if err := addHeader(r, t.headers[i], schema.Fields[j].Schema, slot(in, j, t.defaults)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// rest is the schema without the fields that move.
func (t *headerFrom) rest(in *tasks.Schema) (replaced, error) {
	var out replaced
	var fields fieldList
	if in.Type != tasks.StructType {
		return out, errNoFields()
	}
	for i, f := range in.Fields {
		if slices.Contains(t.fields, f.Name) {
			continue
		}
		if err := fields.add(f.Name, f.Schema); err != nil {
			return out, err
		}
		out.from = append(out.from, i)
	}
	out.schema = fields.schema(in)
	return out, nil
}

func (t *headerFrom) applyMap(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	in, err := requireMap(v, t.purpose)
	if err != nil {
		return err
	}
	for i, name := range t.fields {
		x, _ := in.Get(name)
		if err := addHeader(r, t.headers[i], nil, x); err != nil {
			return err
		}
	}
	out := convert.CopyMap(a, in, 0)
	if !t.move {
		t.set(r, nil, tasks.NewMapValue(out))
		return nil
	}
	out.Entries = slices.DeleteFunc(out.Entries, func(e tasks.Entry) bool {
		return e.Key.Kind() == tasks.KindString && slices.Contains(t.fields, e.Key.Str())
	})
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}
