package transform

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	extracting = "field extraction"
	nesting    = "nested field access"
)

// extractField takes one field in place of the whole key or value.
type extractField struct {
	side
	name     string
	path     []string
	defaults bool
	found    schemas[*tasks.Schema]
}

func (s side) newExtractField(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &extractField{side: s, name: c.String("field"), defaults: c.Bool(defaultKey.Name)}
	t.path = []string{t.name}
	if strings.EqualFold(c.String("field.syntax.version"), "V2") {
		var err error
		if t.path, err = parsePath(t.name); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *extractField) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	if schema == nil {
		if !v.IsNull() {
			m, err := requireMap(v, extracting)
			if err == nil {
				v, err = t.fromMap(m)
			}
			if err != nil {
				return false, err
			}
		}
		t.set(r, nil, v)
		return true, nil
	}
	if !v.IsNull() {
		if _, err := requireStruct(v, extracting); err != nil {
			return false, err
		}
	}
	found, err := t.found.get(schema, func() (*tasks.Schema, error) { return t.schema(schema) })
	if err == nil {
		v, err = t.fromStruct(v)
	}
	if err != nil {
		return false, err
	}
	t.set(r, found, v)
	return true, nil
}

func (t *extractField) noPath() error {
	if len(t.path) > 0 {
		return nil
	}
	return tasks.NewException(illegalArgument, "fromIndex(0) > toIndex(-1)")
}

func (t *extractField) schema(s *tasks.Schema) (*tasks.Schema, error) {
	if err := t.noPath(); err != nil {
		return nil, err
	}
	for _, step := range t.path {
		if s.Type != tasks.StructType {
			return nil, tasks.DataException("Cannot look up fields on non-struct type")
		}
		i := s.FieldIndex(step)
		if i < 0 {
			return nil, tasks.NewException(illegalArgument, "Unknown field: %s", t.name)
		}
		s = s.Fields[i].Schema
	}
	return s, nil
}

// fromStruct reads the path, which the schema is known to have; steps on the way take defaults in any case.
func (t *extractField) fromStruct(v tasks.Value) (tasks.Value, error) {
	for i, step := range t.path {
		if v.IsNull() {
			return tasks.Null, nil
		}
		s, err := requireStruct(v, nesting)
		if err != nil {
			return tasks.Null, err
		}
		j := s.Schema.FieldIndex(step)
		if j < 0 {
			return tasks.Null, nil
		}
		v = slot(s, j, t.defaults || i < len(t.path)-1)
	}
	return v, nil
}

func (t *extractField) fromMap(m *tasks.Map) (tasks.Value, error) {
	if err := t.noPath(); err != nil {
		return tasks.Null, err
	}
	last := len(t.path) - 1
	for _, step := range t.path[:last] {
		v, _ := m.Get(step)
		if v.IsNull() {
			return tasks.Null, nil
		}
		var err error
		if m, err = requireMap(v, nesting); err != nil {
			return tasks.Null, err
		}
	}
	v, _ := m.Get(t.path[last])
	return v, nil
}
