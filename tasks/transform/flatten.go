package transform

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

const flattening = "flattening"

var flattenDef = tasks.ConfigDef{{Name: "delimiter", Type: tasks.TypeString, Default: tasks.DefaultTo("."), Importance: tasks.Medium,
	Doc: "Text between the names of the levels."}}

// flatten brings nested fields to the top, under names that tell the way to them.
type flatten struct {
	side
	delimiter string
	made      schemas[flatPlan]
	name      []byte
}

// flatPlan is a flat schema and how the nested one's slots get there.
type flatPlan struct {
	schema *tasks.Schema
	steps  []flatStep
}

// flatStep is a field: a nested struct, or a value that goes into the slot to.
type flatStep struct {
	nested []flatStep
	to     int
}

func (s side) newFlatten(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &flatten{side: s, delimiter: c.String("delimiter")}, nil
}

func (t *flatten) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		in, err := requireMap(v, flattening)
		if err != nil {
			return false, err
		}
		out := flatMap{Map: a.Map(len(in.Entries))}
		out.Table = tasks.Linked
		if err := t.flattenMap(a, &out, t.name[:0], in); err != nil {
			return false, err
		}
		t.set(r, nil, tasks.NewMapValue(out.Map))
		return true, nil
	}
	in, err := requireStruct(v, flattening)
	if err != nil {
		return false, err
	}
	plan, err := t.made.get(schema, func() (flatPlan, error) { return t.plan(schema) })
	if err != nil {
		return false, err
	}
	out := a.Struct(plan.schema)
	if err := flattenStruct(out, plan.steps, in); err != nil {
		return false, err
	}
	t.set(r, plan.schema, tasks.NewStructValue(out))
	return true, nil
}

func flattenStruct(out *tasks.Struct, steps []flatStep, in *tasks.Struct) error {
	for i, step := range steps {
		if step.nested == nil {
			if err := put(out, step.to, in.GetSlot(i)); err != nil {
				return err
			}
		} else if below := in.Slots[i].Struct(); below != nil {
			if err := flattenStruct(out, step.nested, below); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *flatten) plan(in *tasks.Schema) (flatPlan, error) {
	if in.Type != tasks.StructType {
		return flatPlan{}, errNoFields()
	}
	var fields fieldList
	steps, err := t.level(in, "", &fields, in.Optional, in.Default.Struct(), nil)
	return flatPlan{schema: fields.schema(in), steps: steps}, err
}

// level adds the fields of s, whose name so far is prefix. What is below something optional is optional, and takes its
// default from that of a parent when it has none itself. around are the schemas around s.
func (t *flatten) level(s *tasks.Schema, prefix string, fields *fieldList, optional bool, defaults *tasks.Struct, around []*tasks.Schema) ([]flatStep, error) {
	if slices.Contains(around, s) {
		return nil, tasks.NewException("java.lang.StackOverflowError", "%s: the schema %s contains itself, which has no flat form", flattening, s.Name)
	}
	around = append(around, s)
	steps := make([]flatStep, 0, len(s.Fields))
	for i, f := range s.Fields {
		name := string(t.join([]byte(prefix), f.Name))
		def := f.Schema.Default
		if def.IsNull() && defaults != nil {
			def = defaults.GetSlot(i)
		}
		opt := optional || f.Schema.Optional
		switch f.Schema.Type {
		case tasks.StructType:
			nested, err := t.level(f.Schema, name, fields, opt, def.Struct(), around)
			if err != nil {
				return nil, err
			}
			steps = append(steps, flatStep{nested: nested})
			continue
		case tasks.MapType:
			return nil, tasks.DataException("Flatten transformation does not support %s for record with schemas (for field %s).", f.Schema.Type, name)
		}
		flat := basics(f.Schema, f.Schema.Type)
		flat.Elem, flat.Optional = f.Schema.Elem, opt
		if err := setDefault(flat, def); err != nil {
			return nil, err
		}
		steps = append(steps, flatStep{to: len(fields.fields)})
		if err := fields.add(name, flat); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// join appends a name to a prefix.
func (t *flatten) join(prefix []byte, name string) []byte {
	if len(prefix) > 0 {
		prefix = append(prefix, t.delimiter...)
	}
	return append(prefix, name...)
}

func (t *flatten) flattenMap(a *tasks.Arena, out *flatMap, prefix []byte, in *tasks.Map) error {
	for _, e := range convert.Ordered(in) {
		name := t.join(prefix, e.Key.Str())
		switch typ := typeOf(e.Value); {
		case e.Value.IsNull() || typ != 0 && typ <= tasks.Array:
			out.put(a.Text(name), e.Value)
		case typ == tasks.MapType:
			if err := t.flattenMap(a, out, name, e.Value.Map()); err != nil {
				return err
			}
		case typ == 0:
			return tasks.DataException("Flatten transformation was passed a value of type class %s which is not supported by Connect's data API",
				convert.JavaClass(e.Value))
		default:
			return tasks.DataException("Flatten transformation does not support class %s for record without schemas (for field %s).",
				convert.JavaClass(e.Value), name)
		}
	}
	if len(prefix) == 0 {
		t.name = prefix
	}
	return nil
}

// wideMap is the number of entries from which a hash beats a linear search.
const wideMap = 32

// flatMap is a map being filled, with an index once it is wide.
type flatMap struct {
	*tasks.Map
	index map[string]int
}

func (m *flatMap) put(name string, v tasks.Value) {
	if m.index == nil {
		if len(m.Entries) < wideMap {
			m.Put(name, v)
			return
		}
		m.index = make(map[string]int, 2*wideMap)
		for i, e := range m.Entries {
			m.index[e.Key.Str()] = i
		}
	}
	if i, ok := m.index[name]; ok {
		m.Entries[i].Value = v
		return
	}
	m.index[name] = len(m.Entries)
	m.Entries = append(m.Entries, tasks.Entry{Key: tasks.NewString(name), Value: v})
}
