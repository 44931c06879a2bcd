package avro

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// Encoder writes Connect values of one schema in Avro's binary form. It is compiled once per schema and safe for
// concurrent use.
type Encoder struct {
	// Avro is the schema under which the values are written.
	Avro *Schema
	root *writePlan
}

// writePlan is a compiled pair of a Connect schema and the Avro schema it is written under.
type writePlan struct {
	schema  *tasks.Schema
	kind    Kind
	parts   []*writePlan
	slots   []int // of a record's parts
	symbols map[string]int32
	size    int
	// null and some are the union indexes of null and of the value; -1 where there is no such union.
	null, some int
	entries    bool // a map as an array of entries
	union      bool // a struct that stands for a union
	ignore     bool // null stays null in spite of a default
	scale      int32
}

// NewEncoder compiles an encoder for values of s; nil is schemaless.
func NewEncoder(s *tasks.Schema, o Options) (*Encoder, error) {
	as, err := FromConnectSchema(s, o)
	if err != nil {
		return nil, err
	}
	c := writeCompiler{o: o, plans: map[planKey]*writePlan{}}
	return &Encoder{as, c.plan(as, s)}, nil
}

// Append writes v to dst. An error is Connect's DataException or what the library throws; then the result is nil.
func (e *Encoder) Append(dst []byte, v tasks.Value) ([]byte, error) {
	return e.root.append(dst, v)
}

type writeCompiler struct {
	o     Options
	plans map[planKey]*writePlan
}

func (c *writeCompiler) plan(s *Schema, cs *tasks.Schema) *writePlan {
	key := planKey{s, cs}
	if p, ok := c.plans[key]; ok {
		return p
	}
	p := &writePlan{schema: cs, null: -1, some: -1, ignore: c.o.IgnoreDefaults}
	c.plans[key] = p
	if cs == nil {
		p.kind = Record
		return p
	}
	if s.Kind == Union && !isUnion(cs) {
		var other *Schema
		other, p.some, p.null = s.nullable()
		s = other
	}
	p.kind, p.size = s.Kind, s.Size
	switch s.Kind {
	case Union:
		c.union(p, s, cs)
	case Enum:
		p.symbols = make(map[string]int32, len(s.Symbols))
		for i, symbol := range s.Symbols {
			p.symbols[symbol] = int32(i)
		}
	case Record:
		for i := range s.Fields {
			slot := c.slot(cs, s.Fields[i].Name, i)
			p.parts, p.slots = append(p.parts, c.plan(s.Fields[i].Schema, cs.Fields[slot].Schema)), append(p.slots, slot)
		}
	case Map:
		p.parts = []*writePlan{c.plan(s.Items, cs.Elem)}
	case Array:
		if cs.Type == tasks.MapType {
			p.entries = true
			p.parts = []*writePlan{c.plan(s.Items.Fields[0].Schema, cs.Key), c.plan(s.Items.Fields[1].Schema, cs.Elem)}
			break
		}
		p.parts = []*writePlan{c.plan(s.Items, cs.Elem)}
	}
	if d, _ := decimalOf(cs); d != nil { // its error was FromConnectSchema's
		p.scale = int32(d.scale)
	}
	return p
}

// slot returns which of a struct's fields is written as a record's field i; [project] checked that there is one.
func (c *writeCompiler) slot(cs *tasks.Schema, name string, i int) int {
	avroName := func(name string) string {
		if c.o.Scrub {
			return scrub(name)
		}
		return name
	}
	if i < len(cs.Fields) && avroName(cs.Fields[i].Name) == name {
		return i
	}
	return slices.IndexFunc(cs.Fields, func(f tasks.Field) bool { return avroName(f.Name) == name })
}

func (c *writeCompiler) union(p *writePlan, s *Schema, cs *tasks.Schema) {
	p.union, p.some = true, 0
	if len(s.Branches) > len(cs.Fields) {
		p.null, p.some = 0, 1
	}
	for i, f := range cs.Fields {
		part := c.plan(s.Branches[p.some+i], f.Schema.AsOptional(false))
		p.parts = append(p.parts, part)
	}
}

func (p *writePlan) append(dst []byte, v tasks.Value) ([]byte, error) {
	if p.schema == nil {
		return appendAnything(dst, v)
	}
	if v.IsNull() {
		if !p.schema.HasDefault || p.schema.Default.IsNull() || p.ignore && p.schema.Optional {
			if p.null < 0 {
				return nil, tasks.DataException("Found null value for non-optional schema")
			}
			return appendLong(dst, int64(p.null)), nil
		}
		v = p.schema.Default
	}
	if p.union {
		return p.appendUnion(dst, v)
	}
	if p.some >= 0 {
		dst = appendLong(dst, int64(p.some))
	}
	return p.appendValue(dst, v)
}

func (p *writePlan) appendUnion(dst []byte, v tasks.Value) ([]byte, error) {
	st := v.Struct()
	if st == nil || len(st.Slots) != len(p.parts) {
		return nil, p.mismatch(v)
	}
	for i, item := range st.Slots {
		if !item.IsNull() {
			return p.parts[i].append(appendLong(dst, int64(p.some+i)), item)
		}
	}
	if p.null >= 0 {
		return appendLong(dst, int64(p.null)), nil
	}
	return nil, tasks.DataException("Found null value for non-optional schema")
}

// mismatch is the exception for a value whose class does not fit the schema.
func (p *writePlan) mismatch(tasks.Value) error {
	return tasks.DataException("Invalid type for %s: the value is of another class", p.schema.Type)
}

