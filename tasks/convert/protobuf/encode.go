package protobuf

import (
	"encoding/binary"
	"math"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// encoder writes messages. Its errors are those of the Java classes.
type encoder struct {
	o     Options
	buf   []byte
	depth int
}

// maxValues bounds how deep values may be nested.
const maxValues = 1000

func wrongType(v *valuePlan, f *field) error {
	return tasks.NewException(illegalArgument, "Wrong object type used with protocol message reflection.\nField number: %d, field type: %s, value of type: %s\n",
		f.number, f.typeName, v.schema.Type)
}

func invalidType(s *tasks.Schema, v tasks.Value) error {
	return tasks.DataException("Invalid type for %s: class %s", s.Type, convert.JavaClass(v))
}

// structure appends the fields of a struct.
func (e *encoder) structure(dst []byte, p *structPlan, v tasks.Value) ([]byte, error) {
	st := v.Struct()
	if st == nil {
		return dst, invalidType(p.schema, v)
	}
	if st.Schema != p.schema && !p.same(st.Schema) {
		return dst, tasks.DataException("Mismatching struct schema")
	}
	if e.depth++; e.depth > maxValues {
		return dst, tasks.NewException(stackOverflow, "the value is nested more than %d deep", maxValues)
	}
	var err error
	for _, f := range p.fields {
		if dst, err = e.slot(dst, f, e.field(st, p, f)); err != nil {
			return dst, err
		}
	}
	e.depth--
	return dst, nil
}

// same reports whether a struct's schema is the plan's.
func (p *structPlan) same(s *tasks.Schema) bool {
	if !p.cyclic {
		return p.schema.Equal(s)
	}
	if len(s.Fields) != len(p.schema.Fields) {
		return false
	}
	for i := range s.Fields {
		if s.Fields[i].Name != p.schema.Fields[i].Name || s.Fields[i].Schema.Type != p.schema.Fields[i].Schema.Type {
			return false
		}
	}
	return true
}

// field returns the value for a slot plan: null when it is of a union that has another value.
func (e *encoder) field(st *tasks.Struct, p *structPlan, f *slotPlan) tasks.Value {
	v := e.get(st, f.slot)
	if f.inner < 0 || v.IsNull() {
		return v
	}
	union := v.Struct()
	if union == nil {
		return tasks.Null
	}
	for i := range union.Slots {
		if one := e.get(union, i); !one.IsNull() {
			if i == f.inner {
				return one
			}
			return tasks.Null
		}
	}
	return tasks.Null
}

func (e *encoder) get(st *tasks.Struct, slot int) tasks.Value {
	if e.o.IgnoreDefaults {
		return st.Slots[slot]
	}
	return st.GetSlot(slot)
}

// slot appends a field, unless there is nothing to write.
func (e *encoder) slot(dst []byte, p *slotPlan, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return dst, nil
	}
	if p.field == nil {
		return dst, tasks.DataException("Cannot find field with name %s", p.name)
	}
	if p.schema.Type == tasks.Array {
		return e.list(dst, p, v)
	}
	if p.value.class == classMap {
		return e.pairs(dst, p, v)
	}
	at := len(dst)
	dst = appendTag(dst, p.field.number, p.field.kind.wire())
	body := len(dst)
	dst, set, err := e.value(dst, p.field, &p.value, v)
	if err != nil || !set || !p.shown && p.isZero(dst[body:]) {
		return dst[:at], err
	}
	return dst, nil
}

