package object

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// ByField is Connect's FieldPartitioner: a directory name=value for each of some fields of the value, which may be nested.
// Values are not escaped.
type ByField struct {
	Fields []string
	Delim  string
}

var _ Partitioner = ByField{}

// New returns the placing of one writer's records.
func (b ByField) New(tasks.SinkTask) Placer {
	p := &byField{delim: b.Delim}
	for _, f := range b.Fields {
		p.fields = append(p.fields, newPath(f))
	}
	return p
}

// ReadsValue is true.
func (ByField) ReadsValue() bool { return true }

// Timed is false.
func (ByField) Timed() bool { return false }

type byField struct {
	fields []path
	delim  string
	text   []byte
	last   string // the place before, which is often this one too
}

func (b *byField) Place(r *tasks.Record) (Place, error) {
	s := r.Value.Struct()
	if s == nil {
		return Place{}, noPartition("Error encoding partition.")
	}
	b.text = b.text[:0]
	for i, f := range b.fields {
		if i > 0 {
			b.text = append(b.text, b.delim...)
		}
		schema, v, ok := f.ofStruct(s)
		if !ok {
			return Place{}, tasks.DataException("Field '%s' is not present in the schema.", f.name)
		}
		b.text = append(append(b.text, f.name...), '=')
		if b.text, ok = appendKey(b.text, schema, v); !ok {
			return Place{}, noPartition("Error encoding partition.")
		}
	}
	if string(b.text) != b.last {
		b.last = string(b.text)
	}
	return Place{Dir: b.last}, nil
}

// appendKey appends a field's value; false when it is of a type that makes no directory.
func appendKey(dst []byte, s *tasks.Schema, v tasks.Value) ([]byte, bool) {
	switch s.Type {
	case tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64, tasks.String, tasks.Boolean:
	default:
		return dst, false
	}
	switch v.Kind() {
	case tasks.KindNull:
		return append(dst, "null"...), true
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64:
		return strconv.AppendInt(dst, v.Int(), 10), true
	case tasks.KindString:
		return append(dst, v.Bytes()...), true
	case tasks.KindBoolean:
		return strconv.AppendBool(dst, v.Bool()), true
	}
	return dst, false // a date, say
}

// path is the name of a field, with dots between the steps to a nested one.
type path struct {
	name  string
	steps []string
}

func newPath(name string) path { return path{name, strings.Split(name, ".")} }

// ofStruct returns a field's schema and value; the value is null when one above it is. ok is false when the schema has no
// such field.
func (p path) ofStruct(s *tasks.Struct) (schema *tasks.Schema, v tasks.Value, ok bool) {
	v, schema = tasks.NewStructValue(s), s.Schema
	for _, step := range p.steps {
		if schema.Type != tasks.StructType {
			return nil, tasks.Null, false
		}
		i := schema.FieldIndex(step)
		if i < 0 {
			return nil, tasks.Null, false
		}
		if st := v.Struct(); st != nil {
			v = st.GetSlot(i)
		} else {
			v = tasks.Null
		}
		schema = schema.Fields[i].Schema
	}
	return schema, v, true
}

// ofMap returns the value in nested maps; ok is false when there is none.
func (p path) ofMap(m *tasks.Map) (v tasks.Value, ok bool) {
	v = tasks.NewMapValue(m)
	for _, step := range p.steps {
		m := v.Map()
		if m == nil {
			return tasks.Null, false
		}
		if v, ok = m.Get(step); !ok {
			return tasks.Null, false
		}
	}
	return v, true
}