func (p *writePlan) appendValue(dst []byte, v tasks.Value) ([]byte, error) {
	switch p.schema.Type {
	case tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64:
		return p.appendInt(dst, v)
	case tasks.Boolean:
		if v.Kind() != tasks.KindBoolean {
			return nil, p.mismatch(v)
		}
		if v.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case tasks.Float32:
		if v.Kind() != tasks.KindFloat32 {
			return nil, p.mismatch(v)
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v.Float()))), nil
	case tasks.Float64:
		if v.Kind() != tasks.KindFloat64 {
			return nil, p.mismatch(v)
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float())), nil
	case tasks.String:
		return p.appendText(dst, v)
	case tasks.Bytes:
		return p.appendBytes(dst, v)
	}
	return p.appendNested(dst, v)
}

func (p *writePlan) appendInt(dst []byte, v tasks.Value) ([]byte, error) {
	kinds := [...]tasks.Kind{tasks.Int8: tasks.KindInt8, tasks.Int16: tasks.KindInt16, tasks.Int32: tasks.KindInt32, tasks.Int64: tasks.KindInt64}
	if v.Kind() == kinds[p.schema.Type] {
		return appendLong(dst, v.Int()), nil
	}
	if v.Kind() != tasks.KindTime {
		return nil, p.mismatch(v)
	}
	ms := v.Int()
	switch p.schema.Name {
	case tasks.DateName:
		if ms%dayMillis != 0 {
			return nil, tasks.DataException("Kafka Connect Date type should not have any time fields set to non-zero values.")
		}
		return appendLong(dst, ms/dayMillis), nil
	case tasks.TimeName:
		if ms < 0 || ms > dayMillis { // Java lets the whole day pass
			return nil, tasks.DataException("Kafka Connect Time type should not have any date fields set to non-zero values.")
		}
		return appendLong(dst, ms), nil
	case tasks.TimestampName:
		return appendLong(dst, ms), nil
	}
	return nil, p.mismatch(v)
}

func (p *writePlan) appendText(dst []byte, v tasks.Value) ([]byte, error) {
	if v.Kind() != tasks.KindString {
		return nil, p.mismatch(v)
	}
	if p.kind == Enum {
		i, ok := p.symbols[v.Str()]
		if !ok {
			return nil, serializing(tasks.NewException("org.apache.avro.AvroTypeException", "enum value '%s' is not in the enum set", v.Str()))
		}
		return appendLong(dst, int64(i)), nil
	}
	b := v.Bytes()
	return append(appendLong(dst, int64(len(b))), b...), nil
}

func (p *writePlan) appendBytes(dst []byte, v tasks.Value) ([]byte, error) {
	var b []byte
	switch {
	case v.Kind() == tasks.KindBytes:
		b = v.Bytes()
	case v.Kind() == tasks.KindDecimal && p.schema.Name == tasks.DecimalName:
		d := v.Decimal()
		if d.Scale != p.scale {
			return nil, tasks.DataException("Decimal value has mismatching scale for given Decimal schema. Schema has scale %d, value has scale %d.", p.scale, d.Scale)
		}
		var room [32]byte
		b = appendTwos(room[:0], &d.Unscaled)
	default:
		return nil, p.mismatch(v)
	}
	if p.kind != Fixed {
		return append(appendLong(dst, int64(len(b))), b...), nil
	}
	if len(b) < p.size {
		return nil, serializing(tasks.NewException("java.lang.IndexOutOfBoundsException", "Range [0, 0 + %d) out of bounds for length %d", p.size, len(b)))
	}
	return append(dst, b[:p.size]...), nil
}

// serializing marks what the Java converter wraps twice.
func serializing(err error) error {
	return tasks.NewException(tasks.SerializationException, "Error serializing Avro message").WithCause(err)
}

func (p *writePlan) appendNested(dst []byte, v tasks.Value) (_ []byte, err error) {
	switch {
	case p.schema.Type == tasks.StructType && v.Kind() == tasks.KindStruct:
		st := v.Struct()
		if len(st.Slots) != len(p.schema.Fields) {
			return nil, tasks.DataException("Struct schemas do not match.")
		}
		for i, part := range p.parts {
			if dst, err = part.append(dst, st.Slots[p.slots[i]]); err != nil {
				return nil, err
			}
		}
		return dst, nil
	case p.schema.Type == tasks.Array && v.Kind() == tasks.KindList:
		items := v.List()
		dst = appendCount(dst, len(items))
		for _, item := range items {
			if dst, err = p.parts[0].append(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, 0), nil
	case p.schema.Type == tasks.MapType && v.Kind() == tasks.KindMap:
		return p.appendMap(dst, v.Map())
	}
	return nil, p.mismatch(v)
}

// appendCount begins the only block of an array or map; a zero ends it. An empty one is that zero alone.
func appendCount(dst []byte, n int) []byte {
	if n == 0 {
		return dst
	}
	return appendLong(dst, int64(n))
}

// appendMap writes what the original puts into a HashMap of its own first, but for a list of entries.
func (p *writePlan) appendMap(dst []byte, m *tasks.Map) (_ []byte, err error) {
	if !p.entries {
		own := convert.Rehashed(m)
		m = &own
	}
	dst = appendCount(dst, len(m.Entries))
	for _, e := range convert.Ordered(m) {
		switch {
		case p.entries:
			dst, err = p.parts[0].append(dst, e.Key)
		case e.Key.Kind() == tasks.KindString:
			b := e.Key.Bytes()
			dst = append(appendLong(dst, int64(len(b))), b...)
		default:
			return nil, tasks.DataException("Invalid type for STRING: a map's key is of another class")
		}
		if err != nil {
			return nil, err
		}
		if dst, err = p.parts[len(p.parts)-1].append(dst, e.Value); err != nil {
			return nil, err
		}
	}
	return append(dst, 0), nil
}

func appendLong(dst []byte, v int64) []byte {
	return binary.AppendUvarint(dst, uint64(v)<<1^uint64(v>>63))
}
