package protobuf

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// written is what values of a Connect schema are written under.
type written struct {
	file *file
	text string
	root *message // nil for a value that is no struct
	full string   // of the root's message, also of a wrapper
}

// fromConnect makes messages of Connect schemas.
type fromConnect struct {
	o       Options
	file    *file
	unnamed int
	depth   int
}

func invalidDefinition(err error) error {
	return tasks.NewException(illegalArgument, "Invalid protobuf schema definition: %v", err)
}

// schemaFor returns the schema under which values of s are written.
func schemaFor(s *tasks.Schema, o Options) (*written, error) {
	t := &fromConnect{o: o, file: &file{syntax: "proto3"}}
	pkg, name := t.split(t.nameOr(s.Name))
	switch s.Type {
	case tasks.Array, tasks.MapType:
		return nil, tasks.NewException(illegalArgument, "Unsupported root schema of type %s", s.Type)
	case tasks.StructType:
	default:
		full := "google.protobuf." + wrapperOf(s.Type)
		f, err := parseSchema(wrappersText, nil)
		return &written{file: f, text: wrappersText, full: full}, err
	}
	t.file.pkg = pkg
	m, err := t.message(name, s)
	if err != nil {
		return nil, err
	}
	t.file.messages = []*message{m}
	text := t.file.text()
	imports := &linker{messages: map[string]*message{}, enums: map[string]*enum{}}
	if err := imports.load(t.file, nil, map[string]bool{}); err != nil {
		return nil, invalidDefinition(err)
	}
	if err := imports.link(t.file); err != nil {
		return nil, invalidDefinition(err)
	}
	return &written{file: t.file, text: text, root: m, full: m.full}, nil
}

func wrapperOf(t tasks.Type) string {
	return map[tasks.Type]string{tasks.Int8: "Int32Value", tasks.Int16: "Int32Value", tasks.Int32: "Int32Value", tasks.Int64: "Int64Value",
		tasks.Float32: "FloatValue", tasks.Float64: "DoubleValue", tasks.Boolean: "BoolValue", tasks.String: "StringValue",
		tasks.Bytes: "BytesValue"}[t]
}

func (t *fromConnect) nameOr(name string) string {
	if name != "" {
		return name
	}
	t.unnamed++
	return defaultName + strconv.Itoa(t.unnamed)
}

// split splits a full name into the package and the name inside of it.
func (t *fromConnect) split(full string) (pkg, name string) {
	i := strings.LastIndexByte(full, '.')
	if i < 0 {
		return "", t.scrub(full)
	}
	parts := strings.Split(full[:i], ".")
	for i := range parts {
		parts[i] = t.scrub(parts[i])
	}
	return strings.Join(parts, "."), t.scrub(full[i+1:])
}

// unqualified returns the last part of a schema's name.
func (t *fromConnect) unqualified(name string) string {
	full := t.nameOr(name)
	return t.scrub(full[strings.LastIndexByte(full, '.')+1:])
}

func (t *fromConnect) scrub(name string) string {
	if !t.o.Scrub {
		return name
	}
	return scrub(name)
}

func nameByte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// scrub makes a name of letters, digits and underscores that starts with a letter: the other bytes are written as a URL
// has them, with underscores for its signs.
func scrub(name string) string {
	ok := name == "" || name[0] > '9' && name[0] != '_'
	for i := range len(name) {
		ok = ok && nameByte(name[i])
	}
	if ok {
		return name
	}
	const digits = "0123456789ABCDEF"
	var out []byte
	for _, c := range []byte(name) {
		switch {
		case nameByte(c):
			out = append(out, c)
		case c == '.' || c == '-' || c == '*' || c == ' ':
			out = append(out, '_')
		default:
			out = append(out, '_', digits[c>>4], digits[c&15])
		}
	}
	if first := name[0]; first >= '0' && first <= '9' || first == '_' {
		return "x" + string(out)
	}
	return string(out)
}

// message makes a message of a struct. Its fields are numbered by their tags, else one after the other.
func (t *fromConnect) message(name string, s *tasks.Schema) (*message, error) {
	if t.depth++; t.depth > maxDepth {
		return nil, tasks.NewException(stackOverflow, "the schema is nested too deeply, or contains itself")
	}
	defer func() { t.depth-- }()
	m := &message{name: name, file: t.file}
	next := int32(1)
	for i := range s.Fields {
		fs := s.Fields[i].Schema
		number, tagged, err := tag(fs)
		if err != nil {
			return nil, err
		}
		if !tagged {
			number = next
			next++
		}
		f, err := t.field(m, fs, t.scrub(s.Fields[i].Name), number)
		if err != nil {
			return nil, err
		}
		if f != nil {
			m.fields = append(m.fields, f)
		}
	}
	return m, nil
}

func tag(s *tasks.Schema) (number int32, ok bool, err error) {
	text, ok := s.Parameter(tagParam)
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, false, tasks.NewException(numberFormatException, "For input string: %q", text)
	}
	return int32(n), true, nil
}

func isUnion(s *tasks.Schema) bool {
	if s.Type != tasks.StructType {
		return false
	}
	_, sum := s.Parameter(sumUnionParam)
	return sum || strings.HasPrefix(s.Name, unionPrefix)
}

