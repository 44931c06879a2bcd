package jsonschema

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// littleEndian returns a decimal's digits as a two's complement of size bytes, the lowest first.
func littleEndian(d *tasks.Decimal, size int) []byte {
	n := new(big.Int).Set(&d.Unscaled)
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	out := n.FillBytes(make([]byte, size))
	slices.Reverse(out)
	return out
}

func badVariant() error { return tasks.DataException("Malformed Variant") }

// variantReader writes a Variant as JSON.
type variantReader struct {
	names []string
	depth int
	left  int // how many values there may be: one for each byte, as parts of a hostile Variant can overlap
}

// take returns the number in the first size bytes, and what follows them.
func take(b []byte, size int) (n int, rest []byte, ok bool) {
	if len(b) < size {
		return 0, nil, false
	}
	for i := size - 1; i >= 0; i-- {
		n = n<<8 | int(b[i])
	}
	return n, b[size:], true
}

// readNames reads the metadata of a Variant.
func readNames(b []byte) ([]string, error) {
	if len(b) == 0 || b[0]&15 != 1 {
		return nil, badVariant()
	}
	size := int(b[0]>>6) + 1
	count, rest, ok := take(b[1:], size)
	if !ok || len(rest) < (count+1)*size {
		return nil, badVariant()
	}
	text := rest[(count+1)*size:]
	names := make([]string, count)
	from, rest, _ := take(rest, size)
	for i := range names {
		to, after, _ := take(rest, size)
		if to < from || to > len(text) {
			return nil, badVariant()
		}
		names[i], from, rest = string(text[from:to]), to, after
	}
	return names, nil
}

func (r *variantReader) append(dst, b []byte) ([]byte, error) {
	r.depth++
	r.left--
	if r.depth > 1000 || r.left < 0 || len(b) == 0 {
		return nil, badVariant()
	}
	defer func() { r.depth-- }()
	high, body := int(b[0]>>2), b[1:]
	switch b[0] & 3 {
	case variantPrimitive:
		return r.primitive(dst, high, body)
	case variantShort:
		if len(body) < high {
			return nil, badVariant()
		}
		return text(dst, body[:high])
	case variantObject:
		return r.object(dst, high, body)
	}
	return r.array(dst, high, body)
}

func text(dst, s []byte) ([]byte, error) {
	return convert.AppendJSON(dst, nil, tasks.NewStringBytes(s), convert.JSONOptions{})
}

func (r *variantReader) primitive(dst []byte, kind int, b []byte) ([]byte, error) {
	sizes := map[int]int{variantInt8: 1, variantInt16: 2, variantInt32: 4, variantInt64: 8, variantDouble: 8, variantDecimal4: 5,
		variantDecimal8: 9, variantDecimal16: 17, variantBinary: 4, variantString: 4}
	if len(b) < sizes[kind] {
		return nil, badVariant()
	}
	switch kind {
	case variantNull:
		return append(dst, "null"...), nil
	case variantTrue, variantFalse:
		return strconv.AppendBool(dst, kind == variantTrue), nil
	case variantInt8:
		return strconv.AppendInt(dst, int64(int8(b[0])), 10), nil
	case variantInt16:
		return strconv.AppendInt(dst, int64(int16(binary.LittleEndian.Uint16(b))), 10), nil
	case variantInt32:
		return strconv.AppendInt(dst, int64(int32(binary.LittleEndian.Uint32(b))), 10), nil
	case variantInt64:
		return strconv.AppendInt(dst, int64(binary.LittleEndian.Uint64(b)), 10), nil
	case variantDouble:
		return convert.AppendJSON(dst, nil, tasks.NewFloat64(math.Float64frombits(binary.LittleEndian.Uint64(b))), convert.JSONOptions{})
	case variantDecimal4, variantDecimal8, variantDecimal16:
		d := tasks.Decimal{Scale: int32(b[0])}
		digits := slices.Clone(b[1:sizes[kind]])
		slices.Reverse(digits)
		d.Unscaled.SetBytes(digits)
		if digits[0]&0x80 != 0 {
			d.Unscaled.Sub(&d.Unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(digits))))
		}
		return append(dst, d.String()...), nil
	case variantBinary, variantString:
		n := int(binary.LittleEndian.Uint32(b))
		if n > len(b)-4 {
			return nil, badVariant()
		}
		if kind == variantString {
			return text(dst, b[4:4+n])
		}
		return convert.AppendJSON(dst, nil, tasks.NewBytes(b[4:4+n]), convert.JSONOptions{})
	}
	return nil, badVariant()
}

func (r *variantReader) object(dst []byte, high int, b []byte) ([]byte, error) {
	size, ids, large := high&3+1, high>>2&3+1, high>>4&1
	count, b, ok := take(b, 1+3*large)
	if !ok || len(b) < count*ids+(count+1)*size {
		return nil, badVariant()
	}
	offsets := b[count*ids:]
	data := offsets[(count+1)*size:]
	dst = append(dst, '{')
	for i := range count {
		id, _, _ := take(b[i*ids:], ids)
		at, _, _ := take(offsets[i*size:], size)
		if id >= len(r.names) || at > len(data) {
			return nil, badVariant()
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = text(dst, []byte(r.names[id])); err != nil {
			return nil, err
		}
		if dst, err = r.append(append(dst, ':'), data[at:]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (r *variantReader) array(dst []byte, high int, b []byte) ([]byte, error) {
	size, large := high&3+1, high>>2&1
	count, b, ok := take(b, 1+3*large)
	if !ok || len(b) < (count+1)*size {
		return nil, badVariant()
	}
	data := b[(count+1)*size:]
	dst = append(dst, '[')
	for i := range count {
		at, _, _ := take(b[i*size:], size)
		if at > len(data) {
			return nil, badVariant()
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = r.append(dst, data[at:]); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}
