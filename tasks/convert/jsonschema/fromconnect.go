package jsonschema

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// fromConnect writes the JSON schema of a Connect schema, member for member in the order of the original, so that both
// register the same text.
type fromConnect struct {
	o     options
	ids   map[string]bool
	depth int
}

// schemaText returns the text of the JSON schema of s.
func schemaText(s *tasks.Schema, o options) (string, error) {
	f := &fromConnect{o: o, ids: map[string]bool{}}
	b, err := f.schema(s, noIndex, false)
	return string(b), err
}

const noIndex = -1

// draft is a schema's text in parts.
type draft struct {
	head, tail []byte // before and after the attributes, each member with a comma before it
	kind       string // connect.type
	attributes bool   // whether name, version, doc, parameters and default are written
	id         string
	def        []byte
	index      int
}

func (f *fromConnect) schema(s *tasks.Schema, index int, ignoreOptional bool) ([]byte, error) {
	if f.depth++; f.depth > maxDepth {
		return nil, &tasks.Exception{Class: "java.lang.StackOverflowError"}
	}
	defer func() { f.depth-- }()
	id, _ := s.Parameter(idParam)
	if id != "" {
		f.ids[id] = true
	}
	d, err := f.shape(s)
	if err != nil {
		return nil, err
	}
	d.id, d.index = id, index
	if !d.attributes {
		return d.bare(), nil
	}
	if err := f.attributes(s, d); err != nil {
		return nil, err
	}
	if s.Optional && !ignoreOptional {
		inner := *d
		inner.id, inner.index = "", noIndex
		outer := draft{tail: nullOr(inner.text(s)), id: id, index: index}
		return outer.bare(), nil
	}
	return d.text(s), nil
}

func nullOr(schema []byte) []byte {
	return slices.Concat([]byte(`,"oneOf":[{"type":"null"},`), schema, []byte("]"))
}

// shape writes what the type asks for.
func (f *fromConnect) shape(s *tasks.Schema) (*draft, error) {
	d := &draft{attributes: true}
	head := func(t string) { d.head = append(d.head, `,"type":"`+t+`"`...) }
	switch s.Type {
	case tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64:
		head("integer")
		d.kind = strings.ToLower(s.Type.String())
	case tasks.Float32, tasks.Float64:
		head("number")
		d.kind = strings.ToLower(s.Type.String())
	case tasks.Boolean:
		d.tail = []byte(`,"type":"boolean"`)
	case tasks.String:
		if symbols, ok := f.symbols(s); ok {
			d.head = symbols
		} else {
			head("string")
		}
	case tasks.Bytes:
		head("string")
		if s.Name == tasks.DecimalName && f.o.numericDecimals {
			d.head = []byte(`,"type":"number"`)
		}
		d.kind = "bytes"
	case tasks.Array:
		item, err := f.referred(s.Elem, noIndex)
		if err != nil {
			return nil, err
		}
		head("array")
		d.tail = append([]byte(`,"items":`), item...)
	case tasks.MapType:
		return d, f.mapping(s, d)
	case tasks.StructType:
		return d, f.structure(s, d)
	}
	return d, nil
}

// symbols writes an enum, when s was one.
func (f *fromConnect) symbols(s *tasks.Schema) (head []byte, ok bool) {
	name := enumParam
	if f.o.sumTypes {
		name = sumEnumParam
	}
	_, plain := s.Parameter(enumParam)
	_, sum := s.Parameter(sumEnumParam)
	if !plain && !sum {
		return nil, false
	}
	var list [][]byte
	for _, p := range s.Parameters {
		symbol, ok := strings.CutPrefix(p.Name, name+".")
		switch {
		case !ok:
		case symbol == nullSymbol:
			list = append(list, []byte("null"))
		default:
			list = append(list, quote(nil, symbol))
		}
	}
	return slices.Concat([]byte(`,"enum":[`), bytes.Join(list, []byte(",")), []byte("]")), true
}

// referred writes a schema, or a reference when one with its id is begun.
func (f *fromConnect) referred(s *tasks.Schema, index int) ([]byte, error) {
	if s == nil {
		return nil, tasks.NewException("java.lang.NullPointerException", "a schema has no schema for its parts")
	}
	if id, ok := s.Parameter(idParam); ok && f.ids[id] {
		return append(quote([]byte(`{"$ref":`), id), '}'), nil
	}
	return f.schema(s, index, false)
}

func (f *fromConnect) mapping(s *tasks.Schema, d *draft) error {
	if s.Key == nil || s.Elem == nil {
		return tasks.NewException("java.lang.NullPointerException", "a map's schema has no schema for its parts")
	}
	d.kind = "map"
	if s.Key.Type == tasks.String && !s.Key.Optional {
		value, err := f.schema(s.Elem, noIndex, false)
		d.head, d.tail = []byte(`,"type":"object"`), append([]byte(`,"additionalProperties":`), value...)
		return err
	}
	key, err := f.schema(s.Key, 0, false)
	if err != nil {
		return err
	}
	value, err := f.schema(s.Elem, 1, false)
	d.head = []byte(`,"type":"array"`)
	d.tail = slices.Concat([]byte(`,"items":{"type":"object","properties":{"value":`), value, []byte(`,"key":`), key, []byte("}}"))
	return err
}

