package jsonpath

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// number is a decimal number, exact.
type number struct {
	whole int64
	isInt bool
	rat   *big.Rat // nil when isInt
}

// maxScale bounds the digits that a comparison writes out; beyond it a decimal counts as the nearest double.
const maxScale = 1000

// numberOf returns the number that a value is; nil when it is none. A time is its milliseconds.
func numberOf(v tasks.Value) *number {
	switch v.Kind() {
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64, tasks.KindTime:
		return &number{whole: v.Int(), isInt: true}
	case tasks.KindFloat32:
		return parseNumber(strconv.FormatFloat(v.Float(), 'e', -1, 32))
	case tasks.KindFloat64:
		return parseNumber(strconv.FormatFloat(v.Float(), 'e', -1, 64))
	case tasks.KindDecimal:
		d := v.Decimal()
		if d.Scale > maxScale || d.Scale < -maxScale {
			f, _ := strconv.ParseFloat(d.String(), 64)
			return numberOf(tasks.NewFloat64(f))
		}
		return parseNumber(d.String())
	}
	return nil
}

// parseNumber reads a decimal number; nil for what is none, or has an exponent beyond those of doubles.
func parseNumber(text string) *number {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &number{whole: n, isInt: true}
	}
	if len(text) > 2*maxScale {
		return nil
	}
	switch f, err := strconv.ParseFloat(text, 64); {
	case err != nil || math.IsInf(f, 0) || math.IsNaN(f):
		return nil
	case f == 0: // Also what is too small for a double: its digits may be without end.
		return &number{isInt: true}
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return &number{rat: r}
}

func (n *number) asRat() *big.Rat {
	if n.isInt {
		return new(big.Rat).SetInt64(n.whole)
	}
	return n.rat
}

func (n *number) compare(o *number) int {
	if n.isInt && o.isInt {
		switch {
		case n.whole < o.whole:
			return -1
		case n.whole > o.whole:
			return 1
		}
		return 0
	}
	return n.asRat().Cmp(o.asRat())
}

// text is the text of a text, number or truth value; "" for all else.
func text(v tasks.Value) string {
	switch v.Kind() {
	case tasks.KindString:
		return v.Str()
	case tasks.KindBytes:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	case tasks.KindBoolean:
		return strconv.FormatBool(v.Bool())
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64, tasks.KindTime:
		return strconv.FormatInt(v.Int(), 10)
	case tasks.KindFloat32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case tasks.KindFloat64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case tasks.KindDecimal:
		return v.Decimal().String()
	}
	return ""
}

// isText reports whether a value is a text; bytes are one, in base64, as in JSON.
func (l resolved) isText() bool {
	return l.value.Kind() == tasks.KindString || l.value.Kind() == tasks.KindBytes
}

func (l resolved) number() *number {
	if l.exact != nil {
		return l.exact
	}
	return numberOf(l.value)
}

// equal compares as the library does: a number and a text are compared as what the left side is.
func (l resolved) equal(r resolved) bool {
	switch {
	case l.undefined || r.undefined:
		return false
	case l.value.IsNull() || r.value.IsNull():
		return l.value.IsNull() && r.value.IsNull()
	case l.isText():
		return (r.isText() || r.number() != nil) && text(l.value) == text(r.value)
	case l.number() != nil:
		n := r.number()
		if r.isText() {
			n = parseNumber(text(r.value))
		}
		return n != nil && l.number().compare(n) == 0
	case l.value.Kind() == tasks.KindBoolean:
		return r.value.Kind() == tasks.KindBoolean && l.value.Bool() == r.value.Bool()
	}
	return l.sameParts(r)
}

// sameParts compares arrays item by item and objects member by member.
func (l resolved) sameParts(r resolved) bool {
	if (l.value.Kind() == tasks.KindList) != (r.value.Kind() == tasks.KindList) || isObject(l.value) != isObject(r.value) {
		return false
	}
	a, b := children(l.value), children(r.value)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x := b[i]
		if isObject(l.value) {
			var ok bool
			if x, ok = member(r.value, nameAt(l.value, i)); !ok {
				return false
			}
		}
		if !(resolved{value: a[i]}).equal(resolved{value: x}) {
			return false
		}
	}
	return true
}

// nameAt is the name of an object's i-th member.
func nameAt(v tasks.Value, i int) string {
	if st := v.Struct(); st != nil {
		return st.Schema.Fields[i].Name
	}
	return text(v.Map().Entries[i].Key)
}

// sameClass is what === asks for beyond equality.
func (l resolved) sameClass(r resolved) bool {
	class := func(x resolved) int {
		switch {
		case x.undefined:
			return 0
		case x.value.IsNull():
			return 1
		case x.isText():
			return 2
		case x.number() != nil:
			return 3
		case x.value.Kind() == tasks.KindBoolean:
			return 4
		}
		return 5
	}
	return class(l) == class(r)
}

// compare orders two numbers or two texts; ok is false for anything else.
func (l resolved) compare(r resolved) (n int, ok bool) {
	if l.undefined || r.undefined {
		return 0, false
	}
	if l.isText() && r.isText() {
		return compareText(text(l.value), text(r.value)), true
	}
	a, b := l.number(), r.number()
	if a == nil || b == nil {
		return 0, false
	}
	return a.compare(b), true
}
