package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Decoder turns Avro's binary form into Connect values. It is compiled once per schema and safe for concurrent use.
type Decoder struct {
	// Schema is the Connect schema of the values; nil for schemaless data.
	Schema *tasks.Schema
	root   *plan
}

// step is what to do for one Avro schema.
type step uint8

const (
	readNull step = iota
	readBoolean
	readInt8
	readInt16
	readInt32
	readInt64
	readDate
	readTime
	readTimestamp
	readFloat
	readDouble
	readString
	readBytes
	readDecimal
	readFixed
	readFixedDecimal
	readEnum
	readArray
	readMap
	readEntries
	readRecord
	readBranch // the branch's value itself
	readUnion  // a struct with the branch's field set
	readSum    // as readUnion, with the Java class's count of branches
	readAnything
)

// plan is a compiled schema.
type plan struct {
	step    step
	schema  *tasks.Schema
	parts   []*plan // fields, branches; key and value; items
	symbols []tasks.Value
	slots   []int // of branches, -1 for null
	size    int   // of a fixed
	scale   int32
}

// NewDecoder compiles a decoder. version is that of [ToConnectSchema].
func NewDecoder(s *Schema, o Options, version *int32) (*Decoder, error) {
	cs, err := ToConnectSchema(s, o, version)
	if err != nil {
		return nil, err
	}
	c := compiler{o: o, plans: map[planKey]*plan{}}
	return &Decoder{cs, c.plan(s, cs)}, nil
}

// Decode reads one datum from the start of data, which strings and bytes of the result alias; its other memory is from a.
// rest is what follows the datum.
func (d *Decoder) Decode(a *tasks.Arena, data []byte) (v tasks.Value, rest []byte, err error) {
	r := reader{b: data, a: a}
	v = r.value(d.root)
	if r.err != nil {
		return tasks.Null, nil, r.err
	}
	return v, r.b, nil
}

type planKey struct {
	s *Schema
	c *tasks.Schema
}

type compiler struct {
	o     Options
	plans map[planKey]*plan
}

func (c *compiler) plan(s *Schema, cs *tasks.Schema) *plan {
	key := planKey{s, cs}
	if p, ok := c.plans[key]; ok {
		return p
	}
	p := &plan{schema: cs}
	c.plans[key] = p
	if cs == nil {
		c.anything(p, s)
		return p
	}
	switch s.Kind {
	case Boolean:
		p.step = readBoolean
	case Int:
		p.step = readInt(cs)
	case Long:
		p.step = readInt64
		if cs.Name == tasks.TimestampName {
			p.step = readTimestamp
		}
	case Float:
		p.step = readFloat
	case Double:
		p.step = readDouble
	case String:
		p.step = readString
	case Bytes, Fixed:
		c.bytes(p, s, cs)
	case Enum:
		p.step = readEnum
		for _, symbol := range s.Symbols {
			p.symbols = append(p.symbols, tasks.NewString(symbol))
		}
	case Array:
		if k, v, ok := s.entry(); ok {
			p.step, p.parts = readEntries, []*plan{c.plan(k, cs.Key), c.plan(v, cs.Elem)}
			break
		}
		p.step, p.parts = readArray, []*plan{c.plan(s.Items, cs.Elem)}
	case Map:
		p.step, p.parts = readMap, []*plan{c.plan(s.Items, cs.Elem)}
	case Record:
		p.step = readRecord
		for i := range s.Fields {
			p.parts = append(p.parts, c.plan(s.Fields[i].Schema, cs.Fields[i].Schema))
		}
	case Union:
		c.union(p, s, cs)
	}
	return p
}

func readInt(cs *tasks.Schema) step {
	switch {
	case cs.Name == tasks.DateName:
		return readDate
	case cs.Name == tasks.TimeName:
		return readTime
	case cs.Type == tasks.Int8:
		return readInt8
	case cs.Type == tasks.Int16:
		return readInt16
	}
	return readInt32
}

