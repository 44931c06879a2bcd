package jsonschema

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// variantName is the name of the struct that holds JSON of any kind, in the binary form of the Variant type of data lakes:
// the names of members, and the value.
const variantName = "org.apache.kafka.connect.data.Variant"

func variantSchema() *tasks.Schema {
	return tasks.NewStruct(variantName, tasks.Field{Name: "metadata", Schema: tasks.BytesSchema}, tasks.Field{Name: "value", Schema: tasks.BytesSchema})
}

// Basic types, in the low bits of a value's first byte.
const (
	variantPrimitive = iota
	variantShort     // a string of less than 64 bytes
	variantObject
	variantArray
)

// Primitive types, in its high bits.
const (
	variantNull = iota
	variantTrue
	variantFalse
	variantInt8
	variantInt16
	variantInt32
	variantInt64
	variantDouble
	variantDecimal4
	variantDecimal8
	variantDecimal16
	variantBinary = 15
	variantString = 16
)

// variantWriter turns JSON into a Variant.
type variantWriter struct {
	l     *convert.Lexer
	names []string
	ids   map[string]int
}

// metadata returns the names in the order in which they were met.
func (w *variantWriter) metadata() []byte {
	text := strings.Join(w.names, "")
	size := width(max(len(text), len(w.names)))
	out := appendUint([]byte{byte(1 | (size-1)<<6)}, len(w.names), size)
	at := 0
	out = appendUint(out, at, size)
	for _, n := range w.names {
		at += len(n)
		out = appendUint(out, at, size)
	}
	return append(out, text...)
}

// width is how many bytes a number needs.
func width(n int) int {
	switch {
	case n < 1<<8:
		return 1
	case n < 1<<16:
		return 2
	case n < 1<<24:
		return 3
	}
	return 4
}

func appendUint(dst []byte, n, size int) []byte {
	for range size {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// value appends the value at the lexer.
func (w *variantWriter) value(dst []byte) (_ []byte, err error) {
	switch c := w.l.Peek(); {
	case c == '{':
		return w.object(dst)
	case c == '[':
		return w.array(dst)
	case c == '"':
		s, err := w.l.Text()
		if err != nil {
			return nil, err
		}
		if len(s) < 64 {
			dst = append(dst, byte(len(s)<<2|variantShort))
		} else {
			dst = binary.LittleEndian.AppendUint32(append(dst, variantString<<2), uint32(len(s)))
		}
		return append(dst, s...), nil
	case c == 't':
		return append(dst, variantTrue<<2), w.l.Literal("true")
	case c == 'f':
		return append(dst, variantFalse<<2), w.l.Literal("false")
	case c == 'n':
		return append(dst, variantNull<<2), w.l.Literal("null")
	default:
		return w.number(dst)
	}
}

func (w *variantWriter) number(dst []byte) ([]byte, error) {
	text, fractional, special, err := readNumber(w.l)
	if err != nil {
		return nil, err
	}
	n := convert.Number{Text: text, Fractional: fractional}
	var d tasks.Decimal
	switch {
	case special != 0:
		return binary.LittleEndian.AppendUint64(append(dst, variantDouble<<2), math.Float64bits(special)), nil
	case !fractional && n.IsInt():
		return binary.LittleEndian.AppendUint32(append(dst, variantInt32<<2), uint32(n.Long())), nil
	case !n.Decimal(&d):
		return nil, tasks.DataException("a number's exponent is too large for a Variant")
	case !fractional && d.Unscaled.IsInt64():
		return binary.LittleEndian.AppendUint64(append(dst, variantInt64<<2), uint64(n.Long())), nil
	case d.Scale < 0 || d.Scale > 38 || len(d.Unscaled.Text(10)) > 38:
		return binary.LittleEndian.AppendUint64(append(dst, variantDouble<<2), math.Float64bits(n.Double())), nil
	}
	return appendVariantDecimal(dst, &d), nil
}

func appendVariantDecimal(dst []byte, d *tasks.Decimal) []byte {
	digits := len(strings.TrimPrefix(d.Unscaled.Text(10), "-"))
	kind, size := variantDecimal16, 16
	switch {
	case digits <= 9:
		kind, size = variantDecimal4, 4
	case digits <= 18:
		kind, size = variantDecimal8, 8
	}
	dst = append(dst, byte(kind<<2), byte(d.Scale))
	return append(dst, littleEndian(d, size)...)
}

func (w *variantWriter) array(dst []byte) ([]byte, error) {
	if err := w.l.Enter(); err != nil {
		return nil, err
	}
	var data []byte
	offsets := []int{0}
	for more := !w.l.Empty(']'); more; {
		var err error
		if data, err = w.value(data); err != nil {
			return nil, err
		}
		offsets = append(offsets, len(data))
		if more, err = w.l.Next(']'); err != nil {
			return nil, err
		}
	}
	size, count, large := width(len(data)), len(offsets)-1, 0
	if count > 255 {
		large = 1
	}
	dst = appendUint(append(dst, byte((large<<2|(size-1))<<2|variantArray)), count, 1+3*large)
	for _, o := range offsets {
		dst = appendUint(dst, o, size)
	}
	return append(dst, data...), nil
}

type variantField struct {
	name   string
	id, at int
}

func (w *variantWriter) object(dst []byte) ([]byte, error) {
	if err := w.l.Enter(); err != nil {
		return nil, err
	}
	var data []byte
	var fields []variantField
	for more := !w.l.Empty('}'); more; {
		name, err := w.l.Name()
		if err != nil {
			return nil, err
		}
		f := variantField{string(name), w.id(string(name)), len(data)}
		if i := slices.IndexFunc(fields, func(o variantField) bool { return o.id == f.id }); i >= 0 {
			fields[i] = f // the last of a name counts
		} else {
			fields = append(fields, f)
		}
		if data, err = w.value(data); err != nil {
			return nil, err
		}
		if more, err = w.l.Next('}'); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(fields, func(a, b variantField) int { return strings.Compare(a.name, b.name) })
	most, large := 0, 0
	for _, f := range fields {
		most = max(most, f.id)
	}
	if len(fields) > 255 {
		large = 1
	}
	size, ids := width(len(data)), width(most)
	dst = appendUint(append(dst, byte((large<<4|(ids-1)<<2|(size-1))<<2|variantObject)), len(fields), 1+3*large)
	for _, f := range fields {
		dst = appendUint(dst, f.id, ids)
	}
	for _, f := range fields {
		dst = appendUint(dst, f.at, size)
	}
	return append(appendUint(dst, len(data), size), data...), nil
}

func (w *variantWriter) id(name string) int {
	id, ok := w.ids[name]
	if !ok {
		id = len(w.names)
		if w.ids == nil {
			w.ids = map[string]int{}
		}
		w.ids[name], w.names = id, append(w.names, name)
	}
	return id
}
