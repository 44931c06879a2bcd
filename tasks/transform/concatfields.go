package transform

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

var concatDef = tasks.ConfigDef{
	high(key("field.names", tasks.TypeList, none, nil, "Fields to join, in this order; dots lead into nested data.")),
	high(key("output.field.name", tasks.TypeString, none, tasks.NonEmpty, "Field that takes the text.")),
	high(key("field.replace.missing", tasks.TypeString, emptyText, nil, "Text in place of a field that is missing or null.")),
	{Name: "delimiter", Type: tasks.TypeString, Default: emptyText, Importance: tasks.High, Doc: "Text between the fields; blanks around it do not count."},
}

// concatFields is Aiven's ConcatFields: it joins fields into the text of a new one.
type concatFields struct {
	side
	fields                     []string
	output, missing, delimiter string
	made                       schemas[*tasks.Schema]
}

func (s side) newConcatFields(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &concatFields{side: s, fields: c.List("field.names"), output: c.String("output.field.name"),
		missing: c.String("field.replace.missing"), delimiter: c.String("delimiter")}, nil
}

func (t *concatFields) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch in := v.Struct(); {
	case in != nil:
		made, err := t.made.get(in.Schema, func() (*tasks.Schema, error) {
			var l fieldList
			for _, f := range append(in.Schema.Fields[:len(in.Schema.Fields):len(in.Schema.Fields)], tasks.Field{Name: t.output, Schema: tasks.OptionalStringSchema}) {
				if err := l.add(f.Name, f.Schema); err != nil {
					return nil, err
				}
			}
			return l.schema(nil), nil
		})
		if err != nil {
			return false, err
		}
		out := a.Struct(made)
		for i := range in.Slots {
			out.Slots[i] = in.GetSlot(i)
		}
		out.Slots[len(in.Slots)] = t.join(a, v)
		t.set(r, made, tasks.NewStructValue(out))
		return true, nil
	case v.Map() != nil && schema != nil:
		return false, tasks.DataException("Cannot list fields on non-struct type")
	case v.Map() != nil:
		out := convert.CopyMap(a, v.Map(), 1)
		out.Put(t.output, t.join(a, v))
		t.set(r, nil, tasks.NewMapValue(out))
		return true, nil
	}
	return false, tasks.DataException("Fields can only be joined of a struct or a map, not of %s", convert.JavaClass(v))
}

func (t *concatFields) join(a *tasks.Arena, v tasks.Value) tasks.Value {
	var b []byte
	for i, path := range t.fields {
		if i > 0 {
			b = append(b, t.delimiter...)
		}
		if x := at(v, path); x.IsNull() {
			b = append(b, t.missing...)
		} else {
			b = convert.AppendJava(b, x)
		}
	}
	out := a.Bytes(len(b))
	copy(out, b)
	return tasks.NewStringBytes(out)
}

// at follows the dots of a path, through structs in a struct and maps in a map; null where it leads nowhere.
func at(v tasks.Value, path string) tasks.Value {
	kind := v.Kind()
	for {
		dot := strings.IndexByte(path, '.')
		if dot <= 0 {
			x, _ := value(v, path)
			return x
		}
		v, _ = value(v, path[:dot])
		if v.Kind() != kind {
			return tasks.Null
		}
		path = path[dot+1:]
	}
}

// value reads a field, in a struct with its default for null.
func value(v tasks.Value, name string) (tasks.Value, bool) {
	if s := v.Struct(); s != nil {
		if i := s.Schema.FieldIndex(name); i >= 0 {
			return s.GetSlot(i), true
		}
		return tasks.Null, false
	}
	return field(v, name)
}