func (c *compiler) bytes(p *plan, s *Schema, cs *tasks.Schema) {
	p.step, p.size = readBytes, s.Size
	decimal := cs.Name == tasks.DecimalName
	if decimal {
		p.step = readDecimal
		p.scale, _ = s.scale() // checked by ToConnectSchema
	}
	if s.Kind == Fixed {
		p.step = readFixed
		if decimal {
			p.step = readFixedDecimal
		}
	}
}

func (c *compiler) union(p *plan, s *Schema, cs *tasks.Schema) {
	p.step = readUnion
	other, _, _ := s.nullable()
	if other != nil || len(s.Branches) == 1 && c.o.FlattenSingletons {
		p.step = readBranch
	} else if c.o.SumTypes {
		p.step = readSum
	}
	slot := 0
	for _, b := range s.Branches {
		switch {
		case b.Kind == Null:
			p.parts, p.slots = append(p.parts, &plan{}), append(p.slots, -1)
		case p.step == readBranch:
			p.parts, p.slots = append(p.parts, c.plan(b, cs)), append(p.slots, 0)
		default:
			p.parts, p.slots = append(p.parts, c.plan(b, cs.Fields[slot].Schema)), append(p.slots, slot)
			slot++
		}
	}
}

// anything compiles the record that holds schemaless data: one of its fields is set.
func (c *compiler) anything(p *plan, s *Schema) {
	p.step = readAnything
	for i := range s.Fields {
		p.parts = append(p.parts, c.loose(s.Fields[i].Schema))
	}
}

// loose compiles a schema below a schemaless one.
func (c *compiler) loose(s *Schema) *plan {
	key := planKey{s, nil}
	if p, ok := c.plans[key]; ok {
		return p
	}
	p := &plan{}
	c.plans[key] = p
	steps := map[Kind]step{Boolean: readBoolean, Int: readInt32, Long: readInt64, Float: readFloat, Double: readDouble,
		String: readString, Bytes: readBytes}
	switch s.Kind {
	case Record:
		c.anything(p, s)
	case Union:
		p.step = readBranch
		for _, b := range s.Branches {
			p.parts = append(p.parts, c.loose(b))
		}
	case Array:
		if k, v, ok := s.entry(); ok {
			p.step, p.parts = readEntries, []*plan{c.loose(k), c.loose(v)}
			break
		}
		p.step, p.parts = readArray, []*plan{c.loose(s.Items)}
	default:
		p.step = steps[s.Kind]
	}
	return p
}

// reader reads data; after the first error it returns nulls.
type reader struct {
	b     []byte
	a     *tasks.Arena
	depth int
	err   error
}

func (r *reader) fail(err error) tasks.Value {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
	return tasks.Null
}

func eof() error { return &tasks.Exception{Class: "java.io.EOFException"} }

func malformed(format string, args ...any) error {
	return tasks.NewException("org.apache.avro.AvroRuntimeException", "Malformed data. %s", fmt.Sprintf(format, args...))
}

