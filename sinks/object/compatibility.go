package object

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// Compatibility is schema.compatibility: which schemas may share a file.
type Compatibility string

// The compatibilities. Under the last three, records are changed to the file's schema where that can be done.
const (
	None     Compatibility = "NONE"
	Backward Compatibility = "BACKWARD"
	Forward  Compatibility = "FORWARD"
	Full     Compatibility = "FULL"
	// Any lets records of all schemas share a file. No key asks for it.
	Any Compatibility = ""
)

// projects reports whether records are changed to the schema of their file.
func (c Compatibility) projects() bool { return c != None && c != Any }

// rolls reports whether a value of the schema s cannot go into a file of the schema file, so that the file ends. An error is
// the fault of the record.
func (c Compatibility) rolls(s, file *tasks.Schema) (bool, error) {
	switch {
	case s == file, c == Any:
		return false, nil
	case s == nil || file == nil:
		return true, nil
	case c == None:
		return !s.Equal(file), nil
	case s.Version == nil || file.Version == nil:
		return false, projectorError("Schema version required for %s compatibility", string(c))
	case c == Forward && *s.Version < *file.Version, c != Forward && *s.Version > *file.Version:
		return true, nil
	}
	return !s.Equal(file) && !fits(s, file), nil
}

const projectorException = "org.apache.kafka.connect.errors.SchemaProjectorException"

func projectorError(format string, args ...any) error {
	return tasks.NewException(projectorException, format, args...)
}

// fits reports whether values of the schema s can be changed into ones of the schema file.
func fits(s, file *tasks.Schema) bool {
	if s.Type != file.Type && !widens(s.Type, file.Type) || s.Name != file.Name || !sameParameters(s, file) {
		return false
	}
	if s.Optional && !file.Optional && !file.HasDefault {
		return false
	}
	switch s.Type {
	case tasks.Array:
		return fits(s.Elem, file.Elem)
	case tasks.MapType:
		return fits(s.Key, file.Key) && fits(s.Elem, file.Elem)
	case tasks.StructType:
		for _, f := range file.Fields {
			i := s.FieldIndex(f.Name)
			if i < 0 && !f.Schema.Optional && !f.Schema.HasDefault || i >= 0 && !fits(s.Fields[i].Schema, f.Schema) {
				return false
			}
		}
	}
	return true
}

// widens reports whether every number of one type is one of the other.
func widens(from, to tasks.Type) bool {
	return from >= tasks.Int8 && to <= tasks.Float64 && from < to
}

// enumParameter is the parameter of an enum's schema; those that begin so and go on with a dot are its symbols.
const enumParameter = "io.confluent.connect.avro.Enum"

// sameParameters compares parameters without those that only document. The symbols of an enum may be fewer than the file's.
func sameParameters(s, file *tasks.Schema) bool {
	a, b := parameters(s), parameters(file)
	if _, ok := s.Parameter(enumParameter); !ok && len(a) != len(b) {
		return false
	}
	for _, p := range a {
		if !slices.Contains(b, p) {
			return false
		}
	}
	return true
}

func parameters(s *tasks.Schema) []tasks.Param {
	return slices.DeleteFunc(slices.Clone(s.Parameters), func(p tasks.Param) bool {
		switch p.Name {
		case "connect.record.doc", "connect.record.aliases", "connect.record.namespace":
			return true
		}
		return strings.HasPrefix(p.Name, "io.confluent.connect.avro.field.doc.")
	})
}

// project changes a value of the schema s, which fits, into one of the schema file. New memory is from a; a nil arena is the
// heap.
func project(a *tasks.Arena, v tasks.Value, s, file *tasks.Schema) tasks.Value {
	if v.IsNull() {
		if s.Optional && !file.Optional {
			return file.Default
		}
		return v
	}
	switch s.Type {
	case tasks.StructType:
		from, to := v.Struct(), a.Struct(file)
		for i, f := range file.Fields {
			switch at := from.Schema.FieldIndex(f.Name); {
			case at >= 0:
				to.Slots[i] = project(a, from.GetSlot(at), s.Fields[at].Schema, f.Schema)
			case !f.Schema.Optional:
				to.Slots[i] = f.Schema.Default
			}
		}
		return tasks.NewStructValue(to)
	case tasks.Array:
		items := a.Values(len(v.List()))
		for i, e := range v.List() {
			items[i] = project(a, e, s.Elem, file.Elem)
		}
		return tasks.NewList(items)
	case tasks.MapType:
		m := a.Map(len(v.Map().Entries))
		for _, e := range convert.Ordered(v.Map()) {
			m.Entries = append(m.Entries, tasks.Entry{Key: project(a, e.Key, s.Key, file.Key), Value: project(a, e.Value, s.Elem, file.Elem)})
		}
		return tasks.NewMapValue(m)
	}
	return promote(v, s.Type, file.Type)
}

func promote(v tasks.Value, from, to tasks.Type) tasks.Value {
	if from == to {
		return v
	}
	number := v.Float()
	if from <= tasks.Int64 {
		number = float64(v.Int())
	}
	switch to {
	case tasks.Int16:
		return tasks.NewInt16(int16(v.Int()))
	case tasks.Int32:
		return tasks.NewInt32(int32(v.Int()))
	case tasks.Int64:
		return tasks.NewInt64(v.Int())
	case tasks.Float32:
		if from <= tasks.Int64 {
			return tasks.NewFloat32(float32(v.Int()))
		}
		return tasks.NewFloat32(float32(number))
	case tasks.Float64:
		return tasks.NewFloat64(number)
	}
	return v
}
