package parquet

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// maxDepth bounds the nesting of schemas, recursive ones among them, which Parquet cannot hold.
const maxDepth = 64

// compiler makes the Parquet schema and the plan from an Avro schema.
type compiler struct {
	columns []*column
	// threeLevels makes lists of groups with an element, which may be null; else the items themselves repeat.
	threeLevels bool
	depth       int
}

// place is where a node stands: repetition, and the levels of what is around it.
type place struct {
	repetition parquet.Repetition
	def, rep   int16
}

// inside is the place of what a node at p holds, and the definition level at which the node is there.
func (p place) inside() place {
	if p.repetition != parquet.Repetitions.Required {
		p.def++
	}
	if p.repetition == parquet.Repetitions.Repeated {
		p.rep++
	}
	return p
}

func (p place) as(r parquet.Repetition) place {
	p.repetition = r
	return p
}

var (
	required = parquet.Repetitions.Required
	optional = parquet.Repetitions.Optional
	repeated = parquet.Repetitions.Repeated
)

// optionalItems reports whether any array of a schema may hold nulls, which only lists of three levels can.
func optionalItems(s *avro.Schema, seen map[*avro.Schema]bool) bool {
	if s == nil || seen[s] {
		return false
	}
	seen[s] = true
	if s.Kind == avro.Array && isOptional(s.Items) || optionalItems(s.Items, seen) {
		return true
	}
	for _, f := range s.Fields {
		if optionalItems(f.Schema, seen) {
			return true
		}
	}
	for _, b := range s.Branches {
		if optionalItems(b, seen) {
			return true
		}
	}
	return false
}

func isOptional(s *avro.Schema) bool {
	if s.Kind != avro.Union {
		return false
	}
	for _, b := range s.Branches {
		if b.Kind == avro.Null {
			return true
		}
	}
	return false
}

// node compiles a value that is called name.
func (c *compiler) node(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	if c.depth++; c.depth > maxDepth {
		return nil, nil, fmt.Errorf("the schema is nested more than %d deep; Parquet cannot hold a schema that contains itself", maxDepth)
	}
	defer func() { c.depth-- }()
	switch s.Kind {
	case avro.Record:
		return c.record(name, s, p)
	case avro.Array:
		return c.array(name, s, p)
	case avro.Map:
		return c.mapping(name, s, p)
	case avro.Union:
		return c.union(name, s, p)
	case avro.Null:
		return nil, nil, fmt.Errorf("%s: Cannot convert Avro type null", name)
	}
	return c.leaf(name, s, p)
}

func (c *compiler) record(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	if len(s.Fields) == 0 {
		return nil, nil, fmt.Errorf("Cannot write a schema with an empty group: %s has no fields", s.Name)
	}
	var fields schema.FieldList
	var steps recordStep
	for i := range s.Fields {
		if s.Fields[i].Schema.Kind == avro.Null {
			continue // it has no bytes in Avro, and no column in Parquet
		}
		n, st, err := c.node(s.Fields[i].Name, s.Fields[i].Schema, p.inside().as(required))
		if err != nil {
			return nil, nil, err
		}
		fields, steps = append(fields, n), append(steps, st)
	}
	n, err := schema.NewGroupNode(name, p.repetition, fields, -1)
	return n, steps, err
}

