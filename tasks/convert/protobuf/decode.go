package protobuf

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// invalidProtocolBuffer is the Java library's exception for bytes that are no message.
const invalidProtocolBuffer = "com.google.protobuf.InvalidProtocolBufferException"

func malformed(format string, args ...any) error {
	return tasks.NewException(invalidProtocolBuffer, format, args...)
}

func truncated() error {
	return malformed("While parsing a protocol message, the input ended unexpectedly in the middle of a field.  This could mean either " +
		"that the input has been truncated or that an embedded message misreported its own length.")
}

// decoder decodes messages. Errors of the bytes are in err; those of values, which count only when the bytes are in order,
// are in bad.
type decoder struct {
	a     *tasks.Arena
	err   error
	bad   error
	depth int
	stack []tasks.Value // values of the lists being read
}

// decode returns the message in b.
func (d *decoder) decode(a *tasks.Arena, rd *reading, b []byte) (tasks.Value, error) {
	d.a, d.err, d.bad, d.depth, d.stack = a, nil, nil, 0, d.stack[:0]
	v := d.message(rd.plan, b)
	if d.err != nil {
		return tasks.Null, d.err
	}
	if rd.slot >= 0 {
		v = v.Struct().Slots[rd.slot]
	}
	return v, d.bad
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// wrong keeps the first error of a value.
func (d *decoder) wrong(err error) {
	if d.bad == nil {
		d.bad = err
	}
}

// maxMessages is how deep messages may be nested, as in Java.
const maxMessages = 100

// message decodes a message into a struct.
func (d *decoder) message(p *messagePlan, b []byte) tasks.Value {
	if d.depth > maxMessages {
		d.fail(malformed("Protocol message had too many levels of nesting.  May be malicious.  Use setRecursionLimit() to increase the recursion depth limit."))
		return tasks.Null
	}
	d.depth++
	st := d.a.Struct(p.schema)
	copy(st.Slots, p.slots)
	d.fields(p, st, b)
	d.depth--
	return tasks.NewStructValue(st)
}

// seen tells whether a field came; all of its occurrences are read at the first one.
type seen struct {
	few  [64]uint8
	many []uint8
}

func (s *seen) at(p *messagePlan, mark int) *uint8 {
	if mark < len(s.few) {
		return &s.few[mark]
	}
	if s.many == nil {
		s.many = make([]uint8, p.marks)
	}
	return &s.many[mark]
}

// decided marks a message of a oneof that comes last of the oneof.
const decided = 2

// lost reports whether a message that comes later takes the oneof of a scalar.
func (s *seen) lost(p *messagePlan, fp *fieldPlan) bool {
	for _, mark := range fp.rivals {
		if *s.at(p, mark) == decided {
			return true
		}
	}
	return false
}

func (d *decoder) fields(p *messagePlan, st *tasks.Struct, b []byte) {
	var count seen
	r := reader{b: b}
	for len(r.b) > 0 && d.err == nil {
		rest := r.b
		number, wire := r.tag()
		if r.err != nil {
			break
		}
		fp := p.find(number)
		switch {
		case fp == nil:
			r.skip(number, wire)
		case fp.field.label == labelRepeated:
			if wire != fp.wire && (wire != wireLen || fp.wire == wireLen) {
				r.skip(number, wire)
				continue
			}
			if n := count.at(p, fp.mark); *n == 0 {
				*n = 1
				d.repeated(p, st, fp, rest)
			}
			r.skip(number, wire)
		case wire != fp.wire:
			r.skip(number, wire)
		case fp.kind == kindMessage:
			d.nested(p, st, fp, &r, rest, count.at(p, fp.mark))
		default:
			if v, ok := d.scalar(fp, &r, p.unchecked); ok && !count.lost(p, fp) {
				d.put(st, fp, v)
			}
			if fp.field.label == labelRequired {
				*count.at(p, fp.mark) = 1
			}
		}
	}
	if r.err != nil {
		d.fail(r.err)
		return
	}
	d.absent(p, st, &count)
}

// absent does what is due for fields that did not come.
func (d *decoder) absent(p *messagePlan, st *tasks.Struct, count *seen) {
	for _, fp := range p.required {
		if *count.at(p, fp.mark) == 0 {
			d.fail(malformed("Message missing required fields: %s", fp.field.name))
		}
	}
	if d.err != nil {
		return
	}
	for _, fp := range p.filled {
		if *count.at(p, fp.mark) == 0 {
			if d.depth > maxMessages {
				d.wrong(tasks.NewException(stackOverflow, "message %s contains itself without end", p.message.full))
				return
			}
			st.Slots[fp.slot] = d.convert(fp, nil)
		}
	}
}

// put sets a field; in a union it becomes the only one.
func (d *decoder) put(st *tasks.Struct, fp *fieldPlan, v tasks.Value) {
	if fp.union == nil {
		if fp.field.oneof != nil {
			// flatten.unions: what else came of the oneof is gone.
			for _, f := range fp.field.oneof.fields {
				if i := st.Schema.FieldIndex(f.name); i >= 0 {
					st.Slots[i] = tasks.Null
				}
			}
		}
		st.Slots[fp.slot] = v
		return
	}
	union := st.Slots[fp.slot].Struct()
	if union == nil {
		union = d.a.Struct(fp.union)
		st.Slots[fp.slot] = tasks.NewStructValue(union)
	} else {
		clear(union.Slots)
	}
	union.Slots[fp.inner] = v
}

// nested reads a message when it comes first; all later parts of it were read with it.
func (d *decoder) nested(p *messagePlan, st *tasks.Struct, fp *fieldPlan, r *reader, rest []byte, count *uint8) {
	r.bytes()
	if r.err != nil || *count > 0 {
		return
	}
	*count = 1
	body, last, err := merged(p, fp, rest)
	if err != nil {
		d.fail(err)
		return
	}
	if last {
		*count = decided
		d.put(st, fp, d.convert(fp, body))
	}
}

// merged returns the body of a message from its first occurrence on. The bodies of several ones are put one behind the
// other, which is how they merge; in a oneof only those behind the last other member count, and last is false when
// another member comes last.
func merged(p *messagePlan, fp *fieldPlan, rest []byte) (body []byte, last bool, err error) {
	r := reader{b: rest}
	parts := 0
	for len(r.b) > 0 && r.err == nil {
		number, wire := r.tag()
		other := p.find(number)
		switch {
		case other == fp && wire == wireLen:
			part := r.bytes()
			switch parts++; {
			case parts == 1:
				body = part
			case parts == 2:
				r.whole(body)
				fallthrough
			default:
				r.whole(part)
				body = append(body, part...) // a copy: a part has no room behind it
			}
			last = true
		case other != nil && fp.field.oneof != nil && other.field.oneof == fp.field.oneof && wire == other.wire:
			body, last, parts = nil, false, 0
			r.skip(number, wire)
		default:
			r.skip(number, wire)
		}
	}
	return body, last, r.err
}

// repeated reads all values of a field from its first occurrence on.
func (d *decoder) repeated(p *messagePlan, st *tasks.Struct, fp *fieldPlan, rest []byte) {
	base := len(d.stack)
	r := reader{b: rest}
	for len(r.b) > 0 && r.err == nil && d.err == nil {
		number, wire := r.tag()
		switch {
		case number != fp.field.number || r.err != nil:
			r.skip(number, wire)
		case wire == wireLen && fp.wire != wireLen:
			packed := reader{b: r.bytes()}
			for len(packed.b) > 0 && packed.err == nil && d.err == nil {
				if v, ok := d.scalar(fp, &packed, p.unchecked); ok {
					d.stack = append(d.stack, v)
				}
			}
			if packed.err != nil {
				r.err = packed.err
			}
		case wire != fp.wire:
			r.skip(number, wire)
		case fp.kind == kindMessage:
			if body := r.bytes(); r.err == nil {
				v := d.convert(fp, body)
				d.stack = append(d.stack, v)
			}
		default:
			if v, ok := d.scalar(fp, &r, p.unchecked); ok {
				d.stack = append(d.stack, v)
			}
		}
	}
	if r.err != nil {
		d.fail(r.err)
	}
	if d.err == nil {
		if fp.step == toMap {
			st.Slots[fp.slot] = d.entries(d.stack[base:])
		} else {
			items := d.a.Values(len(d.stack) - base)
			copy(items, d.stack[base:])
			st.Slots[fp.slot] = tasks.NewList(items)
		}
	}
	d.stack = d.stack[:base]
}

// manyEntries is from where a map's keys are looked up in a hash.
const manyEntries = 16

// entries makes a map of structs of key and value; of equal keys the last value counts.
func (d *decoder) entries(pairs []tasks.Value) tasks.Value {
	m := d.a.Map(len(pairs))
	var index map[string]int
	if len(pairs) > manyEntries {
		index = make(map[string]int, len(pairs))
	}
	var buf []byte
	for _, pair := range pairs {
		slots := pair.Struct().Slots
		at, known := -1, false
		if index != nil && slots[0].Kind() != tasks.KindStruct {
			buf = appendKey(buf[:0], slots[0])
			if at, known = index[string(buf)]; !known {
				index[string(buf)] = len(m.Entries)
			}
		} else {
			for i := range m.Entries {
				if m.Entries[i].Key.Equal(slots[0]) {
					at, known = i, true
					break
				}
			}
		}
		if known {
			m.Entries[at].Value = slots[1]
			continue
		}
		m.Entries = append(m.Entries, tasks.Entry{Key: slots[0], Value: slots[1]})
	}
	return tasks.NewMapValue(m)
}

func appendKey(dst []byte, v tasks.Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case tasks.KindString, tasks.KindBytes:
		return append(dst, v.Bytes()...)
	case tasks.KindBoolean:
		if v.Bool() {
			return append(dst, 1)
		}
		return dst
	case tasks.KindFloat32, tasks.KindFloat64:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float()))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(v.Int()))
}

