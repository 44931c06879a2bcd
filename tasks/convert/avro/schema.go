package avro

import (
	"strconv"
	"strings"
)

// Kind is the kind of an Avro schema.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Boolean
	Int
	Long
	Float
	Double
	Bytes
	String
	Record
	Enum
	Fixed
	Array
	Map
	Union
)

var kindNames = [...]string{"null", "boolean", "int", "long", "float", "double", "bytes", "string",
	"record", "enum", "fixed", "array", "map", "union"}

// String returns Avro's name of the kind.
func (k Kind) String() string { return kindNames[k] }

// Schema is an Avro schema with all its attributes. A reference by name is the same pointer, so schemas can be cyclic.
// A schema that Parse returned must not be changed.
type Schema struct {
	Kind Kind
	// Name is the full name of a record, enum or fixed.
	Name    string
	Doc     *string
	Aliases []string
	Fields  []Field
	Symbols []string
	// Default is an enum's default symbol.
	Default *string
	// Size of a fixed, in bytes.
	Size int
	// Items is the schema of an array's items or a map's values.
	Items    *Schema
	Branches []*Schema

	props node // all other attributes, logicalType and connect.* among them
}

// Field is one field of a record.
type Field struct {
	Name    string
	Doc     *string
	Aliases []string
	Schema  *Schema

	def   *node
	props node
}

// HasDefault reports whether the field has a default (null included).
func (f *Field) HasDefault() bool { return f.def != nil }

// Logical returns the logicalType attribute, or "".
func (s *Schema) Logical() string {
	l, _ := s.props.str("logicalType")
	return l
}

// Decimal returns the precision and scale of a decimal; false for anything else, and for a decimal without a precision.
func (s *Schema) Decimal() (precision, scale int, ok bool) {
	if s.Logical() != "decimal" {
		return 0, 0, false
	}
	number := func(key string) (int, error) {
		n := s.props.get(key)
		if n == nil {
			return 0, nil
		}
		return strconv.Atoi(n.text)
	}
	precision, badPrecision := number("precision")
	scale, badScale := number("scale")
	return precision, scale, badPrecision == nil && badScale == nil && precision > 0
}

// simpleName returns the name without the namespace.
func (s *Schema) simpleName() string { return s.Name[strings.LastIndexByte(s.Name, '.')+1:] }

func namespaceOf(full string) string {
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		return full[:i]
	}
	return ""
}

// nullable returns the other branch and its index, and the null branch's index, of a union of null and one more.
func (s *Schema) nullable() (other *Schema, at, null int) {
	if s.Kind != Union || len(s.Branches) != 2 {
		return nil, 0, 0
	}
	switch {
	case s.Branches[0].Kind == Null && s.Branches[1].Kind != Null:
		return s.Branches[1], 1, 0
	case s.Branches[1].Kind == Null && s.Branches[0].Kind != Null:
		return s.Branches[0], 0, 1
	}
	return nil, 0, 0
}
