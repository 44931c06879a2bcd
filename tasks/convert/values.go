package convert

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

// errNotLiteral makes the text as a whole a string.
var errNotLiteral = errors.New("not a list, map, number or date")

// ParseString finds schema and value of a text as Connect's Values.parseString does: null, booleans, the smallest fitting
// number, dates, lists and maps; everything else is a string. It never fails.
func ParseString(s string) (*tasks.Schema, tasks.Value) {
	if s == "" {
		return tasks.StringSchema, tasks.NewString(s)
	}
	p := textParser{s: s}
	schema, v, err := p.top()
	if err != nil {
		return tasks.StringSchema, tasks.NewString(s)
	}
	return schema, v
}

// textParser reads tokens: delimiters one by one, and the text between them. A backslash hides a delimiter.
type textParser struct {
	s string
	i int
	n int // depth
}

const delimiters = `:,{}[]"`

func (p *textParser) token() string {
	start, escaped := p.i, false
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '\\':
			escaped = !escaped
		case strings.IndexByte(delimiters, c) >= 0 && !escaped:
			if p.i == start {
				p.i++
			}
			return p.s[start:p.i]
		default:
			escaped = false
		}
		p.i++
	}
	return p.s[start:]
}

// take consumes the next token, blank ones before it included, when it is want.
func (p *textParser) take(want string) bool {
	start := p.i
	for p.i < len(p.s) {
		if t := trim(p.token()); t == want {
			return true
		} else if t != "" {
			break
		}
	}
	p.i = start
	return false
}

// trim is Java's String.trim: all characters up to the blank.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

func (p *textParser) top() (*tasks.Schema, tasks.Value, error) {
	for word, v := range map[string]tasks.Value{"null": tasks.Null, "true": tasks.NewBoolean(true), "false": tasks.NewBoolean(false)} {
		if trim(p.s) == word {
			if v.IsNull() {
				return nil, v, nil
			}
			return tasks.BooleanSchema, v, nil
		}
	}
	switch start := p.i; {
	case p.take("["):
		return p.list()
	case p.take("{"):
		return p.mapping()
	default:
		p.i = start
	}
	return p.scalar()
}

// element reads a value inside a list or map.
func (p *textParser) element() (*tasks.Schema, tasks.Value, error) {
	if p.n++; p.n > maxDepth {
		return nil, tasks.Null, errNotLiteral
	}
	defer func() { p.n-- }()
	switch {
	case p.i >= len(p.s):
		return nil, tasks.Null, errNotLiteral
	case p.take(`"`):
		return p.quoted()
	case p.take("null"):
		return nil, tasks.Null, nil
	case p.take("true"):
		return tasks.BooleanSchema, tasks.NewBoolean(true), nil
	case p.take("false"):
		return tasks.BooleanSchema, tasks.NewBoolean(false), nil
	case p.take("["):
		return p.list()
	case p.take("{"):
		return p.mapping()
	}
	return p.scalar()
}

func (p *textParser) quoted() (*tasks.Schema, tasks.Value, error) {
	var b strings.Builder
	for p.i < len(p.s) {
		t := p.token()
		if t == `"` {
			break
		}
		b.WriteString(t)
	}
	if s, v, ok := parseTemporal(b.String()); ok {
		return s, v, nil
	}
	return tasks.StringSchema, tasks.NewString(b.String()), nil
}

func (p *textParser) scalar() (*tasks.Schema, tasks.Value, error) {
	t := trim(p.token())
	if t == "" {
		return nil, tasks.Null, errNotLiteral
	}
	if t[0] >= '0' && t[0] <= '9' {
		// An unescaped colon ends a token, so times are five tokens.
		start, whole := p.i, true
		for range 4 {
			if whole = p.i < len(p.s); !whole {
				break
			}
			p.token()
		}
		if whole {
			if s, v, ok := parseTemporal(t + p.s[start:p.i]); ok {
				return s, v, nil
			}
		}
		p.i = start
		if s, v, ok := parseTemporal(t); ok {
			return s, v, nil
		}
	}
	return parseNumber(t)
}

func parseNumber(t string) (*tasks.Schema, tasks.Value, error) {
	t = javatime.ASCIIDigits(t)
	digits := strings.TrimLeft(t, "+-")
	if t[0] == '.' || len(t)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789.eE+-") != "" {
		return nil, tasks.Null, errNotLiteral
	}
	if f, err := strconv.ParseFloat(t, 64); err != nil && f == 0 {
		return nil, tasks.Null, errNotLiteral
	}
	n := node{kind: numberNode, text: []byte(strings.TrimPrefix(t, "+"))}
	d := new(tasks.Decimal)
	if !n.digits().Decimal(d) {
		return nil, tasks.Null, errNotLiteral
	}
	if whole, ok := wholePart(d); ok {
		if whole.IsInt64() {
			s, v := smallest(whole.Int64())
			return s, v, nil
		}
		if d.Scale == 0 {
			return decimalOf(d), tasks.NewDecimal(d), nil
		}
	}
	if f := n.float(); !math.IsInf(float64(f), 0) {
		return tasks.Float32Schema, tasks.NewFloat32(f), nil
	}
	if f := n.double(); !math.IsInf(f, 0) {
		return tasks.Float64Schema, tasks.NewFloat64(f), nil
	}
	return decimalOf(d), tasks.NewDecimal(d), nil
}

// wholePart returns the integer that d is; false when it has a fraction. What is far beyond 64 bits is not computed.
func wholePart(d *tasks.Decimal) (*big.Int, bool) {
	switch {
	case d.Unscaled.Sign() == 0:
		return new(big.Int), true
	case d.Scale < -20:
		return new(big.Int).Lsh(big.NewInt(1), 64), true
	case int(d.Scale) > d.Unscaled.BitLen():
		return nil, false
	}
	power := new(big.Int).Exp(ten, big.NewInt(int64(max(d.Scale, -d.Scale))), nil)
	if d.Scale <= 0 {
		return power.Mul(power, &d.Unscaled), true
	}
	rest := new(big.Int)
	power.QuoRem(&d.Unscaled, power, rest)
	return power, rest.Sign() == 0
}

func decimalOf(d *tasks.Decimal) *tasks.Schema {
	version := int32(1)
	return &tasks.Schema{Type: tasks.Bytes, Name: tasks.DecimalName, Version: &version,
		Parameters: []tasks.Param{{Name: tasks.ScaleParameter, Value: strconv.Itoa(int(d.Scale))}}}
}

func smallest(n int64) (*tasks.Schema, tasks.Value) {
	switch {
	case n == int64(int8(n)):
		return tasks.Int8Schema, tasks.NewInt8(int8(n))
	case n == int64(int16(n)):
		return tasks.Int16Schema, tasks.NewInt16(int16(n))
	case n == int64(int32(n)):
		return tasks.Int32Schema, tasks.NewInt32(int32(n))
	}
	return tasks.Int64Schema, tasks.NewInt64(n)
}
