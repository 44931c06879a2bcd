package transform

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// expansion makes data with a schema of a JSON text, as the event router of outboxes does. Fields of objects are in the order
// of the text; objects of one array get one schema with the fields of all.
type expansion struct {
	nulls bool // a null becomes optional bytes; else it is left out
	known []*tasks.Schema
}

var (
	errMixed     = errors.New("the array has items of different types")
	errNoSchema  = errors.New("nothing tells the type of the array's items")
	errNoName    = errors.New("a field has no name")
	errBigNumber = errors.New("the number is beyond 64 bits")
)

// payload returns the schema and data of a text; ok is false when it cannot be expanded. What follows the first value is
// ignored.
func (e *expansion) payload(name string, text tasks.Value) (*tasks.Schema, tasks.Value, bool) {
	b := text.Bytes()
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return nil, tasks.Null, false
	}
	l, err := convert.NewLexer(nil, b)
	if err != nil {
		return nil, tasks.Null, false
	}
	tree, err := readJSON(&l)
	if err != nil {
		return nil, tasks.Null, false
	}
	s, err := e.schema(name, tree)
	if err != nil || s == nil {
		return nil, tasks.Null, false
	}
	s = e.same(s)
	v, err := shape(s, tree)
	return s, v, err == nil
}

// same returns the schema that a text before had, if it equals s: converters remember schemas by identity.
func (e *expansion) same(s *tasks.Schema) *tasks.Schema {
	if i := slices.IndexFunc(e.known, s.Equal); i >= 0 {
		return e.known[i]
	}
	if len(e.known) >= cacheSize {
		e.known = nil
	}
	e.known = append(e.known, s)
	return s
}

// readJSON reads one JSON value: whole numbers are int32 or int64, others float64, objects maps.
func readJSON(l *convert.Lexer) (tasks.Value, error) {
	switch c := l.Peek(); {
	case c == '"':
		b, err := l.Text()
		return tasks.NewStringBytes(b), err
	case c == '{':
		return readObject(l)
	case c == '[':
		return readArray(l)
	case c == 't':
		return tasks.NewBoolean(true), l.Literal("true")
	case c == 'f':
		return tasks.NewBoolean(false), l.Literal("false")
	case c == 'n':
		return tasks.Null, l.Literal("null")
	case c == '-' || c >= '0' && c <= '9':
		return readNumber(l)
	}
	return tasks.Null, l.Problem()
}

