package tasks

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Struct is a value with a struct schema: one slot for each field, in schema order. A slot that holds null means null
// without regard to defaults; [Struct.Get] applies them.
type Struct struct {
	Schema *Schema
	Slots  []Value
}

// Get returns the field's value, its schema's default when it is null and has one, as Connect's Struct.get does; false
// when there is no such field.
func (s *Struct) Get(name string) (Value, bool) {
	i := s.Schema.FieldIndex(name)
	if i < 0 {
		return Null, false
	}
	return s.GetSlot(i), true
}

// GetSlot is Get by slot.
func (s *Struct) GetSlot(i int) Value {
	v := s.Slots[i]
	if v.IsNull() && s.Schema.Fields[i].Schema.HasDefault {
		return s.Schema.Fields[i].Schema.Default
	}
	return v
}

// Entry is one pair of a [Map].
type Entry struct{ Key, Value Value }

// Map is a map as Java holds it. Java hands out the entries of a HashMap by the hashes of their keys, in an order that also
// depends on how the map was made; convert.Ordered tells it.
type Map struct {
	// Entries stand in the order in which they were put.
	Entries []Entry
	// Table is the size, a power of two, that the HashMap's table was made with; it grows with the entries. 0 is that of a
	// HashMap made without a size, and Linked a LinkedHashMap, which keeps the order of Entries.
	Table int32
}

// Linked is the [Map.Table] of a LinkedHashMap.
const Linked = -1

// Find returns the index of the entry with a string key of that text, or -1.
func (m *Map) Find(key string) int {
	for i := range m.Entries {
		if m.Entries[i].Key.kind == KindString && m.Entries[i].Key.Str() == key {
			return i
		}
	}
	return -1
}

// Get returns the value under a string key, and whether there is one.
func (m *Map) Get(key string) (Value, bool) {
	if i := m.Find(key); i >= 0 {
		return m.Entries[i].Value, true
	}
	return Null, false
}

// Put sets the value under a string key, in place when the key is there.
func (m *Map) Put(key string, v Value) {
	if i := m.Find(key); i >= 0 {
		m.Entries[i].Value = v
		return
	}
	m.Entries = append(m.Entries, Entry{NewString(key), v})
}

// Decimal is a java.math.BigDecimal: Unscaled / 10^Scale.
type Decimal struct {
	Unscaled big.Int
	Scale    int32
}

// String returns the text of BigDecimal.toString, with an exponent where Java writes one.
func (d *Decimal) String() string {
	digits := d.Unscaled.Text(10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if d.Scale == 0 {
		return sign + digits
	}
	adjusted := -int64(d.Scale) + int64(len(digits)-1)
	if d.Scale > 0 && adjusted >= -6 {
		return sign + plain(digits, int(d.Scale))
	}
	var b strings.Builder
	b.WriteString(sign)
	b.WriteByte(digits[0])
	if len(digits) > 1 {
		b.WriteByte('.')
		b.WriteString(digits[1:])
	}
	if adjusted != 0 {
		b.WriteByte('E')
		if adjusted > 0 {
			b.WriteByte('+')
		}
		b.WriteString(big.NewInt(adjusted).String())
	}
	return b.String()
}

// Plain returns the text of BigDecimal.toPlainString.
func (d *Decimal) Plain() string {
	digits := d.Unscaled.Text(10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	switch {
	case d.Scale > 0:
		return sign + plain(digits, int(d.Scale))
	case d.Unscaled.Sign() == 0:
		return "0"
	}
	return sign + digits + strings.Repeat("0", -int(d.Scale))
}

func plain(digits string, scale int) string {
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// Equal compares two values as Java's equals would: of the same kind and content; maps without regard to order, floats by
// their bits' identity as Double.equals does (NaN equals NaN).
func (v Value) Equal(o Value) bool {
	if v.kind != o.kind {
		return false
	}
	switch v.kind {
	case KindNull:
		return true
	case KindFloat32, KindFloat64:
		return v.n == o.n || math.IsNaN(v.Float()) && math.IsNaN(o.Float())
	case KindString, KindBytes:
		return bytes.Equal(v.Bytes(), o.Bytes())
	case KindDecimal:
		a, b := v.Decimal(), o.Decimal()
		return a.Scale == b.Scale && a.Unscaled.Cmp(&b.Unscaled) == 0
	case KindList:
		return slices.EqualFunc(v.List(), o.List(), Value.Equal)
	case KindMap:
		return v.Map().equal(o.Map())
	case KindStruct:
		a, b := v.Struct(), o.Struct()
		return a.Schema.Equal(b.Schema) && slices.EqualFunc(a.Slots, b.Slots, Value.Equal)
	}
	return v.n == o.n
}

func (m *Map) equal(o *Map) bool {
	if len(m.Entries) != len(o.Entries) {
		return false
	}
	for _, e := range m.Entries {
		if !slices.ContainsFunc(o.Entries, func(f Entry) bool { return e.Key.Equal(f.Key) && e.Value.Equal(f.Value) }) {
			return false
		}
	}
	return true
}

// Clone returns a copy that shares no memory with the batch, deep. It is for what must outlive the batch.
func (v Value) Clone() Value {
	switch v.kind {
	case KindString:
		return NewString(strings.Clone(v.Str()))
	case KindBytes:
		c := NewBytes(bytes.Clone(v.Bytes()))
		c.buf = v.buf
		return c
	case KindDecimal:
		d := &Decimal{Scale: v.Decimal().Scale}
		d.Unscaled.Set(&v.Decimal().Unscaled)
		return NewDecimal(d)
	case KindList:
		items := make([]Value, len(v.List()))
		for i, e := range v.List() {
			items[i] = e.Clone()
		}
		return NewList(items)
	case KindMap:
		m := &Map{Entries: make([]Entry, len(v.Map().Entries)), Table: v.Map().Table}
		for i, e := range v.Map().Entries {
			m.Entries[i] = Entry{e.Key.Clone(), e.Value.Clone()}
		}
		return NewMapValue(m)
	case KindStruct:
		s := v.Struct()
		c := &Struct{Schema: s.Schema, Slots: make([]Value, len(s.Slots))}
		for i, e := range s.Slots {
			c.Slots[i] = e.Clone()
		}
		return NewStructValue(c)
	}
	return v
}
