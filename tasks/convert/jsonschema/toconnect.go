package jsonschema

import (
	"fmt"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Names that the original gives to what JSON has no name for.
const (
	namespace  = "io.confluent.connect.json"
	idParam    = namespace + ".Id"
	enumParam  = namespace + ".Enum"
	unionName  = namespace + ".OneOf"
	unionField = unionName + ".field."

	sumEnumParam  = "org.apache.kafka.connect.data.Enum"
	sumUnionParam = "org.apache.kafka.connect.data.Union"
	sumUnionName  = "connect_union_"
	sumUnionField = sumUnionName + "field_"

	nullSymbol = "<NULL>"
)

// options are the settings that the mapping depends on.
type options struct {
	optionalFields    bool // use.optional.for.nonrequired
	closed            bool // object.additional.properties=false
	numericDecimals   bool
	flattenSingletons bool
	sumTypes          bool
	ignoreModern      bool
	ignoreDefaults    bool
}

// toConnect maps one JSON schema.
type toConnect struct {
	o       options
	structs map[*schema]*tasks.Schema // those begun, as they are now
	again   []repeated
	ids     int
	unions  int
	depth   int
}

// repeated is a schema that stands for another one, of which it becomes a copy when that is complete.
type repeated struct{ copy, of *tasks.Schema }

// connectSchema maps s; version is that of the registry, nil for none.
func connectSchema(s *schema, o options, version *int32) (*tasks.Schema, error) {
	c := &toConnect{o: o, structs: map[*schema]*tasks.Schema{}}
	out, err := c.schema(s, version, false)
	for _, r := range c.again {
		optional := r.copy.Optional
		*r.copy = *r.of.Clone()
		r.copy.Optional = optional
		inHashOrder(r.copy.Parameters)
		r.copy.Seal()
	}
	return out, err
}

func inHashOrder(params []tasks.Param) {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.Name
	}
	old := slices.Clone(params)
	for to, from := range hashOrder(names) {
		params[to] = old[from]
	}
}

func illegal(format string, args ...any) *tasks.Exception {
	return tasks.NewException("java.lang.IllegalArgumentException", format, args...)
}

func setParam(s *tasks.Schema, name, value string) {
	for i := range s.Parameters {
		if s.Parameters[i].Name == name {
			s.Parameters[i].Value = value
			return
		}
	}
	s.Parameters = append(s.Parameters, tasks.Param{Name: name, Value: value})
}

// schema maps s. optional makes the result optional whatever s says.
func (c *toConnect) schema(s *schema, version *int32, optional bool) (out *tasks.Schema, err error) {
	if s == nil {
		return nil, nil
	}
	if c.depth++; c.depth > maxDepth {
		return nil, &tasks.Exception{Class: "java.lang.StackOverflowError"}
	}
	defer func() { c.depth-- }()
	switch s.kind {
	case booleanKind:
		out = &tasks.Schema{Type: tasks.Boolean}
	case numberKind:
		if out, err = number(s); err != nil {
			return nil, err
		}
	case stringKind:
		out = &tasks.Schema{Type: tasks.String}
		if t, _ := s.doc.string("connect.type"); t == "bytes" {
			out.Type = tasks.Bytes
		}
	case enumKind, constKind:
		out = c.symbols(s)
	case emptyKind, trueKind:
		out = variantSchema()
	case combinedKind:
		var done bool
		if out, done, err = c.combined(s, version, optional); done || err != nil {
			return out, err
		}
	case arrayKind:
		if out, err = c.array(s); err != nil {
			return nil, err
		}
	case objectKind:
		if out, err = c.object(s); err != nil {
			return nil, err
		}
	case referenceKind:
		return c.reference(s, version, optional)
	default:
		return nil, tasks.DataException("Unsupported schema type %s", s.kind.class())
	}
	return c.finish(s, out, version, optional)
}

// finish adds the attributes. The result is a copy where out may change later.
func (c *toConnect) finish(s *schema, out *tasks.Schema, version *int32, optional bool) (*tasks.Schema, error) {
	d := s.doc
	if title, ok := d.string("title"); ok && out.Name == "" {
		out.Name = title
	}
	out.Version = version
	if own := d.int("connect.version"); own != nil {
		out.Version = own
	}
	if doc, ok := d.string("description"); ok {
		out.Doc = &doc
	}
	if params := d.member("connect.parameters"); params != nil && params.shape == objectDoc {
		for _, i := range hashOrder(params.names) {
			setParam(out, params.names[i], params.items[i].text)
		}
	}
	if def := d.member("default"); def != nil {
		v, err := decodeDefault(out.Seal(), def.raw)
		if err != nil {
			return nil, err
		}
		out.Default, out.HasDefault = v, true
	}
	out.Optional = out.Optional || optional
	if c.structs[s] == nil {
		return out.Seal(), nil
	}
	return out.Clone().Seal(), nil
}

func number(s *schema) (*tasks.Schema, error) {
	t, ok := s.doc.string("connect.type")
	switch {
	case ok:
		types := map[string]tasks.Type{"int8": tasks.Int8, "int16": tasks.Int16, "int32": tasks.Int32, "int64": tasks.Int64,
			"float32": tasks.Float32, "float64": tasks.Float64, "bytes": tasks.Bytes}
		known, ok := types[t]
		if !ok {
			return nil, illegal("Unsupported type %s", t)
		}
		return &tasks.Schema{Type: known}, nil
	case s.integer:
		return &tasks.Schema{Type: tasks.Int64}, nil
	}
	return &tasks.Schema{Type: tasks.Float64}, nil
}

