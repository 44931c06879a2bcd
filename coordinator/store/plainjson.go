package store

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"
)

// plain reads JSON as [encode] writes it, many times faster than encoding/json, which a start with a hundred thousand grants is
// made of: members in the order of the struct's fields, no spaces, no null, no member that is not known. Of all else it says that
// it cannot; the caller asks encoding/json then. What both read is the same.
//
// Texts, maps and lists that repeat from one value to the next, as most of a lease does, are shared between them, so nobody may
// change them. It is not safe for concurrent use.
type plain[T any] struct{ root *shape }

func newPlain[T any]() plain[T] { return plain[T]{shapeOf(reflect.TypeFor[T]())} }

// read fills to and reports whether it could.
func (p plain[T]) read(b []byte, to *T) bool {
	var none T
	*to = none
	rest, ok := p.root.read(b, reflect.ValueOf(to).Elem())
	return ok && len(rest) == 0
}

// shape is how a type stands in JSON.
type shape struct {
	read   func(b []byte, to reflect.Value) (rest []byte, ok bool)
	fields []field
	elem   *shape
	text   string // the text that was read last
	raw    []byte // the map or list that was read last, and its value
	value  reflect.Value
}

type field struct {
	key   []byte // "name":
	index int
	*shape
}

// shapeOf returns the shape of a type that does not hold itself.
func shapeOf(t reflect.Type) *shape {
	s := &shape{}
	s.read = s.unknown
	for _, own := range []reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()} {
		if reflect.PointerTo(t).Implements(own) {
			return s
		}
	}
	switch t.Kind() {
	case reflect.String:
		s.read = s.readText
	case reflect.Int, reflect.Int32, reflect.Int64:
		s.read = readInt
	case reflect.Bool:
		s.read = readBool
	case reflect.Struct:
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
				s.fields = append(s.fields, field{[]byte(`"` + name + `":`), i, shapeOf(t.Field(i).Type)})
			}
		}
		s.read = s.readStruct
	case reflect.Slice:
		s.elem = shapeOf(t.Elem())
		s.read = s.repeated(s.readList)
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			s.elem = shapeOf(t.Elem())
			s.read = s.repeated(s.readMap)
		}
	}
	return s
}

func (s *shape) unknown([]byte, reflect.Value) ([]byte, bool) { return nil, false }

// quoted returns the text that b begins with.
func quoted(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			text = b[1:i]
			return text, b[i+1:], utf8.Valid(text)
		case c == '\\':
			return escaped(b, i)
		case c < ' ':
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// escaped goes on with a text whose first escape is at i: those of splits, which are JSON in JSON.
func escaped(b []byte, i int) (text, rest []byte, ok bool) {
	text = bytes.Clone(b[1:i])
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return text, b[i+1:], utf8.Valid(text)
		case c == '\\':
			i++
			if i == len(b) || b[i] != '"' && b[i] != '\\' {
				return nil, nil, false
			}
			text = append(text, b[i])
		case c < ' ':
			return nil, nil, false
		default:
			text = append(text, c)
		}
	}
	return nil, nil, false
}

func (s *shape) readText(b []byte, to reflect.Value) ([]byte, bool) {
	text, rest, ok := quoted(b)
	if s.text != string(text) {
		s.text = string(text)
	}
	to.SetString(s.text)
	return rest, ok
}

func readInt(b []byte, to reflect.Value) ([]byte, bool) {
	digits, minus := bytes.CutPrefix(b, []byte("-"))
	n, i := 0, int64(0)
	for ; n < len(digits) && digits[n] >= '0' && digits[n] <= '9'; n++ {
		i = 10*i + int64(digits[n]-'0')
	}
	if n == 0 || n > 18 || n > 1 && digits[0] == '0' { // 18 digits do not overflow
		return nil, false
	}
	if minus {
		i = -i
	}
	if to.OverflowInt(i) {
		return nil, false
	}
	to.SetInt(i)
	return digits[n:], true // a fraction is no end of a member
}

func readBool(b []byte, to reflect.Value) ([]byte, bool) {
	if rest, ok := bytes.CutPrefix(b, []byte("true")); ok {
		to.SetBool(true)
		return rest, true
	}
	return bytes.CutPrefix(b, []byte("false"))
}

// next takes what stands before the next member or element: a comma, but for the first; or the end.
func next(b []byte, first bool, end byte) (rest []byte, more, ok bool) {
	switch {
	case len(b) == 0:
		return nil, false, false
	case b[0] == end:
		return b[1:], false, true
	case first:
		return b, true, true
	}
	return b[1:], true, b[0] == ',' && len(b) > 1 && b[1] != end
}

func (s *shape) readStruct(b []byte, to reflect.Value) ([]byte, bool) {
	if len(b) == 0 || b[0] != '{' {
		return nil, false
	}
	b = b[1:]
	for at, first := 0, true; ; first = false {
		rest, more, ok := next(b, first, '}')
		if !more {
			return rest, ok
		}
		for at < len(s.fields) && !bytes.HasPrefix(rest, s.fields[at].key) {
			at++
		}
		if !ok || at == len(s.fields) {
			return nil, false
		}
		f := s.fields[at]
		if b, ok = f.read(rest[len(f.key):], to.Field(f.index)); !ok {
			return nil, false
		}
		at++
	}
}

// repeated shares a value with the one before it that has the same JSON.
func (s *shape) repeated(read func([]byte, reflect.Value) ([]byte, bool)) func([]byte, reflect.Value) ([]byte, bool) {
	return func(b []byte, to reflect.Value) ([]byte, bool) {
		if rest, ok := bytes.CutPrefix(b, s.raw); ok && s.raw != nil {
			to.Set(s.value)
			return rest, true
		}
		rest, ok := read(b, to)
		if ok {
			s.raw, s.value = bytes.Clone(b[:len(b)-len(rest)]), reflect.ValueOf(to.Interface())
		}
		return rest, ok
	}
}

func (s *shape) readList(b []byte, to reflect.Value) ([]byte, bool) {
	if len(b) == 0 || b[0] != '[' {
		return nil, false
	}
	b = b[1:]
	to.Set(reflect.MakeSlice(to.Type(), 0, 1))
	for first := true; ; first = false {
		rest, more, ok := next(b, first, ']')
		if !more || !ok {
			return rest, ok
		}
		one := reflect.New(to.Type().Elem()).Elem()
		if b, ok = s.elem.read(rest, one); !ok {
			return nil, false
		}
		to.Set(reflect.Append(to, one))
	}
}

func (s *shape) readMap(b []byte, to reflect.Value) ([]byte, bool) {
	if len(b) == 0 || b[0] != '{' {
		return nil, false
	}
	b = b[1:]
	to.Set(reflect.MakeMap(to.Type()))
	for first := true; ; first = false {
		rest, more, ok := next(b, first, '}')
		if !more || !ok {
			return rest, ok
		}
		name, rest, ok := quoted(rest)
		if !ok || len(rest) == 0 || rest[0] != ':' {
			return nil, false
		}
		one := reflect.New(to.Type().Elem()).Elem()
		if b, ok = s.elem.read(rest[1:], one); !ok {
			return nil, false
		}
		to.SetMapIndex(reflect.ValueOf(string(name)).Convert(to.Type().Key()), one)
	}
}
