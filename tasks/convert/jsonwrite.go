package convert

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// JSONOptions are the settings of a JsonConverter that show in what it writes.
type JSONOptions struct {
	// NumericDecimals writes Decimals as numbers instead of base64.
	NumericDecimals bool
	// KeepNulls leaves a null null where the schema has a default (replace.null.with.default=false).
	KeepNulls bool
}

// AppendJSON appends v as a JsonConverter without schemas writes it: the payload, no envelope. s may be nil for
// schemaless values. Errors are Connect's DataExceptions.
func AppendJSON(dst []byte, s *tasks.Schema, v tasks.Value, o JSONOptions) ([]byte, error) {
	if v.IsNull() {
		switch {
		case s == nil || s.Optional && (o.KeepNulls || !hasDefault(s)):
			return append(dst, "null"...), nil
		case hasDefault(s) && !o.KeepNulls:
			return AppendJSON(dst, s, s.Default, o)
		}
		return dst, tasks.DataException("Conversion error: null value for field that is required and has no default value")
	}
	if s == nil {
		return appendSchemaless(dst, v, o)
	}
	if s.Name != "" {
		switch s.Name {
		case tasks.DecimalName:
			return appendDecimal(dst, s, v, o)
		case tasks.DateName, tasks.TimeName, tasks.TimestampName:
			return appendTime(dst, s, v)
		}
	}
	if kindOf(s.Type) != v.Kind() {
		if s.Type == tasks.Bytes {
			return dst, tasks.DataException("Invalid type for bytes type: class %s", JavaClass(v))
		}
		return dst, tasks.DataException("Invalid type for %s: class %s", s.Type, JavaClass(v))
	}
	switch s.Type {
	case tasks.Array:
		return appendArray(dst, s.Elem, v.List(), o)
	case tasks.MapType:
		if s.Key == nil {
			return dst, noKeySchema()
		}
		return appendMap(dst, s.Key, s.Elem, v.Map(), s.Key.Type == tasks.String, o)
	case tasks.StructType:
		return appendStruct(dst, s, v.Struct(), o)
	}
	return appendScalar(dst, v), nil
}

// noKeySchema is Java's answer to a map whose schema has no parts, which header text such as {} becomes.
func noKeySchema() error {
	return tasks.NewException("java.lang.NullPointerException", `Cannot invoke "org.apache.kafka.connect.data.Schema.type()" because `+
		`the return value of "org.apache.kafka.connect.data.Schema.keySchema()" is null`)
}

func hasDefault(s *tasks.Schema) bool { return s.HasDefault && !s.Default.IsNull() }

// kindOf returns the kind of the values of a type.
func kindOf(t tasks.Type) tasks.Kind {
	switch t {
	case tasks.Int8:
		return tasks.KindInt8
	case tasks.Int16:
		return tasks.KindInt16
	case tasks.Int32:
		return tasks.KindInt32
	case tasks.Int64:
		return tasks.KindInt64
	case tasks.Float32:
		return tasks.KindFloat32
	case tasks.Float64:
		return tasks.KindFloat64
	case tasks.Boolean:
		return tasks.KindBoolean
	case tasks.String:
		return tasks.KindString
	case tasks.Bytes:
		return tasks.KindBytes
	case tasks.Array:
		return tasks.KindList
	case tasks.MapType:
		return tasks.KindMap
	}
	return tasks.KindStruct
}

func appendSchemaless(dst []byte, v tasks.Value, o JSONOptions) ([]byte, error) {
	switch v.Kind() {
	case tasks.KindList:
		return appendArray(dst, nil, v.List(), o)
	case tasks.KindMap:
		names := true
		for _, e := range v.Map().Entries {
			names = names && e.Key.Kind() == tasks.KindString
		}
		return appendMap(dst, nil, nil, v.Map(), names, o)
	case tasks.KindStruct:
		return appendStruct(dst, v.Struct().Schema, v.Struct(), o)
	case tasks.KindDecimal, tasks.KindTime:
		return dst, tasks.DataException("Java class class %s does not have corresponding schema type.", JavaClass(v))
	}
	return appendScalar(dst, v), nil
}

func appendScalar(dst []byte, v tasks.Value) []byte {
	switch v.Kind() {
	case tasks.KindBoolean:
		return strconv.AppendBool(dst, v.Bool())
	case tasks.KindString:
		return appendString(dst, v.Bytes())
	case tasks.KindBytes:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes()), '"')
	case tasks.KindFloat64:
		return appendNumber(dst, v.Float())
	case tasks.KindFloat32:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return appendNumber(dst, f)
		}
		return AppendFloat(dst, float32(v.Float()))
	}
	return strconv.AppendInt(dst, v.Int(), 10)
}

// appendNumber appends a double; what is no JSON number becomes a string.
func appendNumber(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(AppendDouble(append(dst, '"'), f), '"')
	}
	return AppendDouble(dst, f)
}

func appendArray(dst []byte, elem *tasks.Schema, items []tasks.Value, o JSONOptions) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendJSON(dst, elem, v, o); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, key, elem *tasks.Schema, m *tasks.Map, object bool, o JSONOptions) ([]byte, error) {
	open, between, closing := byte('['), byte(','), byte(']')
	if object {
		open, between, closing = '{', ':', '}'
	}
	dst = append(dst, open)
	for i, e := range Ordered(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !object {
			dst = append(dst, '[')
		}
		var err error
		if object && e.Key.IsNull() && !(key != nil && hasDefault(key) && !o.KeepNulls) && (key == nil || key.Optional) {
			dst = append(dst, `"null"`...)
		} else if dst, err = AppendJSON(dst, key, e.Key, o); err != nil {
			return dst, err
		}
		dst = append(dst, between)
		if dst, err = AppendJSON(dst, elem, e.Value, o); err != nil {
			return dst, err
		}
		if !object {
			dst = append(dst, ']')
		}
	}
	return append(dst, closing), nil
}