func (c *compiler) array(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	first := len(c.columns)
	list := p.inside().as(repeated)
	items := s.Items
	if !c.threeLevels && isOptional(items) { // nulls are refused where they occur
		items = nonNull(items)
	}
	var inner schema.Node
	var item step
	var err error
	if c.threeLevels {
		var element schema.Node
		if element, item, err = c.node("element", items, list.inside().as(required)); err == nil {
			inner, err = schema.NewGroupNode("list", repeated, schema.FieldList{element}, -1)
		}
	} else {
		inner, item, err = c.node("array", items, list)
		if err == nil && items != s.Items {
			item = &nonNullStep{item: item, branches: s.Items.Branches}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	n, err := schema.NewGroupNodeLogical(name, p.repetition, schema.FieldList{inner}, schema.NewListLogicalType(), -1)
	at := list.inside()
	return n, &repeatStep{items: item, columns: c.columns[first:len(c.columns):len(c.columns)], rep: at.rep, def: at.def}, err
}

// nonNull is a union without its null; the branch itself when only one is left.
func nonNull(s *avro.Schema) *avro.Schema {
	out := &avro.Schema{Kind: avro.Union}
	for _, b := range s.Branches {
		if b.Kind != avro.Null {
			out.Branches = append(out.Branches, b)
		}
	}
	if len(out.Branches) == 1 {
		return out.Branches[0]
	}
	return out
}

func (c *compiler) mapping(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	first := len(c.columns)
	at := p.inside().as(repeated).inside()
	key, keyStep, err := c.leaf("key", &avro.Schema{Kind: avro.String}, at.as(required))
	if err != nil {
		return nil, nil, err
	}
	value, valueStep, err := c.node("value", s.Items, at.as(required))
	if err != nil {
		return nil, nil, err
	}
	entries, err := schema.NewGroupNodeConverted("key_value", repeated, schema.FieldList{key, value}, schema.ConvertedTypes.MapKeyValue, -1)
	if err != nil {
		return nil, nil, err
	}
	n, err := schema.NewGroupNodeLogical(name, p.repetition, schema.FieldList{entries}, schema.MapLogicalType{}, -1)
	return n, &repeatStep{items: recordStep{keyStep, valueStep}, columns: c.columns[first:len(c.columns):len(c.columns)], rep: at.rep, def: at.def}, err
}

// union compiles null and one more as an optional value, several as a group of which one member is there.
func (c *compiler) union(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	first := len(c.columns)
	var others []*avro.Schema
	for _, b := range s.Branches {
		if b.Kind != avro.Null {
			others = append(others, b)
		}
	}
	nullable := len(others) < len(s.Branches)
	if nullable && p.repetition == required {
		p = p.as(optional)
	}
	if len(others) == 0 {
		return nil, nil, fmt.Errorf("%s: Cannot convert Avro union of only nulls", name)
	}
	u := &unionStep{branches: make([]step, len(s.Branches)), absent: p.def, present: p.inside().def}
	if len(others) == 1 && nullable {
		n, st, err := c.node(name, others[0], p)
		for i, b := range s.Branches {
			if b.Kind != avro.Null {
				u.branches[i] = st
			}
		}
		u.columns = [][]*column{c.columns[first:len(c.columns):len(c.columns)]}
		u.single = true
		return n, u, err
	}
	var fields schema.FieldList
	member := 0
	u.columns = make([][]*column, len(s.Branches))
	for i, b := range s.Branches {
		if b.Kind == avro.Null {
			continue
		}
		from := len(c.columns)
		n, st, err := c.node(fmt.Sprintf("member%d", member), b, p.inside().as(optional))
		if err != nil {
			return nil, nil, err
		}
		member++
		fields = append(fields, n)
		u.branches[i], u.columns[i] = st, c.columns[from:len(c.columns):len(c.columns)]
	}
	n, err := schema.NewGroupNode(name, p.repetition, fields, -1)
	return n, u, err
}

// leaf compiles a value of a column of its own.
func (c *compiler) leaf(name string, s *avro.Schema, p place) (schema.Node, step, error) {
	at := p.inside()
	col := &column{kind: s.Kind, size: s.Size, symbols: s.Symbols, maxDef: at.def, maxRep: at.rep}
	c.columns = append(c.columns, col)
	logical := schema.LogicalType(schema.NoLogicalType{})
	physical, length := parquet.Types.ByteArray, -1
	switch s.Kind {
	case avro.Boolean:
		physical = parquet.Types.Boolean
	case avro.Int:
		physical = parquet.Types.Int32
		switch s.Logical() {
		case "date":
			logical = schema.DateLogicalType{}
		case "time-millis":
			logical = schema.NewTimeLogicalType(true, schema.TimeUnitMillis)
		}
	case avro.Long:
		physical = parquet.Types.Int64
		switch s.Logical() {
		case "time-micros":
			logical = schema.NewTimeLogicalType(true, schema.TimeUnitMicros)
		case "timestamp-millis":
			logical = schema.NewTimestampLogicalTypeForce(true, schema.TimeUnitMillis)
		case "timestamp-micros":
			logical = schema.NewTimestampLogicalTypeForce(true, schema.TimeUnitMicros)
		}
	case avro.Float:
		physical = parquet.Types.Float
	case avro.Double:
		physical = parquet.Types.Double
	case avro.String:
		logical = schema.StringLogicalType{}
	case avro.Enum:
		logical = schema.EnumLogicalType{}
	case avro.Fixed:
		physical, length = parquet.Types.FixedLenByteArray, s.Size
	}
	if precision, scale, ok := s.Decimal(); ok && (s.Kind == avro.Bytes || s.Kind == avro.Fixed) {
		if scale < 0 || scale > precision {
			return nil, nil, fmt.Errorf("%s: Invalid DECIMAL scale: %d cannot be negative or greater than precision: %d", name, scale, precision)
		}
		logical = schema.NewDecimalLogicalType(int32(precision), int32(scale))
	}
	col.physical = physical
	n, err := schema.NewPrimitiveNodeLogical(name, p.repetition, logical, physical, length, -1)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, (*leafStep)(col), nil
}
