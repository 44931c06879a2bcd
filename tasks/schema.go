package tasks

import "slices"

// Type is the type of a schema: Connect's thirteen types by Connect's names.
type Type uint8

// The types, in the order of Connect's Schema.Type.
const (
	Int8 Type = iota + 1
	Int16
	Int32
	Int64
	Float32
	Float64
	Boolean
	String
	Bytes
	Array
	MapType
	StructType
)

var typeNames = [...]string{Int8: "INT8", Int16: "INT16", Int32: "INT32", Int64: "INT64", Float32: "FLOAT32",
	Float64: "FLOAT64", Boolean: "BOOLEAN", String: "STRING", Bytes: "BYTES", Array: "ARRAY", MapType: "MAP", StructType: "STRUCT"}

// String returns Connect's name of the type, such as INT64.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return ""
}

// Primitive reports whether values of the type have no parts.
func (t Type) Primitive() bool { return t >= Int8 && t <= Bytes }

// Names of Connect's logical types. A value of one of the first is a [Decimal]; of the other three a [KindTime] value.
const (
	DecimalName   = "org.apache.kafka.connect.data.Decimal"
	DateName      = "org.apache.kafka.connect.data.Date"
	TimeName      = "org.apache.kafka.connect.data.Time"
	TimestampName = "org.apache.kafka.connect.data.Timestamp"
	// ScaleParameter is the parameter of a Decimal schema that holds its scale.
	ScaleParameter = "scale"
)

// Param is one parameter of a schema. The order of parameters is kept, since it shows in encoded schemas.
type Param struct{ Name, Value string }

// Field is one field of a struct schema.
type Field struct {
	Name   string
	Schema *Schema
}

// Schema describes a value as Connect's Schema does. A schema is immutable once it is shared: change a [Schema.Clone] and
// call [Schema.Seal] on it. A nil *Schema means schemaless.
type Schema struct {
	Type     Type
	Optional bool
	// Name is the schema's name, or "" for none.
	Name string
	// EmptyName tells a name that is there and empty from none, which shows in encoded schemas.
	EmptyName bool
	// Version is nil for none.
	Version *int32
	// Doc is nil for none.
	Doc *string
	// Default holds the default when HasDefault is set (it may be the null value).
	Default    Value
	HasDefault bool
	Parameters []Param
	// Fields of a struct, in order.
	Fields []Field
	// Key and Elem are the schemas of a map's keys and values; Elem alone that of an array's items.
	Key, Elem *Schema

	index map[string]int // of Fields, built by Seal for wide structs
}

// Plain schemas, shared; never change them.
var (
	Int8Schema    = &Schema{Type: Int8}
	Int16Schema   = &Schema{Type: Int16}
	Int32Schema   = &Schema{Type: Int32}
	Int64Schema   = &Schema{Type: Int64}
	Float32Schema = &Schema{Type: Float32}
	Float64Schema = &Schema{Type: Float64}
	BooleanSchema = &Schema{Type: Boolean}
	StringSchema  = &Schema{Type: String}
	BytesSchema   = &Schema{Type: Bytes}

	OptionalInt8Schema    = &Schema{Type: Int8, Optional: true}
	OptionalInt16Schema   = &Schema{Type: Int16, Optional: true}
	OptionalInt32Schema   = &Schema{Type: Int32, Optional: true}
	OptionalInt64Schema   = &Schema{Type: Int64, Optional: true}
	OptionalFloat32Schema = &Schema{Type: Float32, Optional: true}
	OptionalFloat64Schema = &Schema{Type: Float64, Optional: true}
	OptionalBooleanSchema = &Schema{Type: Boolean, Optional: true}
	OptionalStringSchema  = &Schema{Type: String, Optional: true}
	OptionalBytesSchema   = &Schema{Type: Bytes, Optional: true}
)

var schemaVersion1 = int32(1)

// The logical types' schemas (required, version 1), shared.
var (
	DateSchema      = &Schema{Type: Int32, Name: DateName, Version: &schemaVersion1}
	TimeSchema      = &Schema{Type: Int32, Name: TimeName, Version: &schemaVersion1}
	TimestampSchema = &Schema{Type: Int64, Name: TimestampName, Version: &schemaVersion1}
)