// isZero reports whether a scalar as it is written is its field's default.
func (p *slotPlan) isZero(b []byte) bool {
	if p.field.kind == kindEnum {
		n, _ := binary.Uvarint(b)
		return int32(n) == p.zero
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (e *encoder) list(dst []byte, p *slotPlan, v tasks.Value) ([]byte, error) {
	if v.Kind() != tasks.KindList {
		return dst, invalidType(p.schema, v)
	}
	items := v.List()
	if len(items) == 0 {
		return dst, nil
	}
	body := 0
	if p.packed {
		dst = appendTag(dst, p.field.number, wireLen)
		dst = append(dst, 0)
		body = len(dst)
	}
	for _, item := range items {
		if !p.packed {
			dst = appendTag(dst, p.field.number, p.field.kind.wire())
		}
		var set bool
		var err error
		if dst, set, err = e.value(dst, p.field, &p.value, item); err != nil {
			return dst, err
		}
		if !set {
			return dst, tasks.NewException(nullPointer, "an item of the repeated field %s is null", p.name)
		}
	}
	if p.packed {
		dst = sized(dst, body)
	}
	return dst, nil
}

func (e *encoder) pairs(dst []byte, p *slotPlan, v tasks.Value) ([]byte, error) {
	m := v.Map()
	if m == nil {
		return dst, invalidType(p.schema, v)
	}
	for _, entry := range convert.Ordered(m) {
		if !p.value.fits {
			return dst, wrongType(&p.value, p.field)
		}
		dst = append(appendTag(dst, p.field.number, wireLen), 0)
		body := len(dst)
		var err error
		for _, part := range p.value.below.fields {
			one := entry.Key
			if part.slot == 1 {
				one = entry.Value
			}
			if dst, err = e.slot(dst, part, one); err != nil {
				return dst, err
			}
		}
		dst = sized(dst, body)
	}
	return dst, nil
}

// value appends a value behind its tag; set is false when there is nothing to write.
func (e *encoder) value(dst []byte, f *field, p *valuePlan, v tasks.Value) (_ []byte, set bool, err error) {
	if v.IsNull() {
		return dst, false, nil
	}
	if p.class == classEnum {
		return e.symbol(dst, f, p, v)
	}
	if !p.fits || p.class == classMap { // a map in a list
		return dst, false, wrongType(p, f)
	}
	if f.kind != kindMessage {
		dst, err = appendScalar(dst, f.kind, p, v)
		return dst, true, err
	}
	dst = append(dst, 0)
	body := len(dst)
	switch {
	case p.class == classMessage:
		dst, err = e.structure(dst, p.below, v)
	case p.wrapper:
		dst, err = appendWrapped(dst, p, v)
	default:
		dst, err = appendLogical(dst, p, v)
	}
	return sized(dst, body), true, err
}

func (e *encoder) symbol(dst []byte, f *field, p *valuePlan, v tasks.Value) ([]byte, bool, error) {
	n := int32(v.Int())
	if p.schema.Type == tasks.String {
		if v.Kind() != tasks.KindString {
			return dst, false, invalidType(p.schema, v)
		}
		var ok bool
		if n, ok = p.numbers[v.Str()]; !ok {
			return dst, false, wrongType(p, f)
		}
	}
	if !p.known {
		return dst, false, nil
	}
	if _, ok := p.enum.byNumber(n); !ok {
		return dst, false, nil
	}
	return binary.AppendUvarint(dst, uint64(int64(n))), true, nil
}

func appendTag(dst []byte, number int32, wire int) []byte {
	return binary.AppendUvarint(dst, uint64(number)<<3|uint64(wire))
}

// sized writes the length of what follows body into the byte that was kept before it, and makes room when it needs more.
func sized(dst []byte, body int) []byte {
	n := len(dst) - body
	if n < 0x80 {
		dst[body-1] = byte(n)
		return dst
	}
	var size [binary.MaxVarintLen64]byte
	used := binary.PutUvarint(size[:], uint64(n))
	dst = append(dst, size[:used-1]...)
	copy(dst[body+used-1:], dst[body:body+n])
	copy(dst[body-1:], size[:used])
	return dst
}

// appendScalar appends a scalar as a field of the kind has it.
func appendScalar(dst []byte, k kind, p *valuePlan, v tasks.Value) ([]byte, error) {
	switch p.class {
	case classString:
		if v.Kind() != tasks.KindString {
			return dst, invalidType(p.schema, v)
		}
	case classBytes:
		if v.Kind() != tasks.KindBytes {
			return dst, invalidType(p.schema, v)
		}
	case classBoolean:
		if v.Kind() != tasks.KindBoolean {
			return dst, invalidType(p.schema, v)
		}
	default:
		if v.Kind() < tasks.KindInt8 || v.Kind() > tasks.KindFloat64 {
			return dst, invalidType(p.schema, v)
		}
	}
	switch k {
	case kindString, kindBytes:
		b := v.Bytes()
		return append(binary.AppendUvarint(dst, uint64(len(b))), b...), nil
	case kindBool:
		if v.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case kindFloat:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(number(v)))), nil
	case kindDouble:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(number(v))), nil
	}
	return appendInteger(dst, k, integer(v)), nil
}

// number and integer are Java's conversions between numbers.
func number(v tasks.Value) float64 {
	if v.Kind() == tasks.KindFloat32 || v.Kind() == tasks.KindFloat64 {
		return v.Float()
	}
	return float64(v.Int())
}

func integer(v tasks.Value) int64 {
	if v.Kind() == tasks.KindFloat32 || v.Kind() == tasks.KindFloat64 {
		return int64(v.Float())
	}
	return v.Int()
}

func appendInteger(dst []byte, k kind, n int64) []byte {
	switch k {
	case kindInt32:
		return binary.AppendUvarint(dst, uint64(int64(int32(n))))
	case kindUint32:
		return binary.AppendUvarint(dst, uint64(uint32(n)))
	case kindSint32:
		i := int32(n)
		return binary.AppendUvarint(dst, uint64(uint32(i<<1)^uint32(i>>31)))
	case kindSint64:
		return binary.AppendUvarint(dst, uint64(n<<1)^uint64(n>>63))
	case kindFixed32, kindSfixed32:
		return binary.LittleEndian.AppendUint32(dst, uint32(n))
	case kindFixed64, kindSfixed64:
		return binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	return binary.AppendUvarint(dst, uint64(n))
}

// appendWrapped appends the content of a wrapper message: its value unless that is the default.
func appendWrapped(dst []byte, p *valuePlan, v tasks.Value) ([]byte, error) {
	k := p.class.plain()
	at := len(dst)
	dst = appendTag(dst, 1, k.wire())
	body := len(dst)
	dst, err := appendScalar(dst, k, p, v)
	if err != nil {
		return dst, err
	}
	for _, c := range dst[body:] {
		if c != 0 {
			return dst, nil
		}
	}
	return dst[:at], nil
}
