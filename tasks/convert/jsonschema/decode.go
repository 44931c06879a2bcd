package jsonschema

import (
	"encoding/base64"
	"errors"
	"math"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// decoder turns JSON into values of a Connect schema. Its stacks are kept between records, so that lists and maps take
// exactly their size from the arena. Not safe for concurrent use.
type decoder struct {
	convert.Lexer
	a       *tasks.Arena
	values  []tasks.Value
	entries []tasks.Entry
}

// decode reads a record's body. Errors of syntax are plain, those of data are [tasks.Exception]s, and come after the former
// as the original parses all of the text first.
func (d *decoder) decode(a *tasks.Arena, p *plan, body []byte) (tasks.Value, error) {
	l, err := convert.NewLexer(a, body)
	if err != nil {
		return tasks.Null, err
	}
	d.Lexer, d.a, d.values, d.entries = l, a, d.values[:0], d.entries[:0]
	if d.End() {
		return missing(a, p)
	}
	v, err := d.value(p)
	if _, ok := errors.AsType[*tasks.Exception](err); ok {
		if bad := skip(&l); bad != nil {
			return tasks.Null, bad
		}
	}
	return v, err
}

// decodeDefault reads a schema's default.
func decodeDefault(s *tasks.Schema, text string) (tasks.Value, error) {
	d := &decoder{}
	v, err := d.decode(nil, compiler{}.plan(s), []byte(text))
	if err != nil {
		return tasks.Null, err
	}
	if v.Kind() == tasks.KindStruct || v.IsNull() && !s.Optional || check(s, v, "", "") != nil {
		return tasks.Null, tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "Invalid default value")
	}
	return v, nil
}

// nodeType is the name of the value at the lexer in the original's messages.
func (d *decoder) nodeType() string {
	switch d.Peek() {
	case '"':
		return "STRING"
	case '{':
		return "OBJECT"
	case '[':
		return "ARRAY"
	case 't', 'f':
		return "BOOLEAN"
	case 'n':
		return "NULL"
	}
	return "NUMBER"
}

// missing is the value of a text that is empty.
func missing(a *tasks.Arena, p *plan) (tasks.Value, error) {
	switch p.step {
	case stepArray:
		return tasks.NewList(nil), nil
	case stepScalar:
		switch p.schema.Type {
		case tasks.String:
			return tasks.Null, nil
		case tasks.Bytes:
			return tasks.NewDecimal(a.Decimal()), nil
		}
		return zero(p.schema.Type), nil
	}
	return tasks.Null, wrongType(p, "MISSING")
}

// zero is what the original reads of a value of another type.
func zero(t tasks.Type) tasks.Value {
	switch t {
	case tasks.Int8:
		return tasks.NewInt8(0)
	case tasks.Int16:
		return tasks.NewInt16(0)
	case tasks.Int32:
		return tasks.NewInt32(0)
	case tasks.Int64:
		return tasks.NewInt64(0)
	case tasks.Float32:
		return tasks.NewFloat32(0)
	case tasks.Float64:
		return tasks.NewFloat64(0)
	case tasks.Boolean:
		return tasks.NewBoolean(false)
	}
	return tasks.Null
}

// wrongType is the error of a value that a plan cannot take.
func wrongType(p *plan, found string) error {
	switch p.step {
	case stepMap:
		return tasks.DataException("Maps with string fields should be encoded as JSON objects, but found %s", found)
	case stepEntries:
		return tasks.DataException("Maps with non-string fields should be encoded as JSON array of objects, but found %s", found)
	case stepUnion:
		return tasks.DataException("Did not find matching oneof field for data")
	case stepDecimal:
		return tasks.DataException("Invalid type for Decimal, underlying representation should be numeric or bytes but was %s", found)
	case stepTime:
		simple, form := p.schema.Name[len("org.apache.kafka.connect.data."):], "integer"
		if p.schema.Name == tasks.TimestampName {
			form = "integral"
		}
		return tasks.DataException("Invalid type for %s, underlying representation should be %s but was %s", simple, form, found)
	}
	return tasks.DataException("Structs should be encoded as JSON objects, but found %s", found)
}

func (d *decoder) value(p *plan) (tasks.Value, error) {
	c := d.Peek()
	if c == 'n' {
		if err := d.Literal("null"); err != nil {
			return tasks.Null, err
		}
		switch {
		case p.hasDefault:
			return p.schema.Default, nil
		case p.schema.Optional:
			return tasks.Null, nil
		}
		return tasks.Null, tasks.DataException("Invalid null value for required %s field", p.schema.Type)
	}
	switch p.step {
	case stepScalar:
		return d.scalar(p, c)
	case stepDecimal:
		return d.decimal(p, c)
	case stepTime:
		return d.time(p, c)
	case stepArray:
		return d.array(p, c)
	case stepMap:
		return d.mapping(p, c)
	case stepEntries:
		return d.pairs(p, c)
	case stepUnion:
		return d.union(p, c)
	case stepVariant:
		return d.variant(p)
	}
	return d.structure(p, c)
}