// field makes a field of m; nil for a union, which becomes a oneof of m.
func (t *fromConnect) field(m *message, s *tasks.Schema, name string, number int32) (*field, error) {
	f := &field{name: name, number: number}
	switch {
	case s.Type == tasks.Array:
		f.label = labelRepeated
		s = s.Elem
	case s.Type == tasks.MapType:
		f.label = labelRepeated
	case t.o.OptionalNullables && s.Optional:
		f.label = labelOptional
	}
	if err := t.typeOf(f, s); err != nil {
		return nil, err
	}
	f.kind = scalar(f.typeName)
	switch {
	case isLogical(s):
	case s.Type == tasks.StructType && isUnion(s):
		return nil, t.oneof(m, s)
	case s.Type == tasks.StructType:
		return f, t.nest(m, f.typeName, s)
	case s.Type == tasks.MapType:
		entry, err := t.entry(f.typeName, s)
		if err != nil {
			return nil, err
		}
		m.messages = append(m.messages, entry)
		return f, nil
	case isEnum(s):
		return f, t.enum(m, s)
	}
	if f.kind == 0 {
		t.imported(f.typeName)
	}
	return f, nil
}

// imported adds the import of a well-known message.
func (t *fromConnect) imported(full string) {
	var name string
	switch full {
	case decimalMessage:
		name = "confluent/type/decimal.proto"
	case dateMessage:
		name = "google/type/date.proto"
	case timeMessage:
		name = "google/type/timeofday.proto"
	case timestampMessage:
		name = "google/protobuf/timestamp.proto"
	default:
		if wrapped(full) == 0 {
			return
		}
		name = "google/protobuf/wrappers.proto"
	}
	if !slices.Contains(t.file.imports, name) {
		t.file.imports = append(t.file.imports, name)
	}
}

// nest defines the message of a struct inside of m unless m has one of that name, or has it itself.
func (t *fromConnect) nest(m *message, name string, s *tasks.Schema) error {
	if m.name == name || slices.ContainsFunc(m.messages, func(o *message) bool { return o.name == name && !o.entry }) {
		return nil
	}
	at := len(m.messages)
	m.messages = append(m.messages, &message{name: name}) // its place is before what it contains
	below, err := t.message(name, s)
	m.messages[at] = below
	return err
}

func (t *fromConnect) oneof(m *message, s *tasks.Schema) error {
	name := s.Name
	if t.o.SumTypes {
		name, _ = s.Parameter(sumUnionParam)
	} else {
		name = t.unqualified(strings.TrimPrefix(strings.TrimPrefix(name, unionPrefix), "."))
	}
	o := &oneof{name: name}
	m.oneofs = append(m.oneofs, o)
	for i := range s.Fields {
		fs := s.Fields[i].Schema
		number, _, err := tag(fs)
		if err != nil {
			return err
		}
		f, err := t.field(m, fs, t.scrub(s.Fields[i].Name), number)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		if f.label == labelOptional {
			f.label = labelNone
		}
		f.oneof = o
		o.fields = append(o.fields, f)
		m.fields = append(m.fields, f)
	}
	return nil
}

// entry makes the message of a map's entries, which is a plain message but for its name.
func (t *fromConnect) entry(name string, s *tasks.Schema) (*message, error) {
	if t.depth++; t.depth > maxDepth {
		return nil, tasks.NewException(stackOverflow, "the schema is nested too deeply, or contains itself")
	}
	defer func() { t.depth-- }()
	m := &message{name: name, file: t.file}
	for i, part := range []*tasks.Schema{s.Key, s.Elem} {
		f, err := t.field(m, part, []string{"key", "value"}[i], int32(i+1))
		if err != nil {
			return nil, err
		}
		if f == nil {
			return nil, tasks.NewException(nullPointer, "the parts of a map cannot be unions")
		}
		if f.label == labelOptional {
			f.label = labelNone
		}
		m.fields = append(m.fields, f)
	}
	return m, nil
}

func isEnum(s *tasks.Schema) bool {
	_, sum := s.Parameter(sumEnumParam)
	_, own := s.Parameter(enumParam)
	return sum || own
}

func (t *fromConnect) enum(m *message, s *tasks.Schema) error {
	name := t.unqualified(s.Name)
	if slices.ContainsFunc(m.enums, func(e *enum) bool { return e.name == name }) {
		return nil
	}
	e := &enum{name: name, open: true}
	prefix := t.o.enumParameter() + "."
	for _, p := range s.Parameters {
		value, ok := strings.CutPrefix(p.Name, prefix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(p.Value, 10, 32)
		if err != nil {
			return tasks.NewException(numberFormatException, "For input string: %q", p.Value)
		}
		e.values = append(e.values, enumValue{value, int32(n)})
	}
	m.enums = append(m.enums, e)
	return nil
}

func isLogical(s *tasks.Schema) bool {
	return s.Name == tasks.DecimalName || s.Name == tasks.DateName || s.Name == tasks.TimeName || s.Name == tasks.TimestampName
}
