package transform

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

const masking = "mask fields"

// maskField blanks out fields, or writes a fixed text or number in their place.
type maskField struct {
	side
	fields      []string
	replacement string
	replaces    bool
	defaults    bool
	number      *tasks.Decimal // the replacement as one; nil when it is none
	whole       int64          // of number
	float       float64
	masked      schemas[[]bool]
}

func (s side) newMaskField(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	fields := c.List("fields")
	fields = inTable(fields, max(javahash.CopyTable(len(fields)), javahash.DefaultTable)) // a HashSet made of the list
	t := &maskField{side: s, fields: fields, replacement: c.String("replacement"),
		replaces: c.IsSet("replacement"), defaults: c.Bool(defaultKey.Name)}
	if t.number = parseDecimal(t.replacement); t.number != nil {
		t.whole, t.float = low64(t.number), float(t.number, 64)
	}
	return t, nil
}

func (t *maskField) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, v := t.get(r)
	if schema == nil {
		return true, t.applyMap(a, r, v)
	}
	in, err := requireStruct(v, masking)
	if err != nil {
		return false, err
	}
	masked, _ := t.masked.get(in.Schema, func() ([]bool, error) {
		out := make([]bool, len(in.Schema.Fields))
		for i, f := range in.Schema.Fields {
			out[i] = slices.Contains(t.fields, f.Name)
		}
		return out, nil
	})
	out := a.Struct(in.Schema)
	for i, hidden := range masked {
		x := slot(in, i, t.defaults)
		if hidden {
			if x, err = t.mask(a, x); err != nil {
				return false, err
			}
		}
		if err := put(out, i, x); err != nil {
			return false, err
		}
	}
	t.set(r, schema, tasks.NewStructValue(out))
	return true, nil
}

func (t *maskField) applyMap(a *tasks.Arena, r *tasks.Record, v tasks.Value) error {
	in, err := requireMap(v, masking)
	if err != nil {
		return err
	}
	out := convert.CopyMap(a, in, len(t.fields))
	for _, name := range t.fields {
		x, _ := in.Get(name)
		if x, err = t.mask(a, x); err != nil {
			return err
		}
		out.Put(name, x)
	}
	t.set(r, nil, tasks.NewMapValue(out))
	return nil
}

func (t *maskField) mask(a *tasks.Arena, v tasks.Value) (tasks.Value, error) {
	switch {
	case v.IsNull():
		return v, nil
	case t.replaces:
		return t.replace(v)
	}
	switch v.Kind() {
	case tasks.KindDecimal:
		return tasks.NewDecimal(a.Decimal()), nil
	case tasks.KindTime:
		return tasks.NewTime(0), nil
	case tasks.KindBoolean:
		return tasks.NewBoolean(false), nil
	case tasks.KindString:
		return tasks.NewString(""), nil
	case tasks.KindList:
		return tasks.NewList(nil), nil
	case tasks.KindMap:
		return tasks.NewMapValue(a.Map(0)), nil
	case tasks.KindBytes, tasks.KindStruct:
		return v, tasks.DataException("Cannot mask value of type: class %s", convert.JavaClass(v))
	}
	return number(v.Kind(), 0, 0), nil
}

func (t *maskField) replace(v tasks.Value) (tasks.Value, error) {
	switch v.Kind() {
	case tasks.KindString:
		return tasks.NewString(t.replacement), nil
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64, tasks.KindFloat32, tasks.KindFloat64:
		if t.number == nil {
			return v, t.notANumber("a number")
		}
		return number(v.Kind(), t.whole, t.float), nil
	case tasks.KindDecimal:
		if t.number == nil {
			return v, t.notANumber("number")
		}
		return tasks.NewDecimal(t.number), nil
	}
	return v, tasks.DataException("Cannot mask value of type class %s with custom replacement.", convert.JavaClass(v))
}

func (t *maskField) notANumber(what string) error {
	return tasks.DataException("Unable to convert %s (class java.lang.String) to %s", t.replacement, what).WithCause(
		tasks.NewException("java.lang.NumberFormatException", "%s is not a number", t.replacement))
}

// number makes a number of the kind; integers are cut to their width, as Java's casts do.
func number(k tasks.Kind, n int64, f float64) tasks.Value {
	switch k {
	case tasks.KindInt8:
		return tasks.NewInt8(int8(n))
	case tasks.KindInt16:
		return tasks.NewInt16(int16(n))
	case tasks.KindInt32:
		return tasks.NewInt32(int32(n))
	case tasks.KindInt64:
		return tasks.NewInt64(n)
	case tasks.KindFloat32:
		return tasks.NewFloat32(float32(f))
	}
	return tasks.NewFloat64(f)
}

// maxDigits bounds the exponent up to which a number is written out; the low 64 bits of a larger one are zero.
const maxDigits = 1000

// low64 is BigDecimal.longValue: the integer part's low 64 bits.
func low64(d *tasks.Decimal) int64 {
	switch scale := int64(d.Scale); {
	case scale < -maxDigits || scale > int64(d.Unscaled.BitLen()):
		return 0
	case scale > 0:
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(scale), nil)
		return cut(n.Quo(&d.Unscaled, n))
	default:
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(-scale), nil)
		return cut(n.Mul(n, &d.Unscaled))
	}
}

func cut(n *big.Int) int64 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1))
	return int64(low.Uint64())
}

func float(d *tasks.Decimal, bits int) float64 {
	f, _ := strconv.ParseFloat(d.Unscaled.String()+"e"+strconv.FormatInt(-int64(d.Scale), 10), bits)
	return f
}

// parseDecimal reads what BigDecimal's constructor takes; nil when it refuses.
func parseDecimal(s string) *tasks.Decimal {
	s = javatime.ASCIIDigits(s)
	mantissa, exponent := s, int64(0)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			return nil
		}
		mantissa, exponent = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole, "+-")
	if len(whole)-len(digits) > 1 || digits+fraction == "" || strings.Trim(digits+fraction, "0123456789") != "" {
		return nil
	}
	scale := int64(len(fraction)) - exponent
	d := &tasks.Decimal{Scale: int32(scale)}
	if _, ok := d.Unscaled.SetString(whole+fraction, 10); !ok || int64(d.Scale) != scale {
		return nil
	}
	return d
}
