package convert

import (
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

const schemaBuilderException = "org.apache.kafka.connect.errors.SchemaBuilderException"

func schemaError(format string, args ...any) error {
	return tasks.NewException(schemaBuilderException, format, args...)
}

var typesByName = map[string]tasks.Type{"boolean": tasks.Boolean, "int8": tasks.Int8, "int16": tasks.Int16, "int32": tasks.Int32,
	"int64": tasks.Int64, "float": tasks.Float32, "double": tasks.Float64, "bytes": tasks.Bytes, "string": tasks.String,
	"array": tasks.Array, "map": tasks.MapType, "struct": tasks.StructType}

func nameOfType(t tasks.Type) string {
	for name, u := range typesByName {
		if t == u {
			return name
		}
	}
	return ""
}

// schema reads the JSON form of a schema; nil for null. The nodes' text must outlive the schema.
func (r *reader) schema(n *node) (*tasks.Schema, error) {
	if n.kind == nullNode {
		return nil, nil
	}
	kind := n.field("type")
	if kind == nil || kind.kind != stringNode {
		return nil, tasks.DataException("Schema must contain 'type' field")
	}
	t, ok := typesByName[string(kind.text)]
	if !ok {
		return nil, tasks.DataException("Unknown schema type: %s", kind.text)
	}
	s := &tasks.Schema{Type: t}
	if err := r.parts(s, n); err != nil {
		return nil, err
	}
	if err := r.attributes(s, n); err != nil {
		return nil, err
	}
	return s.Seal(), nil
}

// parts reads the schemas inside an array's, a map's or a struct's.
func (r *reader) parts(s *tasks.Schema, n *node) (err error) {
	switch s.Type {
	case tasks.Array:
		items := n.field("items")
		if items == nil || items.kind == nullNode {
			return tasks.DataException("Array schema did not specify the element type")
		}
		s.Elem, err = r.schema(items)
		return err
	case tasks.MapType:
		keys, values := n.field("keys"), n.field("values")
		if keys == nil {
			return tasks.DataException("Map schema did not specify the key type")
		}
		if values == nil {
			return tasks.DataException("Map schema did not specify the value type")
		}
		if s.Key, err = r.schema(keys); err != nil {
			return err
		}
		if s.Elem, err = r.schema(values); err != nil {
			return err
		}
		switch {
		case s.Key == nil:
			return schemaError("keySchema cannot be null.")
		case s.Elem == nil:
			return schemaError("valueSchema cannot be null.")
		}
	case tasks.StructType:
		return r.fields(s, n.field("fields"))
	}
	return nil
}

func (r *reader) fields(s *tasks.Schema, fields *node) error {
	if fields == nil || fields.kind != arrayNode {
		return tasks.DataException("Struct schema's \"fields\" argument is not an array.")
	}
	for i := range fields.items {
		f := &fields.items[i]
		name := f.field("field")
		if name == nil || name.kind != stringNode {
			return tasks.DataException("Struct schema's field name not specified properly")
		}
		fs, err := r.schema(f)
		if err != nil {
			return err
		}
		switch {
		case len(name.text) == 0:
			return schemaError("fieldName cannot be null.")
		case slices.ContainsFunc(s.Fields, func(g tasks.Field) bool { return g.Name == string(name.text) }):
			return schemaError("Cannot create field because of field name duplication %s", name.text)
		}
		s.Fields = append(s.Fields, tasks.Field{Name: string(name.text), Schema: fs})
	}
	return nil
}

func (r *reader) attributes(s *tasks.Schema, n *node) error {
	if o := n.field("optional"); o != nil {
		s.Optional = o.truth
	}
	if v := n.field("name"); v != nil && v.kind == stringNode {
		s.Name, s.EmptyName = string(v.text), len(v.text) == 0
	}
	if v := n.field("version"); v != nil && v.kind == numberNode && !v.fractional {
		version := int32(v.long())
		s.Version = &version
	}
	if v := n.field("doc"); v != nil && v.kind == stringNode {
		doc := string(v.text)
		s.Doc = &doc
	}
	if v := n.field("parameters"); v != nil && v.kind == objectNode {
		for i := range v.items {
			if v.items[i].kind != stringNode {
				return tasks.DataException("Schema parameters must have string values.")
			}
			s.Parameters = append(s.Parameters, tasks.Param{Name: string(v.names[i]), Value: string(v.items[i].text)})
		}
	}
	v := n.field("default")
	if v == nil {
		return nil
	}
	d, err := r.value(s, v)
	if err != nil {
		return err
	}
	// The original compares a default struct's schema with one that is still being built, and so takes none.
	if d.Kind() == tasks.KindStruct || d.IsNull() && !s.Optional || checkParts(s, d) != nil {
		return schemaError("Invalid default value")
	}
	s.Default, s.HasDefault = d, !d.IsNull()
	return nil
}

// appendSchema appends the JSON form of a schema; name is its field's name in the struct around it, nil for none.
func appendSchema(dst []byte, s *tasks.Schema, name *string, o JSONOptions) ([]byte, error) {
	return schemaWriter{o: o}.append(dst, s, name)
}

// schemaWriter knows how deep it is in a schema.
type schemaWriter struct {
	o     JSONOptions
	depth int
}

// maxSchemaDepth bounds the nesting of schemas that are written: one that contains itself has no end.
const maxSchemaDepth = 500

func (w schemaWriter) append(dst []byte, s *tasks.Schema, name *string) (_ []byte, err error) {
	if w.depth++; w.depth > maxSchemaDepth {
		return dst, tasks.NewException("java.lang.StackOverflowError", "the schema contains itself, or is nested more than %d deep", maxSchemaDepth)
	}
	if s == nil {
		return append(dst, "null"...), nil
	}
	dst = append(append(append(dst, `{"type":"`...), nameOfType(s.Type)...), '"')
	switch s.Type {
	case tasks.Array:
		if dst, err = w.append(append(dst, `,"items":`...), s.Elem, nil); err != nil {
			return dst, err
		}
	case tasks.MapType:
		if dst, err = w.append(append(dst, `,"keys":`...), s.Key, nil); err != nil {
			return dst, err
		}
		if dst, err = w.append(append(dst, `,"values":`...), s.Elem, nil); err != nil {
			return dst, err
		}
	case tasks.StructType:
		dst = append(dst, `,"fields":[`...)
		for i := range s.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = w.append(dst, s.Fields[i].Schema, &s.Fields[i].Name); err != nil {
				return dst, err
			}
		}
		dst = append(dst, ']')
	}
	if dst, err = appendAttributes(dst, s, w.o); err != nil {
		return dst, err
	}
	if name != nil {
		dst = appendString(append(dst, `,"field":`...), []byte(*name))
	}
	return append(dst, '}'), nil
}

func appendAttributes(dst []byte, s *tasks.Schema, o JSONOptions) ([]byte, error) {
	dst = strconv.AppendBool(append(dst, `,"optional":`...), s.Optional)
	if s.Name != "" || s.EmptyName {
		dst = appendString(append(dst, `,"name":`...), []byte(s.Name))
	}
	if s.Version != nil {
		dst = strconv.AppendInt(append(dst, `,"version":`...), int64(*s.Version), 10)
	}
	if s.Doc != nil {
		dst = appendString(append(dst, `,"doc":`...), []byte(*s.Doc))
	}
	if s.Parameters != nil {
		dst = append(dst, `,"parameters":{`...)
		for i, p := range s.Parameters {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(append(appendString(dst, []byte(p.Name)), ':'), []byte(p.Value))
		}
		dst = append(dst, '}')
	}
	if !hasDefault(s) {
		return dst, nil
	}
	return AppendJSON(append(dst, `,"default":`...), s, s.Default, o)
}
