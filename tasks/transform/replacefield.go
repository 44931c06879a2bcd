package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

const replacing = "field replacement"

// replaceField removes and renames fields.
type replaceField struct {
	side
	exclude, include []string
	renames, origins map[string]string // by old and by new name
	pairs            []string          // old and new names
	defaults         bool
	made             schemas[replaced]
}

// replaced is a schema and, for each of its fields, the slot in the input.
type replaced struct {
	schema *tasks.Schema
	from   []int
}

func (s side) newReplaceField(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &replaceField{side: s, exclude: c.List("exclude"), include: c.List("include"), defaults: c.Bool(defaultKey.Name),
		renames: map[string]string{}, origins: map[string]string{}}
	var old []string
	for _, m := range c.List("renames") {
		from, to, _ := renameMapping(m)
		t.renames[from] = to
		t.pairs = append(t.pairs, from, to)
		old = append(old, from)
	}
	for _, from := range inTable(old, javahash.DefaultTable) { // of two with one new name, the last in Java's order counts
		t.origins[t.renames[from]] = from
	}
	return t, nil
}

// renameMapping splits old:new as Java's String.split does, which drops empty parts at the end.
func renameMapping(m string) (from, to string, ok bool) {
	parts := splitColons(m)
	if len(parts) != 2 {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// checkRenames is a validator.
func checkRenames(name string, v any) string {
	list, _ := v.([]string)
	for _, m := range list {
		if _, _, ok := renameMapping(m); !ok {
			return tasks.InvalidValue(name, "["+strings.Join(list, ", ")+"]", "Invalid rename mapping: "+m).Message
		}
	}
	return ""
}

func (t *replaceField) keeps(name string) bool {
	return !slices.Contains(t.exclude, name) && (len(t.include) == 0 || slices.Contains(t.include, name))
}

// touches reports whether the name is an old or a new one, so that it may meet another.
func (t *replaceField) touches(name string) bool {
	for _, p := range t.pairs {
		if p == name {
			return true
		}
	}
	return false
}

func (t *replaceField) renamed(name string) string {
	if to, ok := t.renames[name]; ok {
		return to
	}
	return name
}

func (t *replaceField) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		return true, t.applyMap(a, r, v)
	}
	in, err := requireStruct(v, replacing)
	if err != nil {
		return false, err
	}
	made, err := t.made.get(in.Schema, func() (replaced, error) { return t.schema(in.Schema) })
	if err != nil {
		return false, err
	}
	out := a.Struct(made.schema)
	for i, from := range made.from {
		v := slot(in, from, t.defaults)
		if f := &made.schema.Fields[i]; f.Schema != in.Schema.Fields[from].Schema {
			if err := fits(f, v); err != nil {
				return false, err
			}
		}
		if err := put(out, i, v); err != nil {
			return false, err
		}
	}
	t.set(r, made.schema, tasks.NewStructValue(out))
	return true, nil
}

func (t *replaceField) schema(in *tasks.Schema) (replaced, error) {
	var fields []tasks.Field
	for _, f := range in.Fields {
		if t.keeps(f.Name) {
			fields = append(fields, tasks.Field{Name: t.renamed(f.Name), Schema: f.Schema})
		}
	}
	s, err := build(in, fields)
	if err != nil {
		return replaced{}, err
	}
	out := replaced{schema: s, from: make([]int, len(fields))}
	for i, f := range fields {
		// Java looks the value up by the new name alone, which misleads it when that field was there already and the old
		// one is excluded or missing.
		name := f.Name
		if from, ok := t.origins[name]; ok {
			name = from
		}
		if out.from[i] = in.FieldIndex(name); out.from[i] < 0 {
			return replaced{}, tasks.NewException(nullPointer,
				`Cannot invoke "org.apache.kafka.connect.data.Field.name()" because "field" is null`)
		}
	}
	return out, nil
}

func (t *replaceField) applyMap(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	in, err := requireMap(v, replacing)
	if err != nil {
		return err
	}
	out := a.Map(len(in.Entries))
	out.Table = int32(javahash.Table(len(in.Entries)))
	for _, e := range convert.Ordered(in) {
		switch name := e.Key.Str(); {
		case !t.keeps(name):
		case !t.touches(name):
			out.Entries = append(out.Entries, *e)
		default:
			out.Put(t.renamed(name), e.Value)
		}
	}
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}
