package jsonschema

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// check tells what is wrong with a value that is put into a field of a struct, or becomes a default: Connect's own check,
// which the structs below have passed when they were filled. name is the field's, "" for a default; of says which part of
// it v is.
func check(s *tasks.Schema, v tasks.Value, name, of string) error {
	if v.IsNull() {
		if s.Optional {
			return nil
		}
		return tasks.DataException("Invalid value: null used for required %s, schema type: %s", place(name, of, "value"), s.Type)
	}
	switch v.Kind() {
	case tasks.KindDecimal:
		if s.Name != tasks.DecimalName {
			return tasks.DataException("Invalid Java object for schema with type %s: class %s for %s", s.Type, convert.JavaClass(v), place(name, of, "value"))
		}
	case tasks.KindList:
		for _, item := range v.List() {
			if err := check(s.Elem, item, name, of+"element of array "); err != nil {
				return err
			}
		}
	case tasks.KindMap:
		for _, e := range v.Map().Entries {
			if err := check(s.Key, e.Key, name, of+"key of map "); err != nil {
				return err
			}
			if err := check(s.Elem, e.Value, name, of+"value of map "); err != nil {
				return err
			}
		}
	case tasks.KindStruct:
		st := v.Struct()
		for i, f := range st.Schema.Fields {
			if st.Slots[i].IsNull() && !f.Schema.Optional && (!f.Schema.HasDefault || f.Schema.Default.IsNull()) {
				return tasks.DataException("Invalid value: null used for required field: %q, schema type: %s", f.Name, f.Schema.Type)
			}
		}
	}
	return nil
}

func place(name, of, nameless string) string {
	if name == "" {
		return of + nameless
	}
	return of + `field: "` + name + `"`
}
