package protobuf

import (
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// fit gives data the form of another schema: fields by their names, whole numbers of the width that is asked for if they have
// room there, floats of the nearest value. path names the place for errors.
func fit(to *tasks.Schema, v tasks.Value, path string) (tasks.Value, error) {
	switch {
	case v.IsNull():
		if !to.Optional && path != "" {
			return v, fmt.Errorf("%s is null", path)
		}
		return v, nil
	case to.Type == tasks.StructType:
		return fitFields(to, v, path)
	case to.Type == tasks.Array && v.Kind() == tasks.KindList:
		items := v.List()
		out := make([]tasks.Value, len(items))
		for i := range items {
			var err error
			if out[i], err = fit(to.Elem, items[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return v, err
			}
		}
		return tasks.NewList(out), nil
	case to.Type == tasks.MapType && v.Map() != nil:
		out := &tasks.Map{Entries: make([]tasks.Entry, len(v.Map().Entries))}
		for i, e := range v.Map().Entries {
			var err error
			if e.Key, err = fit(to.Key, e.Key, path+"'s key"); err != nil {
				return v, err
			}
			if e.Value, err = fit(to.Elem, e.Value, fmt.Sprintf("%s[%s]", path, convert.AppendJava(nil, e.Key))); err != nil {
				return v, err
			}
			out.Entries[i] = e
		}
		return tasks.NewMapValue(out), nil
	}
	return fitNumber(to, v, path)
}

// fitFields takes the fields of a struct or map.
func fitFields(to *tasks.Schema, v tasks.Value, path string) (tasks.Value, error) {
	fields := map[string]tasks.Value{}
	switch {
	case v.Struct() != nil:
		s := v.Struct()
		for i := range s.Schema.Fields {
			fields[s.Schema.Fields[i].Name] = s.GetSlot(i)
		}
	case v.Map() != nil:
		for _, e := range v.Map().Entries {
			fields[string(convert.AppendJava(nil, e.Key))] = e.Value
		}
	default:
		return v, fmt.Errorf("%q is of class %s, not a struct", path, convert.JavaClass(v))
	}
	out := &tasks.Struct{Schema: to, Slots: make([]tasks.Value, len(to.Fields))}
	for i := range to.Fields {
		f := &to.Fields[i]
		x, ok := fields[f.Name]
		delete(fields, f.Name)
		if !ok && !f.Schema.Optional {
			x = absent(f.Schema)
		}
		var err error
		if out.Slots[i], err = fit(f.Schema, x, join(path, f.Name)); err != nil {
			return v, err
		}
	}
	for name, x := range fields {
		if !x.IsNull() {
			return v, fmt.Errorf("there is no field %s", join(path, name))
		}
	}
	return tasks.NewStructValue(out), nil
}

// absent is what a required field is read as that the data does not have.
func absent(s *tasks.Schema) tasks.Value {
	switch s.Type {
	case tasks.Array:
		return tasks.NewList(nil)
	case tasks.MapType:
		return tasks.NewMapValue(&tasks.Map{})
	}
	return tasks.Null
}

// fitNumber widens and narrows numbers; all else must be as it is asked for.
func fitNumber(to *tasks.Schema, v tasks.Value, path string) (tasks.Value, error) {
	whole := v.Kind() >= tasks.KindInt8 && v.Kind() <= tasks.KindInt64
	var out tasks.Value
	switch n := v.Int(); {
	case to.Type == tasks.Int8 && whole:
		out = tasks.NewInt8(int8(n))
	case to.Type == tasks.Int16 && whole:
		out = tasks.NewInt16(int16(n))
	case to.Type == tasks.Int32 && whole:
		out = tasks.NewInt32(int32(n))
	case to.Type == tasks.Int64 && whole:
		return tasks.NewInt64(n), nil
	case to.Type == tasks.Float64 && v.Kind() == tasks.KindFloat32:
		return tasks.NewFloat64(v.Float()), nil
	case to.Type == tasks.Float32 && v.Kind() == tasks.KindFloat64:
		return tasks.NewFloat32(float32(v.Float())), nil
	default:
		return v, nil // the encoder refuses what is of another class
	}
	if out.Int() != v.Int() {
		return v, fmt.Errorf("%s is %d, which is no %s", path, v.Int(), to.Type)
	}
	return out, nil
}