func (r *reader) value(p *plan) tasks.Value {
	switch p.step {
	case readBoolean:
		if b := r.take(1); b != nil {
			return tasks.NewBoolean(b[0] == 1)
		}
	case readInt8:
		return tasks.NewInt8(int8(r.int()))
	case readInt16:
		return tasks.NewInt16(int16(r.int()))
	case readInt32:
		return tasks.NewInt32(r.int())
	case readInt64:
		return tasks.NewInt64(r.long())
	case readDate:
		return tasks.NewTime(int64(r.int()) * dayMillis)
	case readTime:
		return tasks.NewTime(int64(r.int()))
	case readTimestamp:
		return tasks.NewTime(r.long())
	case readFloat:
		if b := r.take(4); b != nil {
			return tasks.NewFloat32(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	case readDouble:
		if b := r.take(8); b != nil {
			return tasks.NewFloat64(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	case readString:
		return r.string()
	case readBytes:
		return tasks.NewBytes(r.bytes())
	case readDecimal:
		return r.decimal(p, r.bytes())
	case readFixed:
		return tasks.NewBytes(r.take(p.size))
	case readFixedDecimal:
		return r.decimal(p, r.take(p.size))
	case readEnum:
		if i := int(r.int()); i >= 0 && i < len(p.symbols) {
			return p.symbols[i]
		}
		return r.fail(malformed("Unknown enum index"))
	default:
		return r.nested(p)
	}
	return tasks.Null
}

// nested reads what has parts, with a limit on the depth that data can ask for.
func (r *reader) nested(p *plan) tasks.Value {
	if r.depth++; r.depth > maxDepth {
		return r.fail(malformed("%s", errDeep))
	}
	v := tasks.Null
	switch p.step {
	case readArray:
		v = r.array(p)
	case readMap:
		v = r.mapping(p)
	case readEntries:
		v = r.entries(p)
	case readRecord:
		st := r.a.Struct(p.schema)
		for i, f := range p.parts {
			st.Slots[i] = r.value(f)
		}
		v = tasks.NewStructValue(st)
	case readBranch, readUnion, readSum:
		v = r.union(p)
	case readAnything:
		for _, f := range p.parts {
			if item := r.value(f); !item.IsNull() {
				v = item
			}
		}
	}
	r.depth--
	return v
}

func (r *reader) union(p *plan) tasks.Value {
	i := int(r.int())
	if i < 0 || i >= len(p.parts) {
		return r.fail(malformed("Unknown union index %d", i))
	}
	if p.step == readBranch || p.slots[i] < 0 {
		return r.value(p.parts[i])
	}
	slot := p.slots[i]
	if p.step == readSum && slot != i {
		// With a null branch before it, the Java class looks under the name of the branch before.
		name := fmt.Sprint(sumFieldPrefix, slot)
		if p.schema.FieldIndex(name) < 0 {
			return r.fail(tasks.DataException("%s is not a valid field name", name))
		}
		return r.fail(tasks.DataException("Invalid Java object for schema with type %s: %s for field: %q",
			p.schema.Fields[slot-1].Schema.Type, className(p.schema.Fields[slot].Schema), name))
	}
	st := r.a.Struct(p.schema)
	st.Slots[slot] = r.value(p.parts[i])
	return tasks.NewStructValue(st)
}

func className(s *tasks.Schema) string {
	names := map[tasks.Type]string{tasks.Int8: "java.lang.Byte", tasks.Int16: "java.lang.Short", tasks.Int32: "java.lang.Integer",
		tasks.Int64: "java.lang.Long", tasks.Float32: "java.lang.Float", tasks.Float64: "java.lang.Double",
		tasks.Boolean: "java.lang.Boolean", tasks.String: "java.lang.String", tasks.Bytes: "java.nio.HeapByteBuffer",
		tasks.Array: "java.util.ArrayList", tasks.MapType: "java.util.HashMap", tasks.StructType: "org.apache.kafka.connect.data.Struct"}
	return "class " + names[s.Type]
}

// block reads the count of the next block of an array or map; 0 ends it.
func (r *reader) block() int {
	n := r.long()
	if n < 0 {
		n = -n
		r.long() // the block's size in bytes
	}
	if n < 0 || n > math.MaxInt32 {
		r.fail(malformed("Block of %d items", n))
		return 0
	}
	return int(n)
}

// room is how many values to make place for: items may take no bytes at all, so a count alone cannot be trusted.
func (r *reader) room(n int) int { return min(n, len(r.b)+64) }

func (r *reader) array(p *plan) tasks.Value {
	n := r.block()
	if n == 0 {
		return tasks.NewList(nil)
	}
	items := r.a.Values(r.room(n))[:0]
	for total, limit := 0, maxItems+len(r.b); n > 0 && r.err == nil; n = r.block() {
		if total += n; total > limit {
			return r.fail(malformed("Array of %d items in too few bytes", total))
		}
		for ; n > 0 && r.err == nil; n-- {
			items = append(items, r.value(p.parts[0]))
		}
	}
	return tasks.NewList(items)
}

// maxItems bounds the items that need no bytes, so that a few bytes cannot fill the memory.
const maxItems = 1 << 20

func (r *reader) mapping(p *plan) tasks.Value {
	n := r.block()
	m := r.a.Map(r.room(n))
	for ; n > 0 && r.err == nil; n = r.block() {
		for ; n > 0 && r.err == nil; n-- {
			k := r.string()
			m.Put(k.Str(), r.value(p.parts[0]))
		}
	}
	return tasks.NewMapValue(m)
}

func (r *reader) entries(p *plan) tasks.Value {
	n := r.block()
	m := r.a.Map(r.room(n))
	for total, limit := 0, maxItems+len(r.b); n > 0 && r.err == nil; n = r.block() {
		if total += n; total > limit {
			return r.fail(malformed("Map of %d entries in too few bytes", total))
		}
		for ; n > 0 && r.err == nil; n-- {
			put(m, r.value(p.parts[0]), r.value(p.parts[1]))
		}
	}
	return tasks.NewMapValue(m)
}

// put replaces the value under an equal key, or adds one.
func put(m *tasks.Map, k, v tasks.Value) {
	for i := range m.Entries {
		if m.Entries[i].Key.Equal(k) {
			m.Entries[i].Value = v
			return
		}
	}
	m.Entries = append(m.Entries, tasks.Entry{Key: k, Value: v})
}

func (r *reader) decimal(p *plan, b []byte) tasks.Value {
	if r.err == nil && len(b) == 0 {
		return r.fail(tasks.NewException("java.lang.NumberFormatException", "Zero length BigInteger"))
	}
	d := r.a.Decimal()
	d.Scale = p.scale
	setTwos(&d.Unscaled, b)
	return tasks.NewDecimal(d)
}

// take returns the next n bytes, or nil and fails.
func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.fail(eof())
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) bytes() []byte {
	n := r.long()
	switch {
	case n < 0:
		r.fail(malformed("Length is negative: %d", n))
		return nil
	case n > math.MaxInt32-8:
		r.fail(tasks.NewException("java.lang.UnsupportedOperationException", "Cannot read strings longer than %d bytes", math.MaxInt32-8))
		return nil
	}
	return r.take(int(n))
}

// string aliases the data when it is UTF-8; else each bad byte becomes U+FFFD, as Java decodes it.
func (r *reader) string() tasks.Value {
	b := r.bytes()
	if utf8.Valid(b) {
		return tasks.NewStringBytes(b)
	}
	return tasks.NewString(repair(b))
}

func repair(b []byte) string {
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			n = badPrefix(b)
		}
		out = utf8.AppendRune(out, c)
		b = b[n:]
	}
	return string(out)
}

// badPrefix returns how many bytes of a broken sequence Java replaces by one U+FFFD: the longest part of a valid one.
func badPrefix(b []byte) int {
	tails, low, high := 0, byte(0x80), byte(0xBF)
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		tails = 1
	case c == 0xE0:
		tails, low = 2, 0xA0
	case c == 0xED:
		tails, high = 2, 0x9F
	case c >= 0xE1 && c <= 0xEF:
		tails = 2
	case c == 0xF0:
		tails, low = 3, 0x90
	case c == 0xF4:
		tails, high = 3, 0x8F
	case c >= 0xF1 && c <= 0xF3:
		tails = 3
	}
	n := 1
	for n < len(b) && n <= tails && b[n] >= low && b[n] <= high {
		n, low, high = n+1, 0x80, 0xBF
	}
	return n
}

func (r *reader) long() int64 {
	if len(r.b) > 0 && r.b[0] < 0x80 { // most are
		u := r.b[0]
		r.b = r.b[1:]
		return int64(u>>1) ^ -int64(u&1)
	}
	var u uint64
	for i, c := range r.b {
		if i == 10 {
			break
		}
		u |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	if len(r.b) >= 10 {
		r.fail(tasks.NewException("java.io.IOException", "Invalid long encoding"))
	} else {
		r.fail(eof())
	}
	return 0
}

func (r *reader) int() int32 {
	var u uint32
	for i, c := range r.b {
		if i == 5 {
			break
		}
		u |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return int32(u>>1) ^ -int32(u&1)
		}
	}
	if len(r.b) >= 5 {
		r.fail(tasks.NewException("java.io.IOException", "Invalid int encoding"))
	} else {
		r.fail(eof())
	}
	return 0
}
