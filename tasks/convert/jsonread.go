package convert

import (
	"bytes"
	"encoding/base64"

	"github.com/mayfly-connect/mayfly/tasks"
)

// reader turns nodes into values of a schema. Values alias the nodes' text, or are from a.
type reader struct {
	a         *tasks.Arena
	keepNulls bool
}

// value converts n, which is nil where a member is missing, by the schema, which is nil for schemaless.
func (r *reader) value(s *tasks.Schema, n *node) (tasks.Value, error) {
	if s == nil {
		return r.schemaless(n)
	}
	if n == nil || n.kind == nullNode {
		switch {
		case hasDefault(s) && !r.keepNulls:
			return s.Default, nil
		case s.Optional:
			return tasks.Null, nil
		}
		return tasks.Null, tasks.DataException("Invalid null value for required %s field", s.Type)
	}
	switch s.Name {
	case "":
	case tasks.DecimalName:
		return r.decimal(s, n)
	case tasks.DateName, tasks.TimeName, tasks.TimestampName:
		return r.time(s, n)
	}
	switch s.Type {
	case tasks.Boolean:
		return tasks.NewBoolean(n.truth), nil
	case tasks.Int8:
		return tasks.NewInt8(int8(n.long())), nil
	case tasks.Int16:
		return tasks.NewInt16(int16(n.long())), nil
	case tasks.Int32:
		return tasks.NewInt32(int32(n.long())), nil
	case tasks.Int64:
		return tasks.NewInt64(n.long()), nil
	case tasks.Float32:
		return tasks.NewFloat32(n.float()), nil
	case tasks.Float64:
		return tasks.NewFloat64(n.double()), nil
	case tasks.String:
		if n.kind != stringNode {
			return tasks.Null, nil
		}
		return tasks.NewStringBytes(n.text), nil
	case tasks.Bytes:
		return r.bytes(n)
	case tasks.Array:
		return r.items(s.Elem, n) // Lenient as the original: a scalar has no items, an object its members.
	case tasks.MapType:
		return r.mapping(s, n)
	}
	return r.structure(s, n)
}

func (r *reader) schemaless(n *node) (tasks.Value, error) {
	if n == nil {
		return tasks.Null, nil
	}
	switch n.kind {
	case booleanNode:
		return tasks.NewBoolean(n.truth), nil
	case numberNode:
		if n.fractional {
			return tasks.NewFloat64(n.double()), nil
		}
		return tasks.NewInt64(n.long()), nil
	case stringNode:
		return tasks.NewStringBytes(n.text), nil
	case arrayNode:
		return r.items(nil, n)
	case objectNode:
		return r.members(nil, n)
	}
	return tasks.Null, nil
}

func (r *reader) bytes(n *node) (tasks.Value, error) {
	if n.kind != stringNode {
		return tasks.Null, nil
	}
	b, ok := r.base64(n.text)
	if !ok {
		return tasks.Null, tasks.DataException("Invalid bytes field")
	}
	return tasks.NewBytes(b), nil
}

// base64 decodes as the original does: padding is required, blanks between groups of four are not looked at.
func (r *reader) base64(text []byte) ([]byte, bool) {
	if bytes.ContainsAny(text, " \t\r\n") {
		text = bytes.Join(bytes.Fields(text), nil)
	}
	out := r.a.Bytes(base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n:n], err == nil
}

func (r *reader) decimal(s *tasks.Schema, n *node) (tasks.Value, error) {
	d := r.a.Decimal()
	switch n.kind {
	case numberNode:
		if !n.digits().Decimal(d) {
			return tasks.Null, tasks.DataException("Invalid bytes for Decimal field")
		}
		return tasks.NewDecimal(d), nil
	case stringNode:
		b, ok := r.base64(n.text)
		scale, err := decimalScale(s)
		if !ok || err != nil || len(b) == 0 {
			return tasks.Null, tasks.DataException("Invalid bytes for Decimal field")
		}
		SetTwosComplement(&d.Unscaled, b)
		d.Scale = scale
		return tasks.NewDecimal(d), nil
	}
	return tasks.Null, tasks.DataException("Invalid type for Decimal, underlying representation should be numeric or bytes but was %s", n.kind)
}

