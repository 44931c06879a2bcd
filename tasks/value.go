package tasks

import (
	"math"
	"time"
	"unsafe"
)

// Kind tells what a [Value] holds. It is the class of the Java object that Connect would hold there.
type Kind uint8

// The kinds. KindTime is java.util.Date, which Connect uses for Date, Time and Timestamp alike: milliseconds since the
// epoch (Time: since midnight); the schema's name says which it is.
const (
	KindNull Kind = iota
	KindInt8
	KindInt16
	KindInt32
	KindInt64
	KindFloat32
	KindFloat64
	KindBoolean
	KindString
	KindBytes
	KindDecimal
	KindTime
	KindList
	KindMap
	KindStruct
)

// Value is one datum of a record: a tagged union of 24 bytes. Scalars live inside it, so that making, copying and passing
// one allocates nothing; strings and bytes alias memory of the batch. The zero Value is null. Values are immutable by
// convention, and safe to read from several goroutines.
type Value struct {
	p    unsafe.Pointer // first byte, first element, or the *Map, *Struct, *Decimal
	n    uint64         // the scalar's bits, or the length
	kind Kind
	buf  bool // bytes that Java holds in a ByteBuffer
}

// Null is the null value.
var Null Value

// Constructors. None copies what it is given.

// NewInt8 returns a byte value.
func NewInt8(v int8) Value { return Value{n: uint64(v), kind: KindInt8} }

// NewInt16 returns a short value.
func NewInt16(v int16) Value { return Value{n: uint64(v), kind: KindInt16} }

// NewInt32 returns an int value.
func NewInt32(v int32) Value { return Value{n: uint64(v), kind: KindInt32} }

// NewInt64 returns a long value.
func NewInt64(v int64) Value { return Value{n: uint64(v), kind: KindInt64} }

// NewFloat32 returns a float value.
func NewFloat32(v float32) Value {
	return Value{n: uint64(math.Float32bits(v)), kind: KindFloat32}
}

// NewFloat64 returns a double value.
func NewFloat64(v float64) Value { return Value{n: math.Float64bits(v), kind: KindFloat64} }

// NewBoolean returns a boolean value.
func NewBoolean(v bool) Value {
	if v {
		return Value{n: 1, kind: KindBoolean}
	}
	return Value{kind: KindBoolean}
}

// NewString returns a string value that aliases s.
func NewString(s string) Value {
	return Value{p: unsafe.Pointer(unsafe.StringData(s)), n: uint64(len(s)), kind: KindString}
}

// NewStringBytes returns a string value that aliases b, which must be UTF-8 and must not change while the value lives.
func NewStringBytes(b []byte) Value {
	return Value{p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b)), kind: KindString}
}

// NewBytes returns a bytes value that aliases b. A nil b is empty bytes, not null.
func NewBytes(b []byte) Value {
	return Value{p: unsafe.Pointer(unsafe.SliceData(b)), n: uint64(len(b)), kind: KindBytes}
}

// NewBuffer is NewBytes for bytes that Connect would hold in a java.nio.ByteBuffer instead of a byte[], as the converters
// with a schema registry do. It differs only in the texts that Java makes of it.
func NewBuffer(b []byte) Value {
	v := NewBytes(b)
	v.buf = true
	return v
}

// NewDecimal returns a decimal value.
func NewDecimal(d *Decimal) Value { return Value{p: unsafe.Pointer(d), kind: KindDecimal} }

// NewTime returns a java.util.Date of the given milliseconds since the epoch.
func NewTime(ms int64) Value { return Value{n: uint64(ms), kind: KindTime} }

// NewList returns a list value that aliases items.
func NewList(items []Value) Value {
	return Value{p: unsafe.Pointer(unsafe.SliceData(items)), n: uint64(len(items)), kind: KindList}
}

// NewMapValue returns a map value.
func NewMapValue(m *Map) Value { return Value{p: unsafe.Pointer(m), kind: KindMap} }

// NewStructValue returns a struct value.
func NewStructValue(s *Struct) Value { return Value{p: unsafe.Pointer(s), kind: KindStruct} }

// Kind tells what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// The accessors below return the zero value when v is of another kind; callers switch on Kind first.

// Int returns the integer of KindInt8 to KindInt64, and the milliseconds of KindTime.
func (v Value) Int() int64 {
	switch v.kind {
	case KindInt8, KindInt16, KindInt32, KindInt64, KindTime:
		return int64(v.n)
	}
	return 0
}

// Float returns the number of KindFloat32 or KindFloat64.
func (v Value) Float() float64 {
	switch v.kind {
	case KindFloat64:
		return math.Float64frombits(v.n)
	case KindFloat32:
		return float64(math.Float32frombits(uint32(v.n)))
	}
	return 0
}

// Bool returns the truth value of KindBoolean.
func (v Value) Bool() bool { return v.kind == KindBoolean && v.n != 0 }

// Str returns the text of KindString, aliasing the batch's memory.
func (v Value) Str() string {
	if v.kind != KindString {
		return ""
	}
	return unsafe.String((*byte)(v.p), v.n)
}

// Bytes returns the bytes of KindBytes or KindString, aliasing the batch's memory; never change them.
func (v Value) Bytes() []byte {
	if v.kind != KindBytes && v.kind != KindString {
		return nil
	}
	if v.n == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(v.p), v.n)
}

// IsBuffer reports whether v was made by [NewBuffer].
func (v Value) IsBuffer() bool { return v.buf }

// Decimal returns the number of KindDecimal, else nil.
func (v Value) Decimal() *Decimal {
	if v.kind != KindDecimal {
		return nil
	}
	return (*Decimal)(v.p)
}

// Time returns the instant of KindTime, in UTC.
func (v Value) Time() time.Time {
	if v.kind != KindTime {
		return time.Time{}
	}
	return time.UnixMilli(int64(v.n)).UTC()
}

// List returns the items of KindList, else nil.
func (v Value) List() []Value {
	if v.kind != KindList || v.n == 0 {
		return nil
	}
	return unsafe.Slice((*Value)(v.p), v.n)
}

// Map returns the map of KindMap, else nil.
func (v Value) Map() *Map {
	if v.kind != KindMap {
		return nil
	}
	return (*Map)(v.p)
}

// Struct returns the struct of KindStruct, else nil.
func (v Value) Struct() *Struct {
	if v.kind != KindStruct {
		return nil
	}
	return (*Struct)(v.p)
}
