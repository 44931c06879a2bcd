package jsonschema

import (
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

func (d *decoder) array(p *plan, c byte) (tasks.Value, error) {
	if c == '{' {
		return d.members(p)
	}
	if c != '[' {
		return tasks.NewList(nil), skip(&d.Lexer) // lenient as the original: a scalar has no items
	}
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	base := len(d.values)
	for more := !d.Empty(']'); more; {
		v, err := d.value(p.elem)
		if err != nil {
			return tasks.Null, err
		}
		d.values = append(d.values, v)
		if more, err = d.Next(']'); err != nil {
			return tasks.Null, err
		}
	}
	return d.list(base), nil
}

// members reads an object as the list of its members' values.
func (d *decoder) members(p *plan) (tasks.Value, error) {
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	base, names := len(d.values), map[string]int{}
	for more := !d.Empty('}'); more; {
		name, err := d.Name()
		if err != nil {
			return tasks.Null, err
		}
		v, err := d.value(p.elem)
		if err != nil {
			return tasks.Null, err
		}
		if at, ok := names[string(name)]; ok {
			d.values[at] = v
		} else {
			names[string(name)] = len(d.values)
			d.values = append(d.values, v)
		}
		if more, err = d.Next('}'); err != nil {
			return tasks.Null, err
		}
	}
	return d.list(base), nil
}

// list takes the values above base from the stack.
func (d *decoder) list(base int) tasks.Value {
	items := d.a.Values(len(d.values) - base)
	copy(items, d.values[base:])
	d.values = d.values[:base]
	return tasks.NewList(items)
}

func (d *decoder) mapping(p *plan, c byte) (tasks.Value, error) {
	if c != '{' {
		return tasks.Null, wrongType(p, d.nodeType())
	}
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	base := len(d.entries)
	var seen map[string]int // only of large maps
	for more := !d.Empty('}'); more; {
		name, err := d.Name()
		if err != nil {
			return tasks.Null, err
		}
		v, err := d.value(p.elem)
		if err != nil {
			return tasks.Null, err
		}
		seen = d.put(base, seen, tasks.Entry{Key: tasks.NewStringBytes(name), Value: v})
		if more, err = d.Next('}'); err != nil {
			return tasks.Null, err
		}
	}
	return d.mapOf(base), nil
}

// largeMap is the size from which keys are found by a hash.
const largeMap = 32

// put adds an entry with a string key, in place of one with the same key.
func (d *decoder) put(base int, seen map[string]int, e tasks.Entry) map[string]int {
	list := d.entries[base:]
	switch {
	case len(list) < largeMap:
		for i := range list {
			if list[i].Key.Str() == e.Key.Str() {
				list[i].Value = e.Value
				return nil
			}
		}
	case seen == nil:
		seen = map[string]int{}
		for i := range list {
			seen[list[i].Key.Str()] = i
		}
		fallthrough
	default:
		if i, ok := seen[e.Key.Str()]; ok {
			list[i].Value = e.Value
			return seen
		}
		seen[e.Key.Str()] = len(list)
	}
	d.entries = append(d.entries, e)
	return seen
}

// mapOf takes the entries above base from the stack.
func (d *decoder) mapOf(base int) tasks.Value {
	m := d.a.Map(len(d.entries) - base)
	m.Entries = append(m.Entries, d.entries[base:]...)
	d.entries = d.entries[:base]
	return tasks.NewMapValue(m)
}

// pairs reads a map from an array of objects of key and value.
func (d *decoder) pairs(p *plan, c byte) (tasks.Value, error) {
	if c != '[' {
		return tasks.Null, wrongType(p, d.nodeType())
	}
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	base := len(d.entries)
	seen := map[string]int{}
	for more := !d.Empty(']'); more; {
		e, err := d.pair(p)
		if err != nil {
			return tasks.Null, err
		}
		key := hashKey(e.Key)
		if at, ok := seen[key]; ok && d.entries[at].Key.Equal(e.Key) {
			d.entries[at].Value = e.Value
		} else {
			seen[key] = len(d.entries)
			d.entries = append(d.entries, e)
		}
		if more, err = d.Next(']'); err != nil {
			return tasks.Null, err
		}
	}
	return d.mapOf(base), nil
}

// hashKey returns a text that equal keys share.
func hashKey(v tasks.Value) string {
	text, err := convert.AppendJSON(nil, nil, v, convert.JSONOptions{})
	if err != nil {
		return ""
	}
	return string(text)
}

func (d *decoder) pair(p *plan) (e tasks.Entry, err error) {
	if c := d.Peek(); c != '{' {
		return e, tasks.DataException("Found invalid map entry instead of object: %s", d.nodeType())
	}
	if err = d.Enter(); err != nil {
		return e, err
	}
	names := map[string]bool{}
	for more := !d.Empty('}'); more; {
		name, err := d.Name()
		if err != nil {
			return e, err
		}
		names[string(name)] = true
		switch string(name) {
		case "key":
			e.Key, err = d.value(p.key)
		case "value":
			e.Value, err = d.value(p.elem)
		default:
			err = skip(&d.Lexer)
		}
		if err == nil {
			more, err = d.Next('}')
		}
		if err != nil {
			return e, err
		}
	}
	if len(names) != 2 {
		return e, tasks.DataException("Found invalid map entry, expected length 2 but found :%d", len(names))
	}
	return e, nil
}

// structure reads an object. Of several fields that are wrong the first in the schema's order is told, as the original goes
// by the schema and not by the text.
func (d *decoder) structure(p *plan, c byte) (tasks.Value, error) {
	if c != '{' {
		return tasks.Null, wrongType(p, d.nodeType())
	}
	if err := d.Enter(); err != nil {
		return tasks.Null, err
	}
	st := d.a.Struct(p.schema)
	var first error
	firstSlot, next := len(p.fields), 0
	for more := !d.Empty('}'); more; {
		name, err := d.Name()
		if err != nil {
			return tasks.Null, err
		}
		slot := p.slot(name, next)
		if slot < 0 {
			err = skip(&d.Lexer)
		} else {
			next = slot + 1
			before := d.Lexer
			if st.Slots[slot], err = d.field(p, slot); err != nil {
				if _, ok := errors.AsType[*tasks.Exception](err); !ok {
					return tasks.Null, err
				}
				if slot < firstSlot {
					first, firstSlot = err, slot
				}
				d.Lexer = before
				err = skip(&d.Lexer)
			}
		}
		if err == nil {
			more, err = d.Next('}')
		}
		if err != nil {
			return tasks.Null, err
		}
	}
	if first != nil {
		return tasks.Null, first
	}
	for i, f := range p.fields {
		if f.hasDefault && st.Slots[i].IsNull() {
			st.Slots[i] = f.schema.Default
		}
	}
	return tasks.NewStructValue(st), nil
}

// slot finds a field by name, first where it is expected; -1 when there is none.
func (p *plan) slot(name []byte, next int) int {
	if next < len(p.schema.Fields) && p.schema.Fields[next].Name == string(name) {
		return next
	}
	if i, ok := p.index[string(name)]; ok {
		return i
	}
	return -1
}

// field reads a field's value, which must be a whole one to be put into a struct.
func (d *decoder) field(p *plan, slot int) (tasks.Value, error) {
	values, entries := len(d.values), len(d.entries)
	f := p.fields[slot]
	v, err := d.value(f)
	if err != nil {
		d.values, d.entries = d.values[:values], d.entries[:entries]
		return v, err
	}
	if f.step != stepTime && (f.step != stepScalar && f.step != stepDecimal || v.Kind() == tasks.KindDecimal) && !v.IsNull() {
		err = check(f.schema, v, p.schema.Fields[slot].Name, "")
	}
	return v, err
}

func (d *decoder) variant(p *plan) (tasks.Value, error) {
	w := variantWriter{l: &d.Lexer}
	value, err := w.value(nil)
	if err != nil {
		return tasks.Null, err
	}
	st := d.a.Struct(p.schema)
	for i, f := range p.schema.Fields {
		switch f.Name {
		case "metadata":
			st.Slots[i] = tasks.NewBytes(w.metadata())
		case "value":
			st.Slots[i] = tasks.NewBytes(value)
		}
	}
	return tasks.NewStructValue(st), nil
}
