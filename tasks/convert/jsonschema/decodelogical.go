package jsonschema

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

func (d *decoder) decimal(p *plan, c byte) (tasks.Value, error) {
	switch c {
	case '"':
		s, err := d.Text()
		if err != nil {
			return tasks.Null, err
		}
		return d.unscaled(p, s)
	case '{', '[', 't', 'f':
		return tasks.Null, wrongType(p, d.nodeType())
	}
	return d.number(tasks.Bytes)
}

// unscaled reads a Decimal from its digits' bytes in base64.
func (d *decoder) unscaled(p *plan, text []byte) (tasks.Value, error) {
	bad := tasks.DataException("Invalid bytes for Decimal field")
	b, err := d.base64(text)
	if err != nil || len(b.Bytes()) == 0 {
		return tasks.Null, bad
	}
	scale, _ := p.schema.Parameter(tasks.ScaleParameter)
	n, err := strconv.ParseInt(scale, 10, 32)
	if err != nil {
		return tasks.Null, bad
	}
	v := d.a.Decimal()
	v.Scale = int32(n)
	convert.SetTwosComplement(&v.Unscaled, b.Bytes())
	return tasks.NewDecimal(v), nil
}

const dayMillis = 24 * 60 * 60 * 1000

func (d *decoder) time(p *plan, c byte) (tasks.Value, error) {
	if c == '"' || c == '{' || c == '[' || c == 't' || c == 'f' {
		return tasks.Null, wrongType(p, d.nodeType())
	}
	text, fractional, special, err := readNumber(&d.Lexer)
	if err != nil {
		return tasks.Null, err
	}
	n := convert.Number{Text: text, Fractional: fractional}
	if special != 0 || fractional || p.schema.Name != tasks.TimestampName && !n.IsInt() {
		return tasks.Null, wrongType(p, "NUMBER")
	}
	ms := n.Long()
	switch p.schema.Name {
	case tasks.DateName:
		ms *= dayMillis
	case tasks.TimeName:
		if ms < 0 || ms > dayMillis {
			return tasks.Null, tasks.DataException("Time values must use number of milliseconds greater than 0 and less than 86400000")
		}
	}
	return tasks.NewTime(ms), nil
}
