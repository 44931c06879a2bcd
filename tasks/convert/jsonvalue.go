package convert

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// decoder reads schemaless JSON into values in one pass. Items are gathered on a stack that is kept between records, so
// that each list and map takes exactly its size from the arena.
type decoder struct {
	Lexer
	values  []tasks.Value
	entries []tasks.Entry
}

// value reads one value.
func (d *decoder) value() (tasks.Value, error) {
	switch c := d.Peek(); {
	case c == '"':
		s, err := d.Text()
		return tasks.NewStringBytes(s), err
	case c == '{':
		return d.object()
	case c == '[':
		return d.array()
	case c == 't':
		return tasks.NewBoolean(true), d.Literal("true")
	case c == 'f':
		return tasks.NewBoolean(false), d.Literal("false")
	case c == 'n':
		return tasks.Null, d.Literal("null")
	case c == '-' || c >= '0' && c <= '9':
		text, fractional, err := d.Number()
		switch {
		case err != nil:
			return tasks.Null, err
		case fractional:
			return tasks.NewFloat64(parseDouble(text)), nil
		}
		return tasks.NewInt64(parseLong(text)), nil
	}
	return tasks.Null, d.Problem()
}

func (d *decoder) array() (tasks.Value, error) {
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	if d.Empty(']') {
		return tasks.NewList(nil), nil
	}
	base := len(d.values)
	for more := true; more; {
		v, err := d.value()
		if err != nil {
			return tasks.Null, err
		}
		d.values = append(d.values, v)
		if more, err = d.Next(']'); err != nil {
			return tasks.Null, err
		}
	}
	items := d.a.Values(len(d.values) - base)
	copy(items, d.values[base:])
	d.values = d.values[:base]
	return tasks.NewList(items), nil
}

func (d *decoder) object() (tasks.Value, error) {
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	if d.Empty('}') {
		return tasks.NewMapValue(d.a.Map(0)), nil
	}
	base := len(d.entries)
	var seen uint64
	var index map[string]int // once there are many members
	for more := true; more; {
		name, err := d.Name()
		if err != nil {
			return tasks.Null, err
		}
		v, err := d.value()
		if err != nil {
			return tasks.Null, err
		}
		bit := mark(name)
		at := -1
		if index != nil {
			at = lookUp(index, name)
		} else if seen&bit != 0 {
			at = find(d.entries[base:], name)
		}
		seen |= bit
		if at >= 0 {
			d.entries[base+at].Value = v
		} else {
			d.entries = append(d.entries, tasks.Entry{Key: tasks.NewStringBytes(name), Value: v})
			if n := len(d.entries) - base; index != nil {
				index[asString(name)] = n - 1
			} else if n == manyEntries {
				index = indexOf(n, func(i int) []byte { return d.entries[base+i].Key.Bytes() })
			}
		}
		if more, err = d.Next('}'); err != nil {
			return tasks.Null, err
		}
	}
	m := d.a.Map(len(d.entries) - base)
	m.Entries = append(m.Entries, d.entries[base:]...)
	d.entries = d.entries[:base]
	return tasks.NewMapValue(m), nil
}

// mark returns one bit for a name: two names with different bits are different.
func mark(name []byte) uint64 {
	n := len(name)
	if n == 0 {
		return 1
	}
	h := uint32(n)*0x9e3779b1 ^ uint32(name[0])*0x85ebca6b ^ uint32(name[n-1])*0xc2b2ae35 ^ uint32(name[n/2])*0x27d4eb2f
	return 1 << (h >> 26)
}

// indexOf indexes n names. It holds on to their memory.
func indexOf(n int, name func(i int) []byte) map[string]int {
	index := make(map[string]int, 2*n)
	for i := range n {
		index[asString(name(i))] = i
	}
	return index
}

func lookUp(index map[string]int, name []byte) int {
	if i, ok := index[asString(name)]; ok {
		return i
	}
	return -1
}

func find(entries []tasks.Entry, name []byte) int {
	for i := range entries {
		if entries[i].Key.Str() == string(name) {
			return i
		}
	}
	return -1
}

// parseLong reads an integer of any length; what does not fit in 64 bits wraps, as BigInteger.longValue does.
func parseLong(text []byte) int64 {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	var n uint64
	for _, c := range text {
		n = n*10 + uint64(c-'0')
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// parseDouble reads a number as BigDecimal.doubleValue would: rounded to the nearest, infinite when it is too large, and
// without a negative zero when all digits are zero.
func parseDouble(text []byte) float64 {
	f, _ := strconv.ParseFloat(asString(text), 64)
	if f == 0 && allZero(text) {
		return 0
	}
	return f
}

func allZero(text []byte) bool {
	for _, c := range text {
		if c >= '1' && c <= '9' {
			return false
		}
		if c|0x20 == 'e' {
			break
		}
	}
	return true
}