func (d *decoder) scalar(p *plan, c byte) (tasks.Value, error) {
	switch {
	case c == '"':
		s, err := d.Text()
		if err != nil {
			return tasks.Null, err
		}
		switch p.schema.Type {
		case tasks.String:
			return tasks.NewStringBytes(s), nil
		case tasks.Bytes:
			return d.base64(s)
		}
		return zero(p.schema.Type), nil
	case c == 't' && p.schema.Type == tasks.Boolean:
		return tasks.NewBoolean(true), d.Literal("true")
	case c == '{' || c == '[' || c == 't' || c == 'f':
		if p.schema.Type == tasks.Bytes {
			return tasks.NewDecimal(d.a.Decimal()), skip(&d.Lexer)
		}
		return zero(p.schema.Type), skip(&d.Lexer)
	}
	return d.number(p.schema.Type)
}

func (d *decoder) number(t tasks.Type) (tasks.Value, error) {
	text, fractional, special, err := readNumber(&d.Lexer)
	if err != nil {
		return tasks.Null, err
	}
	n := convert.Number{Text: text, Fractional: fractional}
	switch t {
	case tasks.Float64:
		if special != 0 {
			return tasks.NewFloat64(special), nil
		}
		return tasks.NewFloat64(n.Double()), nil
	case tasks.Float32:
		if special != 0 {
			return tasks.NewFloat32(float32(special)), nil
		}
		return tasks.NewFloat32(n.Float()), nil
	case tasks.Bytes:
		v := d.a.Decimal()
		if special != 0 || !n.Decimal(v) {
			return tasks.Null, tasks.NewException("java.lang.NumberFormatException", "Infinite or NaN")
		}
		return tasks.NewDecimal(v), nil
	}
	long := int64(0)
	switch {
	case special == 0:
		long = n.Long()
	case math.IsInf(special, 1):
		long = saturated(t, math.MaxInt64, math.MaxInt32)
	case math.IsInf(special, -1):
		long = saturated(t, math.MinInt64, math.MinInt32)
	}
	switch t {
	case tasks.Int8:
		return tasks.NewInt8(int8(long)), nil
	case tasks.Int16:
		return tasks.NewInt16(int16(long)), nil
	case tasks.Int32:
		return tasks.NewInt32(int32(long)), nil
	case tasks.Int64:
		return tasks.NewInt64(long), nil
	}
	return zero(t), nil
}

// saturated is Java's cast of an infinity.
func saturated(t tasks.Type, long, short int64) int64 {
	if t == tasks.Int64 {
		return long
	}
	return short
}

// readNumber reads a number; special is one that JSON has no digits for, such as NaN, else 0.
func readNumber(l *convert.Lexer) (text []byte, fractional bool, special float64, err error) {
	switch c := l.Peek(); {
	case c == 'N':
		return nil, false, math.NaN(), l.Literal("NaN")
	case c == 'I':
		return nil, false, math.Inf(1), infinity(l, "")
	case c == '+':
		return nil, false, math.Inf(1), infinity(l, "+")
	case c == '-':
		before := *l
		if infinity(l, "-") == nil {
			return nil, false, math.Inf(-1), nil
		}
		*l = before
	case c < '0' || c > '9':
		return nil, false, 0, l.Problem()
	}
	text, fractional, err = l.Number()
	return text, fractional, 0, err
}

func infinity(l *convert.Lexer, sign string) error {
	before := *l
	if l.Literal(sign+"Infinity") == nil {
		return nil
	}
	*l = before
	return l.Literal(sign + "INF")
}

// skip passes over a value that may hold numbers beyond JSON's.
func skip(l *convert.Lexer) error {
	before := *l
	if err := l.Skip(); err == nil {
		return nil
	}
	*l = before
	return skipAny(l)
}

func skipAny(l *convert.Lexer) error {
	switch c := l.Peek(); c {
	case 'N', 'I', '+', '-':
		_, _, _, err := readNumber(l)
		return err
	case '{', '[':
		if err := l.Enter(); err != nil {
			return err
		}
		for more := !l.Empty(c + 2); more; {
			if c == '{' {
				if _, err := l.Name(); err != nil {
					return err
				}
			}
			err := skipAny(l)
			if err == nil {
				more, err = l.Next(c + 2)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return l.Skip()
}

func (d *decoder) base64(text []byte) (tasks.Value, error) {
	out := d.a.Bytes(base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	if err != nil {
		return tasks.Null, tasks.DataException("Invalid bytes field").WithCause(err)
	}
	return tasks.NewBytes(out[:n:n]), nil
}