func readNumber(l *convert.Lexer) (tasks.Value, error) {
	text, fractional, err := l.Number()
	switch {
	case err != nil:
		return tasks.Null, err
	case fractional:
		f, _ := strconv.ParseFloat(string(text), 64) // Its only error is an overflow, which is infinite, as in Java.
		return tasks.NewFloat64(f), nil
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	switch {
	case err != nil:
		return tasks.Null, errBigNumber
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return tasks.NewInt32(int32(n)), nil
	}
	return tasks.NewInt64(n), nil
}

func readArray(l *convert.Lexer) (tasks.Value, error) {
	var items []tasks.Value
	if err := l.Enter(); err != nil {
		return tasks.Null, err
	}
	for more := !l.Empty(']'); more; {
		v, err := readJSON(l)
		if err != nil {
			return tasks.Null, err
		}
		items = append(items, v)
		if more, err = l.Next(']'); err != nil {
			return tasks.Null, err
		}
	}
	return tasks.NewList(items), nil
}

func readObject(l *convert.Lexer) (tasks.Value, error) {
	m := &tasks.Map{}
	seen := map[string]int{}
	if err := l.Enter(); err != nil {
		return tasks.Null, err
	}
	for more := !l.Empty('}'); more; {
		b, err := l.Name()
		if err != nil {
			return tasks.Null, err
		}
		name := string(b)
		v, err := readJSON(l)
		if err != nil {
			return tasks.Null, err
		}
		if i, ok := seen[name]; ok {
			m.Entries[i].Value = v
		} else {
			seen[name] = len(m.Entries)
			m.Entries = append(m.Entries, tasks.Entry{Key: tasks.NewString(name), Value: v})
		}
		if more, err = l.Next('}'); err != nil {
			return tasks.Null, err
		}
	}
	return tasks.NewMapValue(m), nil
}

// schema infers the schema of a value; nil for one that tells nothing. name is the path of the objects' schemas.
func (e *expansion) schema(name string, v tasks.Value) (*tasks.Schema, error) {
	switch v.Kind() {
	case tasks.KindString:
		return tasks.OptionalStringSchema, nil
	case tasks.KindBoolean:
		return tasks.OptionalBooleanSchema, nil
	case tasks.KindInt32:
		return tasks.OptionalInt32Schema, nil
	case tasks.KindInt64:
		return tasks.OptionalInt64Schema, nil
	case tasks.KindFloat64:
		return tasks.OptionalFloat64Schema, nil
	case tasks.KindList:
		items := v.List()
		if len(items) == 0 {
			return nil, nil
		}
		elem, err := e.items(name, items)
		if err != nil {
			return nil, err
		}
		return tasks.NewArray(elem).AsOptional(true), nil
	case tasks.KindMap:
		return e.object(name, v.Map())
	}
	if e.nulls {
		return tasks.OptionalBytesSchema, nil
	}
	return nil, nil
}

func (e *expansion) object(name string, m *tasks.Map) (*tasks.Schema, error) {
	out := &tasks.Schema{Type: tasks.StructType, Name: name, Optional: true}
	for _, entry := range m.Entries {
		field := entry.Key.Str()
		path := field
		if name != "" {
			path = name + "." + field
		}
		s, err := e.schema(path, entry.Value)
		if err != nil {
			return nil, err
		}
		if s != nil && field == "" {
			return nil, errNoName
		}
		if s != nil {
			out.Fields = append(out.Fields, tasks.Field{Name: field, Schema: s})
		}
	}
	return out.Seal(), nil
}

// items infers the schema of an array's items, which are all of one type or null.
func (e *expansion) items(name string, items []tasks.Value) (*tasks.Schema, error) {
	var sample tasks.Value
	var objects []*tasks.Schema
	for _, v := range items {
		switch {
		case v.IsNull():
			continue
		case sample.IsNull():
			sample = v
		case v.Kind() != sample.Kind():
			return nil, errMixed
		}
		if m := v.Map(); m != nil {
			s, err := e.object(name, m)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(objects, s.Equal) {
				objects = append(objects, s)
			}
		}
	}
	if len(objects) > 0 {
		return merge(objects), nil
	}
	s, err := e.schema("", sample)
	if err == nil && s == nil {
		err = errNoSchema
	}
	return s, err
}

// merge makes one schema of those of an array's objects: the fields of all, bytes (a null) giving way to what is known.
func merge(objects []*tasks.Schema) *tasks.Schema {
	if len(objects) == 1 {
		return objects[0]
	}
	out := &tasks.Schema{Type: tasks.StructType, Name: objects[0].Name}
	at := map[string]int{}
	for _, o := range objects {
		for _, f := range o.Fields {
			i, ok := at[f.Name]
			switch {
			case !ok:
				at[f.Name] = len(out.Fields)
				out.Fields = append(out.Fields, f)
			case out.Fields[i].Schema.Type == tasks.Bytes:
				out.Fields[i] = f
			}
		}
	}
	return out.Seal()
}

// shape gives a value the form of its schema; it fails where objects of one array do not agree about a field.
func shape(s *tasks.Schema, v tasks.Value) (tasks.Value, error) {
	switch {
	case v.IsNull():
		return v, nil
	case s.Type == tasks.Array && v.Kind() == tasks.KindList:
		items := v.List()
		out := make([]tasks.Value, len(items))
		for i, item := range items {
			var err error
			if out[i], err = shape(s.Elem, item); err != nil {
				return tasks.Null, err
			}
		}
		return tasks.NewList(out), nil
	case s.Type == tasks.StructType && v.Map() != nil:
		out := tasks.Struct{Schema: s, Slots: make([]tasks.Value, len(s.Fields))}
		for i, f := range s.Fields {
			x, _ := v.Map().Get(f.Name)
			var err error
			if out.Slots[i], err = shape(f.Schema, x); err != nil {
				return tasks.Null, err
			}
		}
		return tasks.NewStructValue(&out), nil
	}
	return v, fitsSchema(s, v, "")
}