func (f *fromConnect) structure(s *tasks.Schema, d *draft) error {
	switch {
	case isUnion(s):
		return f.union(s, d)
	case s.Optional:
		d.attributes = false
		inner, err := f.schema(s.AsOptional(false), noIndex, false)
		d.tail = nullOr(inner)
		return err
	case s.Name == variantName:
		return nil
	}
	d.head = []byte(`,"type":"object"`)
	if f.o.closed {
		d.head = append(d.head, `,"additionalProperties":false`...)
	}
	names := make([]string, len(s.Fields))
	texts := make([][]byte, len(s.Fields))
	for i, field := range s.Fields {
		names[i] = field.Name
		var err error
		if texts[i], err = f.referred(field.Schema, i); err != nil {
			return err
		}
	}
	for n, i := range hashOrder(names) {
		if n == 0 {
			d.tail = append(d.tail, `,"properties":{`...)
		} else {
			d.tail = append(d.tail, ',')
		}
		d.tail = append(append(quote(d.tail, names[i]), ':'), texts[i]...)
	}
	if len(names) > 0 {
		d.tail = append(d.tail, '}')
	}
	return nil
}

func (f *fromConnect) union(s *tasks.Schema, d *draft) error {
	d.attributes = false
	var parts [][]byte
	if s.Optional {
		parts = append(parts, []byte(`{"type":"null"}`))
	}
	for i, field := range s.Fields {
		part, err := f.schema(field.Schema.AsOptional(false), i, true)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	d.tail = slices.Concat([]byte(`,"oneOf":[`), bytes.Join(parts, []byte(",")), []byte("]"))
	return nil
}

// attributes prepares the default.
func (f *fromConnect) attributes(s *tasks.Schema, d *draft) error {
	if !s.HasDefault || s.Default.IsNull() {
		return nil
	}
	e := newEncoder(f.o)
	text, _, err := e.append(nil, compiler{}.plan(s), s.Default)
	d.def = trimNumbers(text)
	return err
}

// bare writes a schema without the attributes of a Connect schema.
func (d *draft) bare() []byte {
	out := slices.Clone(d.head)
	if d.id != "" {
		out = quote(append(out, `,"id":`...), d.id)
	}
	if d.index != noIndex {
		out = strconv.AppendInt(append(out, `,"connect.index":`...), int64(d.index), 10)
	}
	return object(append(out, d.tail...))
}

func (d *draft) text(s *tasks.Schema) []byte {
	out := slices.Clone(d.head)
	if s.Name != "" {
		out = quote(append(out, `,"title":`...), s.Name)
	}
	if s.Doc != nil {
		out = quote(append(out, `,"description":`...), *s.Doc)
	}
	if d.def != nil {
		out = append(append(out, `,"default":`...), d.def...)
	}
	if d.id != "" {
		out = quote(append(out, `,"id":`...), d.id)
	}
	if d.index != noIndex {
		out = strconv.AppendInt(append(out, `,"connect.index":`...), int64(d.index), 10)
	}
	if s.Version != nil {
		out = strconv.AppendInt(append(out, `,"connect.version":`...), int64(*s.Version), 10)
	}
	if d.kind != "" {
		out = append(out, `,"connect.type":"`+d.kind+`"`...)
	}
	return object(append(appendParameters(out, s), d.tail...))
}

func appendParameters(out []byte, s *tasks.Schema) []byte {
	var own []tasks.Param
	var names []string
	for _, p := range s.Parameters {
		if !strings.HasPrefix(p.Name, namespace) {
			own, names = append(own, p), append(names, p.Name)
		}
	}
	for n, i := range hashOrder(names) {
		if n == 0 {
			out = append(out, `,"connect.parameters":{`...)
		} else {
			out = append(out, ',')
		}
		out = quote(append(quote(out, own[i].Name), ':'), own[i].Value)
	}
	if len(own) > 0 {
		out = append(out, '}')
	}
	return out
}

// object makes an object of members that each have a comma before them.
func object(members []byte) []byte {
	if len(members) == 0 {
		return []byte("{}")
	}
	return slices.Concat([]byte("{"), members[1:], []byte("}"))
}

// trimNumbers drops the zeros that end a fraction, as the original writes numbers in schemas.
func trimNumbers(text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); {
		c := text[i]
		end := i + 1
		switch {
		case c == '"':
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
		case c == '-' || c >= '0' && c <= '9':
			for end < len(text) && strings.IndexByte("+-.eE0123456789", text[end]) >= 0 {
				end++
			}
			if n := text[i:end]; bytes.IndexByte(n, '.') > 0 && !bytes.ContainsAny(n, "eE") {
				out = append(out, bytes.TrimRight(bytes.TrimRight(n, "0"), ".")...)
				i = end
				continue
			}
		}
		out = append(out, text[i:end]...)
		i = end
	}
	return out
}
