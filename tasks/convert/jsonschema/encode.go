package jsonschema

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

func quote(dst []byte, s string) []byte {
	dst, _ = convert.AppendJSON(dst, nil, tasks.NewString(s), convert.JSONOptions{}) // a string cannot fail
	return dst
}

// encoder writes values as JSON.
type encoder struct {
	leaf           convert.JSONOptions
	ignoreDefaults bool
}

func newEncoder(o options) encoder {
	return encoder{convert.JSONOptions{NumericDecimals: o.numericDecimals}, o.ignoreDefaults}
}

// append writes v. ok is false where the original has no value at all: null for a required schema without a default.
func (e encoder) append(dst []byte, p *plan, v tasks.Value) (_ []byte, ok bool, err error) {
	if v.IsNull() {
		switch {
		case p.hasDefault && !e.ignoreDefaults:
			v = p.schema.Default
		case p.schema.Optional:
			return append(dst, "null"...), true, nil
		default:
			return dst, false, nil
		}
	}
	switch p.step {
	case stepArray:
		if v.Kind() == tasks.KindList {
			dst, err = e.array(dst, p, v.List())
			return dst, true, err
		}
	case stepMap, stepEntries:
		if v.Kind() == tasks.KindMap {
			dst, err = e.mapping(dst, p, v.Map())
			return dst, true, err
		}
	case stepStruct, stepUnion, stepVariant:
		if v.Kind() == tasks.KindStruct {
			return e.structure(dst, p, v.Struct())
		}
	case stepScalar:
		if v.Kind() == tasks.KindDecimal && p.schema.Type == tasks.Bytes {
			return append(dst, v.Decimal().String()...), true, nil
		}
	}
	dst, err = convert.AppendJSON(dst, p.schema, v, e.leaf)
	return dst, true, err
}

// part writes an item or a map's value, where null stands for no value.
func (e encoder) part(dst []byte, p *plan, v tasks.Value) ([]byte, error) {
	if p == nil {
		return convert.AppendJSON(dst, nil, v, e.leaf)
	}
	dst, ok, err := e.append(dst, p, v)
	if !ok && err == nil {
		dst = append(dst, "null"...)
	}
	return dst, err
}

func (e encoder) array(dst []byte, p *plan, items []tasks.Value) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = e.part(dst, p.elem, v); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (e encoder) mapping(dst []byte, p *plan, m *tasks.Map) (_ []byte, err error) {
	if p.step == stepEntries {
		return e.pairs(dst, p, m)
	}
	dst = append(dst, '{')
	for i, entry := range convert.Ordered(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if entry.Key.IsNull() && !p.key.hasDefault {
			return nil, tasks.NewException("java.lang.NullPointerException", "a map has a null key, which its schema does not allow")
		}
		if dst, err = e.part(dst, p.key, entry.Key); err != nil {
			return nil, err
		}
		if dst, err = e.part(append(dst, ':'), p.elem, entry.Value); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (e encoder) pairs(dst []byte, p *plan, m *tasks.Map) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, entry := range convert.Ordered(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = e.part(append(dst, `{"key":`...), p.key, entry.Key); err != nil {
			return nil, err
		}
		if dst, err = e.part(append(dst, `,"value":`...), p.elem, entry.Value); err != nil {
			return nil, err
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

func (e encoder) structure(dst []byte, p *plan, v *tasks.Struct) (_ []byte, ok bool, err error) {
	if !v.Schema.Equal(p.schema) {
		return nil, false, tasks.DataException("Mismatching schema.")
	}
	switch p.step {
	case stepVariant:
		dst, err = e.variant(dst, v)
		return dst, true, err
	case stepUnion:
		for i, f := range p.fields {
			slot := v.Slots[i]
			if !slot.IsNull() || f.hasDefault && !e.ignoreDefaults {
				return e.append(dst, f, slot)
			}
		}
		if p.schema.Optional {
			return append(dst, "null"...), true, nil
		}
		return dst, false, nil
	}
	dst = append(dst, '{')
	empty := true
	for i, f := range p.fields {
		before := len(dst)
		if !empty {
			dst = append(dst, ',')
		}
		if dst, ok, err = e.append(append(dst, p.quoted[i]...), f, v.Slots[i]); err != nil {
			return nil, false, err
		}
		if !ok {
			dst = dst[:before]
			continue
		}
		empty = false
	}
	return append(dst, '}'), true, nil
}

func (e encoder) variant(dst []byte, v *tasks.Struct) ([]byte, error) {
	metadata, _ := v.Get("metadata")
	value, _ := v.Get("value")
	names, err := readNames(metadata.Bytes())
	if err != nil {
		return nil, err
	}
	r := variantReader{names: names, left: len(value.Bytes())}
	return r.append(dst, value.Bytes())
}