// scalar reads one value that is no message; ok is false for an unknown value of a closed enum, which does not count.
func (d *decoder) scalar(fp *fieldPlan, r *reader, unchecked bool) (v tasks.Value, ok bool) {
	switch fp.kind {
	case kindString:
		b := r.bytes()
		if !utf8.Valid(b) {
			if !unchecked {
				r.fail(malformed("Protocol message had invalid UTF-8."))
			}
			b = replaceInvalid(b)
		}
		return tasks.NewStringBytes(b), true
	case kindBytes:
		return tasks.NewBuffer(r.bytes()), true
	case kindDouble:
		return tasks.NewFloat64(math.Float64frombits(r.fixed64())), true
	case kindFloat:
		return tasks.NewFloat32(math.Float32frombits(r.fixed32())), true
	case kindBool:
		return tasks.NewBoolean(r.varint() != 0), true
	case kindEnum:
		n := int32(r.varint())
		if _, known := fp.names[n]; !known && !fp.field.enum.open {
			return v, false
		}
		return fp.enumValue(n), true
	}
	return fp.integer(r.integer(fp.kind)), true
}

func replaceInvalid(b []byte) []byte {
	out := make([]byte, 0, len(b)+2)
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		out, b = utf8.AppendRune(out, c), b[n:]
	}
	return out
}
