package avro

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// schemaParseException is what the Avro library throws for a schema that cannot be.
const schemaParseException = "org.apache.avro.SchemaParseException"

// FromConnectSchema returns the Avro schema under which values of a Connect schema are written; that of schemaless data
// for nil. Its text is [Schema.String].
func FromConnectSchema(s *tasks.Schema, o Options) (*Schema, error) {
	f := &fromConnect{o: o}
	if s == nil {
		return f.anything(), nil
	}
	return f.schema(s, false)
}

type made struct {
	from *tasks.Schema
	to   *Schema
}

type fromConnect struct {
	o        Options
	structs  []made
	defaults int // unnamed structs so far
	any      *Schema
	depth    int
}

func nullSchema() *Schema { return &Schema{Kind: Null} }

func nullUnion(s *Schema) *Schema {
	return &Schema{Kind: Union, Branches: []*Schema{nullSchema(), s}}
}

// schema converts s. asBranch leaves the optional flag out of account.
func (f *fromConnect) schema(s *tasks.Schema, asBranch bool) (*Schema, error) {
	if s == nil {
		return f.anything(), nil
	}
	if f.depth++; f.depth > maxDepth {
		return nil, tasks.DataException("Schema is nested too deeply")
	}
	defer func() { f.depth-- }()
	if isUnion(s) {
		return f.union(s, asBranch)
	}
	out, err := f.base(s)
	if err != nil || asBranch || !s.Optional {
		return out, err
	}
	if s.HasDefault && !s.Default.IsNull() && s.Type != tasks.StructType {
		return &Schema{Kind: Union, Branches: []*Schema{out, nullSchema()}}, nil
	}
	return nullUnion(out), nil
}

func (f *fromConnect) union(s *tasks.Schema, asBranch bool) (*Schema, error) {
	out := &Schema{Kind: Union}
	if s.Optional && !asBranch {
		out.Branches = append(out.Branches, nullSchema())
	}
	for _, field := range s.Fields {
		b, err := f.schema(field.Schema, true)
		if err != nil {
			return nil, err
		}
		out.Branches = append(out.Branches, b)
	}
	return out, nil
}

// base converts s without its optional flag.
func (f *fromConnect) base(s *tasks.Schema) (out *Schema, err error) {
	kinds := map[tasks.Type]Kind{tasks.Int8: Int, tasks.Int16: Int, tasks.Int32: Int, tasks.Int64: Long, tasks.Float32: Float,
		tasks.Float64: Double, tasks.Boolean: Boolean, tasks.String: String, tasks.Bytes: Bytes}
	switch s.Type {
	case tasks.StructType:
		return f.record(s)
	case tasks.Array:
		out = &Schema{Kind: Array}
		out.Items, err = f.schema(s.Elem, false)
	case tasks.MapType:
		out, err = f.mapping(s)
	case tasks.String:
		out, err = f.text(s)
	case tasks.Bytes:
		out, err = f.bytes(s)
	default:
		out = &Schema{Kind: kinds[s.Type]}
	}
	if err != nil {
		return nil, err
	}
	return out, f.attributes(s, out)
}

// name returns a full name that Avro allows: scrubbed when asked, and numbered for a schema without one.
func (f *fromConnect) name(name string) (string, error) {
	if name == "" {
		f.defaults++
		if f.defaults == 1 {
			return defaultName, nil
		}
		return defaultName + strconv.Itoa(f.defaults), nil
	}
	if f.o.Scrub {
		parts := strings.Split(name, ".")
		for i := range parts {
			parts[i] = scrub(parts[i])
		}
		name = strings.Join(parts, ".")
	}
	if err := checkName(name[strings.LastIndexByte(name, '.')+1:]); err != nil {
		return "", badName(err)
	}
	for part := range strings.SplitSeq(namespaceOf(name), ".") {
		if err := checkName(part); part != "" && err != nil {
			return "", badName(err)
		}
	}
	return name, nil
}

// badName returns the library's exception, which begins with a capital.
func badName(err error) error {
	text := err.Error()
	return tasks.NewException(schemaParseException, "%s", strings.ToUpper(text[:1])+text[1:])
}

func (f *fromConnect) fieldName(name string) (string, error) {
	if f.o.Scrub {
		name = scrub(name)
	}
	if err := checkName(name); err != nil {
		return "", badName(err)
	}
	return name, nil
}

// scrub replaces what Avro does not allow in a name by _.
func scrub(name string) string {
	var b strings.Builder
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		digit := r >= '0' && r <= '9'
		if letter || digit && i > 0 {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String()
}

func (f *fromConnect) record(s *tasks.Schema) (*Schema, error) {
	for _, m := range f.structs {
		if sameStruct(m.from, s) {
			return m.to, nil
		}
	}
	name, err := f.name(s.Name)
	if err != nil {
		return nil, err
	}
	out := &Schema{Kind: Record, Name: name}
	f.structs = append(f.structs, made{s, out})
	docParam := recordDocParam
	if f.o.DiscardTypeDocDefault {
		docParam = oldRecordDocParam
	}
	out.Doc = param(s, docParam)
	for _, field := range s.Fields {
		avroField, err := f.field(s, field)
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, avroField)
	}
	return out, f.attributes(s, out)
}

