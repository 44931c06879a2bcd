package spooldir

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
)

// structure makes a struct of a JSON object. Members that the configured schema does not have are left out, as the original
// does; a generated schema must have them all.
func (r *jsonRows) structure(a *tasks.Arena, s *tasks.Schema, raw []byte) (tasks.Value, error) {
	var members orderedMembers
	if err := json.Unmarshal(raw, &members); err != nil {
		return tasks.Null, err
	}
	st := a.Struct(s)
	for _, m := range members {
		i := s.FieldIndex(m.name)
		if i < 0 {
			if r.schemas.generate && s == r.schema {
				return tasks.Null, &rowError{column: m.name, reason: "the file's first object, from which the schema was generated, does not have it; set " + valueSchemaKey}
			}
			continue
		}
		v, err := r.value(a, s.Fields[i].Schema, m.value)
		if err != nil {
			return tasks.Null, &rowError{column: m.name, reason: err.Error()}
		}
		st.Slots[i] = v
	}
	for i, f := range s.Fields {
		if st.Slots[i].IsNull() && !f.Schema.Optional {
			return tasks.Null, &rowError{column: f.Name, reason: "the field is required, but is missing or null"}
		}
	}
	return tasks.NewStructValue(st), nil
}

// value makes a value of a schema of JSON text.
func (r *jsonRows) value(a *tasks.Arena, s *tasks.Schema, raw json.RawMessage) (tasks.Value, error) {
	if string(raw) == "null" {
		if !s.Optional {
			return tasks.Null, errors.New("it is null, but required")
		}
		return tasks.Null, nil
	}
	switch s.Type {
	case tasks.StructType:
		return r.structure(a, s, raw)
	case tasks.Array:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return tasks.Null, fmt.Errorf("%s is not an array", shown(string(raw)))
		}
		list := a.Values(len(items))
		for i, item := range items {
			v, err := r.value(a, s.Elem, item)
			if err != nil {
				return tasks.Null, fmt.Errorf("item %d: %w", i, err)
			}
			list[i] = v
		}
		return tasks.NewList(list), nil
	case tasks.MapType:
		var members orderedMembers
		if err := json.Unmarshal(raw, &members); err != nil {
			return tasks.Null, fmt.Errorf("%s is not an object", shown(string(raw)))
		}
		m := a.Map(len(members))
		for _, e := range members {
			k, err := r.parser.value(a, s.Key, e.name)
			if err != nil {
				return tasks.Null, fmt.Errorf("the key of %q: %w", e.name, err)
			}
			v, err := r.value(a, s.Elem, e.value)
			if err != nil {
				return tasks.Null, fmt.Errorf("%q: %w", e.name, err)
			}
			m.Entries = append(m.Entries, tasks.Entry{Key: k, Value: v})
		}
		return tasks.NewMapValue(m), nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return tasks.Null, err
		}
	}
	return r.parser.value(a, s, text)
}