// NewStruct returns a sealed, required struct schema.
func NewStruct(name string, fields ...Field) *Schema {
	return (&Schema{Type: StructType, Name: name, Fields: fields}).Seal()
}

// NewArray returns a required array schema.
func NewArray(elem *Schema) *Schema { return &Schema{Type: Array, Elem: elem} }

// NewMap returns a required map schema.
func NewMap(key, elem *Schema) *Schema { return &Schema{Type: MapType, Key: key, Elem: elem} }

// wideStruct is the number of fields from which a hash beats a linear search.
const wideStruct = 10

// Seal prepares the look-up of fields by name and returns s. Call it after the last change.
func (s *Schema) Seal() *Schema {
	s.index = nil
	if len(s.Fields) >= wideStruct {
		s.index = make(map[string]int, len(s.Fields))
		for i, f := range s.Fields {
			s.index[f.Name] = i
		}
	}
	return s
}

// FieldIndex returns the slot of the named field, or -1.
func (s *Schema) FieldIndex(name string) int {
	if s.index != nil {
		if i, ok := s.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Parameter returns the value of a parameter and whether there is one.
func (s *Schema) Parameter(name string) (string, bool) {
	for _, p := range s.Parameters {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Clone returns a copy that may be changed: its lists are its own, the schemas below are shared.
func (s *Schema) Clone() *Schema {
	c := *s
	c.Parameters = slices.Clone(s.Parameters)
	c.Fields = slices.Clone(s.Fields)
	c.index = nil
	return &c
}

// AsOptional returns s itself when its flag is already so, else a sealed copy with the flag changed.
func (s *Schema) AsOptional(optional bool) *Schema {
	if s.Optional == optional {
		return s
	}
	c := s.Clone()
	c.Optional = optional
	return c.Seal()
}

// Logical reports whether s is the logical type of that name.
func (s *Schema) Logical(name string) bool { return s != nil && s.Name == name }

// Equal reports whether two schemas are the same in all attributes, as Connect's ConnectSchema.equals compares them
// (parameters without regard to order). Both may be nil. Schemas that hold themselves are the same when no difference can
// be reached.
func (s *Schema) Equal(o *Schema) bool {
	if s == o {
		return true
	}
	var c comparison
	return c.equal(s, o)
}

// comparison compares two schemas. After many parts it remembers pairs, so that schemas that hold themselves come to an end.
type comparison struct {
	parts int
	seen  map[[2]*Schema]bool
}

// manyParts is how many parts are compared before pairs are remembered.
const manyParts = 1000

func (c *comparison) equal(s, o *Schema) bool {
	switch {
	case s == o:
		return true
	case s == nil || o == nil:
		return false
	case s.Type != o.Type || s.Optional != o.Optional || s.Name != o.Name || s.HasDefault != o.HasDefault || len(s.Fields) != len(o.Fields):
		return false
	case !equalPtr(s.Version, o.Version) || !equalPtr(s.Doc, o.Doc) || !equalParams(s.Parameters, o.Parameters):
		return false
	case s.HasDefault && !s.Default.Equal(o.Default):
		return false
	}
	if c.parts++; c.parts > manyParts {
		if c.seen == nil {
			c.seen = map[[2]*Schema]bool{}
		}
		pair := [2]*Schema{s, o}
		if c.seen[pair] {
			return true
		}
		c.seen[pair] = true
	}
	if !c.equal(s.Key, o.Key) || !c.equal(s.Elem, o.Elem) {
		return false
	}
	for i := range s.Fields {
		if s.Fields[i].Name != o.Fields[i].Name || !c.equal(s.Fields[i].Schema, o.Fields[i].Schema) {
			return false
		}
	}
	return true
}

func equalPtr[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func equalParams(a, b []Param) bool {
	if len(a) != len(b) {
		return false
	}
	for _, p := range a {
		if !slices.Contains(b, p) {
			return false
		}
	}
	return true
}