func appendStruct(dst []byte, s *tasks.Schema, v *tasks.Struct, o JSONOptions) ([]byte, error) {
	if !v.Schema.Equal(s) {
		return dst, tasks.DataException("Mismatching schema.")
	}
	dst = append(dst, '{')
	for i := range s.Fields {
		f := &s.Fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, []byte(f.Name)), ':')
		var err error
		if dst, err = AppendJSON(dst, f.Schema, v.Slots[i], o); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendDecimal(dst []byte, s *tasks.Schema, v tasks.Value, o JSONOptions) ([]byte, error) {
	d := v.Decimal()
	if d == nil {
		return dst, tasks.DataException("Invalid type for Decimal, expected BigDecimal but was class %s", JavaClass(v))
	}
	if o.NumericDecimals {
		return append(dst, d.String()...), nil
	}
	scale, err := decimalScale(s)
	if err != nil {
		return dst, err
	}
	if scale != d.Scale {
		return dst, tasks.DataException("Decimal value has mismatching scale for given Decimal schema. Schema has scale %d, value has scale %d.",
			scale, d.Scale)
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), twosComplement(&d.Unscaled)), '"'), nil
}

// decimalScale returns the scale that a Decimal schema fixes.
func decimalScale(s *tasks.Schema) (int32, error) {
	text, ok := s.Parameter(tasks.ScaleParameter)
	if !ok {
		return 0, tasks.DataException("Invalid Decimal schema: scale parameter not found.")
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, tasks.DataException("Invalid scale parameter found in Decimal schema: ")
	}
	return int32(n), nil
}

// twosComplement returns the bytes of BigInteger.toByteArray.
func twosComplement(n *big.Int) []byte {
	size := n.BitLen()/8 + 1
	if n.Sign() >= 0 {
		return n.FillBytes(make([]byte, size))
	}
	size = new(big.Int).Not(n).BitLen()/8 + 1
	return new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size))).FillBytes(make([]byte, size))
}

// SetTwosComplement sets n to what BigInteger's constructor reads.
func SetTwosComplement(n *big.Int, b []byte) {
	n.SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
}

const dayMillis = 24 * 60 * 60 * 1000

func appendTime(dst []byte, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	simple := s.Name[len("org.apache.kafka.connect.data."):]
	if v.Kind() != tasks.KindTime {
		return dst, tasks.DataException("Invalid type for %s, expected Date but was class %s", simple, JavaClass(v))
	}
	n, err := PlainTime(s, v)
	if err != nil {
		return dst, err
	}
	return strconv.AppendInt(dst, n.Int(), 10), nil
}

// PlainTime returns the number that stands for a KindTime value in the schema's own type: days of a Date, milliseconds of
// a Time or Timestamp. A schema that is none of them leaves the value as it is.
func PlainTime(s *tasks.Schema, v tasks.Value) (tasks.Value, error) {
	ms := v.Int()
	switch s.Name {
	case tasks.DateName:
		if ms%dayMillis != 0 {
			return v, tasks.DataException("Kafka Connect Date type should not have any time fields set to non-zero values.")
		}
		return tasks.NewInt32(int32(ms / dayMillis)), nil
	case tasks.TimeName:
		if ms < 0 || ms > dayMillis {
			return v, tasks.DataException("Kafka Connect Time type should not have any date fields set to non-zero values.")
		}
		return tasks.NewInt32(int32(ms)), nil
	case tasks.TimestampName:
		return tasks.NewInt64(ms), nil
	}
	return v, nil
}

const upperHex = "0123456789ABCDEF"

// appendString appends a JSON string in the original's escapes: characters above 16 bits and lone halves of pairs as
// escapes, all other text as it is.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := plain(s, 0); i < len(s); i = plain(s, i) {
		c := s[i]
		if c >= 0x80 {
			r, n := utf8.DecodeRune(s[i:])
			switch {
			case r > 0xffff:
				dst = append(dst, s[from:i]...)
				r -= 0x10000
				dst = appendUnicode(appendUnicode(dst, 0xd800|r>>10), 0xdc00|r&0x3ff)
				i, from = i+n, i+n
			case r == utf8.RuneError && n < 2:
				dst = append(dst, s[from:i]...)
				if half, ok := surrogate(s[i:]); ok {
					dst, n = appendUnicode(dst, half), 3
				} else {
					dst, n = append(dst, "\ufffd"...), 1
				}
				i, from = i+n, i+n
			default:
				i += n
			}
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = appendUnicode(dst, rune(c))
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

func appendUnicode(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', upperHex[r>>12&15], upperHex[r>>8&15], upperHex[r>>4&15], upperHex[r&15])
}

// surrogate reads half of a pair in the three bytes that [Lexer.escape] gives it.
func surrogate(b []byte) (rune, bool) {
	if len(b) < 3 || b[0] != 0xed || b[1] < 0xa0 {
		return 0, false
	}
	return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f), true
}