func (r *reader) time(s *tasks.Schema, n *node) (tasks.Value, error) {
	simple := s.Name[len("org.apache.kafka.connect.data."):]
	if s.Name == tasks.TimestampName {
		if n.kind != numberNode || n.fractional {
			return tasks.Null, tasks.DataException("Invalid type for %s, underlying representation should be integral but was %s", simple, n.kind)
		}
		return tasks.NewTime(n.long()), nil
	}
	if !n.isInt() {
		return tasks.Null, tasks.DataException("Invalid type for %s, underlying representation should be integer but was %s", simple, n.kind)
	}
	v := n.long()
	if s.Name == tasks.DateName {
		return tasks.NewTime(v * dayMillis), nil
	}
	if v < 0 || v > dayMillis {
		return tasks.Null, tasks.DataException("Time values must use number of milliseconds greater than 0 and less than 86400000")
	}
	return tasks.NewTime(v), nil
}

func (r *reader) items(elem *tasks.Schema, n *node) (tasks.Value, error) {
	out := r.a.Values(len(n.items))
	for i := range n.items {
		var err error
		if out[i], err = r.value(elem, &n.items[i]); err != nil {
			return tasks.Null, err
		}
	}
	return tasks.NewList(out), nil
}

func (r *reader) mapping(s *tasks.Schema, n *node) (tasks.Value, error) {
	if s.Key.Type == tasks.String {
		if n.kind != objectNode {
			return tasks.Null, tasks.DataException("Maps with string fields should be encoded as JSON objects, but found %s", n.kind)
		}
		return r.members(s.Elem, n)
	}
	if n.kind != arrayNode {
		return tasks.Null, tasks.DataException("Maps with non-string fields should be encoded as JSON array of tuples, but found %s", n.kind)
	}
	m := r.a.Map(len(n.items))
	filling := Filling{Map: m}
	for i := range n.items {
		pair := &n.items[i]
		if pair.kind != arrayNode {
			return tasks.Null, tasks.DataException("Found invalid map entry instead of array tuple: %s", pair.kind)
		}
		if len(pair.items) != 2 {
			return tasks.Null, tasks.DataException("Found invalid map entry, expected length 2 but found :%d", len(pair.items))
		}
		k, err := r.value(s.Key, &pair.items[0])
		if err != nil {
			return tasks.Null, err
		}
		v, err := r.value(s.Elem, &pair.items[1])
		if err != nil {
			return tasks.Null, err
		}
		filling.Put(k, v)
	}
	return tasks.NewMapValue(m), nil
}

func (r *reader) members(elem *tasks.Schema, n *node) (tasks.Value, error) {
	m := r.a.Map(len(n.items))
	for i := range n.items {
		v, err := r.value(elem, &n.items[i])
		if err != nil {
			return tasks.Null, err
		}
		m.Entries = append(m.Entries, tasks.Entry{Key: tasks.NewStringBytes(n.names[i]), Value: v})
	}
	return tasks.NewMapValue(m), nil
}

func (r *reader) structure(s *tasks.Schema, n *node) (tasks.Value, error) {
	if n.kind != objectNode {
		return tasks.Null, tasks.DataException("Structs should be encoded as JSON objects, but found %s", n.kind)
	}
	st := r.a.Struct(s)
	for i := range s.Fields {
		f := &s.Fields[i]
		v, err := r.value(f.Schema, n.field(f.Name))
		if err != nil {
			return tasks.Null, err
		}
		if err := checkField(f, v); err != nil {
			return tasks.Null, err
		}
		st.Slots[i] = v
	}
	return tasks.NewStructValue(st), nil
}

// checkField finds a null where the schema requires a value, as ConnectSchema.validateValue does. Such nulls come from
// values of another kind than the schema's, which the original reads leniently.
func checkField(f *tasks.Field, v tasks.Value) error {
	if !v.IsNull() {
		return checkParts(f.Schema, v)
	}
	if f.Schema.Optional {
		return nil
	}
	return tasks.DataException("Invalid value: null used for required field: %q, schema type: %s", f.Name, f.Schema.Type)
}

func checkPart(s *tasks.Schema, v tasks.Value) error {
	if !v.IsNull() {
		return checkParts(s, v)
	}
	if s == nil || s.Optional {
		return nil
	}
	return tasks.DataException("Invalid value: null used for required value, schema type: %s", s.Type)
}

func checkParts(s *tasks.Schema, v tasks.Value) error {
	if s == nil {
		return nil
	}
	for _, e := range v.List() {
		if err := checkPart(s.Elem, e); err != nil {
			return err
		}
	}
	if m := v.Map(); m != nil {
		for _, e := range m.Entries {
			if err := checkPart(s.Key, e.Key); err != nil {
				return err
			}
			if err := checkPart(s.Elem, e.Value); err != nil {
				return err
			}
		}
	}
	return nil
}