// sameStruct reports whether two struct schemas differ in the optional flag and default at most.
func sameStruct(a, b *tasks.Schema) bool {
	if a == b || len(a.Fields) > 0 && len(a.Fields) == len(b.Fields) && &a.Fields[0] == &b.Fields[0] && a.Name == b.Name {
		return true
	}
	if a.Name != b.Name || len(a.Fields) != len(b.Fields) || cyclic(a, nil) || cyclic(b, nil) {
		return false
	}
	c := b.Clone()
	c.Optional = a.Optional
	return a.Equal(c.Seal())
}

func cyclic(s *tasks.Schema, path []*tasks.Schema) bool {
	if s == nil || s.Type.Primitive() {
		return false
	}
	if slices.Contains(path, s) || len(path) > maxDepth {
		return true
	}
	path = append(path, s)
	for _, f := range s.Fields {
		if cyclic(f.Schema, path) {
			return true
		}
	}
	return cyclic(s.Key, path) || cyclic(s.Elem, path)
}

func param(s *tasks.Schema, name string) *string {
	if v, ok := s.Parameter(name); ok {
		return &v
	}
	return nil
}

func (f *fromConnect) field(parent *tasks.Schema, field tasks.Field) (Field, error) {
	name, err := f.fieldName(field.Name)
	if err != nil {
		return Field{}, err
	}
	s, err := f.schema(field.Schema, false)
	if err != nil {
		return Field{}, err
	}
	out := Field{Name: name, Schema: s}
	if !f.o.DiscardTypeDocDefault {
		out.Doc = param(parent, fieldDocParam+field.Name)
	} else if field.Schema != nil {
		out.Doc = field.Schema.Doc
	}
	switch fs := field.Schema; {
	case fs == nil:
	case fs.HasDefault && !fs.Default.IsNull():
		if out.def, err = f.defaultNode(fs, fs.Default); err != nil {
			return Field{}, err
		}
	case fs.Optional:
		out.def = &node{kind: 'n'}
	}
	return out, nil
}

func (f *fromConnect) mapping(s *tasks.Schema) (*Schema, error) {
	if f.stringKeys(s) {
		items, err := f.schema(s.Elem, false)
		return &Schema{Kind: Map, Items: items}, err
	}
	entry := &Schema{Kind: Record, Name: space + "." + mapEntry}
	if s.Name != "" {
		name, err := f.name(s.Name)
		if err != nil {
			return nil, err
		}
		entry.Name = name
		entry.props.set(internalType, stringNode(mapEntry))
	}
	for _, field := range []tasks.Field{{Name: "key", Schema: s.Key}, {Name: "value", Schema: s.Elem}} {
		part, err := f.field(s, field)
		if err != nil {
			return nil, err
		}
		part.Doc = nil
		entry.Fields = append(entry.Fields, part)
	}
	return &Schema{Kind: Array, Items: entry}, nil
}

// stringKeys reports whether a map becomes an Avro map.
func (f *fromConnect) stringKeys(s *tasks.Schema) bool {
	return s.Key != nil && s.Key.Type == tasks.String && (!s.Key.Optional || f.o.OptionalMapKeys)
}

func (f *fromConnect) text(s *tasks.Schema) (*Schema, error) {
	name := enumParam
	if f.o.SumTypes {
		name = sumEnumParam
	}
	full, ok := s.Parameter(name)
	if !ok || !f.o.Enhanced && !f.o.SumTypes {
		if _, avroEnum := s.Parameter(enumParam); avroEnum && f.o.SumTypes {
			return nil, tasks.NewException("java.lang.NullPointerException", "Type must have a name")
		}
		return &Schema{Kind: String}, nil
	}
	full, err := f.name(full)
	if err != nil {
		return nil, err
	}
	out := &Schema{Kind: Enum, Name: full}
	for _, p := range s.Parameters {
		if symbol, ok := strings.CutPrefix(p.Name, name+"."); ok {
			out.Symbols = append(out.Symbols, symbol)
		}
	}
	if f.o.DiscardTypeDocDefault {
		out.Doc = param(s, oldEnumDocParam)
	} else {
		out.Doc = param(s, enumDocParam+out.simpleName())
		out.Default = param(s, enumDefaultParam+out.simpleName())
	}
	return out, nil
}

func (f *fromConnect) bytes(s *tasks.Schema) (*Schema, error) {
	size, ok := s.Parameter(fixedParam)
	if !ok {
		return &Schema{Kind: Bytes}, nil
	}
	n, err := strconv.ParseInt(size, 10, 32)
	if err != nil || n < 0 {
		return nil, tasks.NewException("java.lang.NumberFormatException", "For input string: %q", size)
	}
	name, err := f.name(s.Name)
	return &Schema{Kind: Fixed, Name: name, Size: int(n)}, err
}

// anything returns the schema of schemaless data.
func (f *fromConnect) anything() *Schema {
	if f.any != nil {
		return f.any
	}
	a := &Schema{Kind: Record, Name: anythingName}
	f.any = a
	add := func(name string, s *Schema) {
		a.Fields = append(a.Fields, Field{Name: name, Schema: nullUnion(s), def: &node{kind: 'n'}})
	}
	for _, k := range anythingKinds {
		add(k.String(), &Schema{Kind: k})
	}
	add("array", &Schema{Kind: Array, Items: a})
	entry := &Schema{Kind: Record, Name: space + "." + mapEntry, Fields: []Field{{Name: "key", Schema: a}, {Name: "value", Schema: a}}}
	add("map", &Schema{Kind: Array, Items: entry})
	return a
}

// anythingKinds are the simple kinds of schemaless data, in the order of its record's fields.
var anythingKinds = [...]Kind{Boolean, Bytes, Double, Float, Int, Long, String}
