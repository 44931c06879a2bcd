package avro

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
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
		return tasks.NewBuffer(r.bytes())
	case readDecimal:
		return r.decimal(p, r.bytes())
	case readFixed:
		return tasks.NewBuffer(r.take(p.size))
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
	m, table := r.a.Map(r.room(n)), javahash.Table(n)
	filling := convert.Filling{Map: m}
	for ; n > 0 && r.err == nil; n = r.block() {
		for ; n > 0 && r.err == nil; n-- {
			k := r.string()
			filling.Put(k, r.value(p.parts[0]))
		}
	}
	asHeldByAvro(m.Entries, javahash.Grown(table, len(m.Entries)))
	m.Table = int32(javahash.Table(len(m.Entries)))
	return tasks.NewMapValue(m)
}

func (r *reader) entries(p *plan) tasks.Value {
	n := r.block()
	m := r.a.Map(r.room(n))
	filling := convert.Filling{Map: m}
	for total, limit := 0, maxItems+len(r.b); n > 0 && r.err == nil; n = r.block() {
		if total += n; total > limit {
			return r.fail(malformed("Map of %d entries in too few bytes", total))
		}
		for ; n > 0 && r.err == nil; n-- {
			k := r.value(p.parts[0])
			filling.Put(k, r.value(p.parts[1]))
		}
	}
	return tasks.NewMapValue(m)
}

// asHeldByAvro sorts a map's entries as the HashMap hands them out into which Avro's library reads them.
func asHeldByAvro(entries []tasks.Entry, table int) {
	bucket := func(e *tasks.Entry) int { return javahash.Bucket(utf8Hash(e.Key.Bytes()), table) }
	slices.SortStableFunc(entries, func(a, b tasks.Entry) int { return cmp.Compare(bucket(&a), bucket(&b)) })
}

// utf8Hash is the hash of a text of Avro's library, org.apache.avro.util.Utf8.
func utf8Hash(text []byte) uint32 {
	h := uint32(1)
	for _, c := range text {
		h = 31*h + uint32(int8(c))
	}
	return h
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