// symbols maps an enum; a constant is an enum of one.
func (c *toConnect) symbols(s *schema) *tasks.Schema {
	out := &tasks.Schema{Type: tasks.String}
	name := enumParam
	if c.o.sumTypes {
		name = sumEnumParam
	}
	setParam(out, name, "")
	for i, d := range s.symbols {
		symbol := d.raw
		switch d.shape {
		case nullDoc:
			symbol = nullSymbol
		case stringDoc:
			symbol = d.text
		}
		value := symbol
		if c.o.sumTypes {
			value = fmt.Sprint(i)
		}
		setParam(out, name+"."+symbol, value)
	}
	return out
}

// combined maps oneOf, anyOf and allOf. done is set when out needs no attributes of s.
func (c *toConnect) combined(s *schema, version *int32, optional bool) (out *tasks.Schema, done bool, err error) {
	if s.how == allOf {
		out, err = c.all(s, version, optional)
		return out, true, err
	}
	name, prefix := unionName, unionField
	if c.o.sumTypes {
		name, prefix = fmt.Sprint(sumUnionName, c.unions), sumUnionField
		c.unions++
	}
	if len(s.parts) == 1 && c.o.flattenSingletons && s.parts[0].kind != nullKind {
		out, err = c.schema(s.parts[0], nil, optional)
		return out, true, err
	}
	if len(s.parts) == 2 {
		for i, part := range s.parts {
			if part.kind == nullKind {
				if other := s.parts[1-i]; other.kind != nullKind {
					out, err = c.schema(other, version, true)
				}
				return out, true, err
			}
		}
	}
	out = &tasks.Schema{Type: tasks.StructType, Name: name}
	if c.o.sumTypes {
		setParam(out, sumUnionParam, name)
	}
	for _, part := range s.parts {
		if part.kind == nullKind {
			out.Optional = true
			continue
		}
		field, err := c.schema(part, nil, true)
		if err != nil {
			return nil, false, err
		}
		out.Fields = append(out.Fields, tasks.Field{Name: fmt.Sprint(prefix, len(out.Fields)), Schema: field})
	}
	return out, false, nil
}

func (c *toConnect) array(s *schema) (*tasks.Schema, error) {
	if s.items == nil {
		return nil, tasks.DataException("Array schema did not specify the items type")
	}
	if t, _ := s.doc.string("connect.type"); t == "map" && s.items.kind == objectKind {
		key, err := c.schema(s.items.field("key"), nil, false)
		if err != nil {
			return nil, err
		}
		value, err := c.schema(s.items.field("value"), nil, false)
		if err != nil {
			return nil, err
		}
		if key == nil || value == nil {
			return nil, tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "key and value schemas cannot be null.")
		}
		return tasks.NewMap(key, value), nil
	}
	elem, err := c.schema(s.items, nil, false)
	if err != nil {
		return nil, err
	}
	return tasks.NewArray(elem), nil
}

func (s *schema) field(name string) *schema {
	for _, f := range s.fields {
		if f.name == name {
			return f.schema
		}
	}
	return nil
}

func (c *toConnect) object(s *schema) (*tasks.Schema, error) {
	if t, _ := s.doc.string("connect.type"); t == "map" {
		value, err := c.schema(s.more, nil, false)
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "valueSchema cannot be null.")
		}
		return tasks.NewMap(tasks.StringSchema, value), nil
	}
	out := &tasks.Schema{Type: tasks.StructType}
	c.structs[s] = out
	return out, c.fields(out, sorted(s.fields), s.required)
}

// sorted puts fields in the order of their indexes. As in the original, one without an index takes the number of fields
// before it, and the later of two fields with the same index replaces the earlier one.
func sorted(fields []property) []property {
	byIndex := map[int32]property{}
	for _, f := range fields {
		i := int32(len(byIndex))
		if own := f.schema.doc.int("connect.index"); own != nil {
			i = *own
		}
		byIndex[i] = f
	}
	out := make([]property, 0, len(byIndex))
	indexes := make([]int32, 0, len(byIndex))
	for i := range byIndex {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		out = append(out, byIndex[i])
	}
	return out
}

func (c *toConnect) fields(out *tasks.Schema, fields []property, required map[string]bool) error {
	for _, f := range fields {
		s, err := c.schema(f.schema, nil, c.o.optionalFields && !required[f.name])
		if err != nil {
			return err
		}
		if f.name == "" || s == nil {
			return tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "fieldName cannot be null.")
		}
		out.Fields = append(out.Fields, tasks.Field{Name: f.name, Schema: s})
	}
	return nil
}

// reference maps what s names. A struct that was begun before is not mapped again: it gets an id, and stands there as it
// will be in the end, which can make a Connect schema cyclic.
func (c *toConnect) reference(s *schema, version *int32, optional bool) (*tasks.Schema, error) {
	begun := c.structs[s.target]
	if begun == nil {
		return c.schema(s.target, version, optional)
	}
	c.ids++
	setParam(begun, idParam, fmt.Sprint("#id", c.ids))
	out := &tasks.Schema{Type: tasks.StructType, Optional: optional}
	c.again = append(c.again, repeated{out, begun})
	return out, nil
}
