package avro

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// defaultNode returns a Connect default as the JSON of an Avro schema.
func (f *fromConnect) defaultNode(s *tasks.Schema, v tasks.Value) (*node, error) {
	switch v.Kind() {
	case tasks.KindNull:
		return &node{kind: 'n'}, nil
	case tasks.KindBoolean:
		return &node{kind: 'b', text: strconv.FormatBool(v.Bool())}, nil
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64:
		n := intNode(v.Int())
		return &n, nil
	case tasks.KindTime:
		ms := v.Int()
		if s != nil && s.Name == tasks.DateName {
			ms /= dayMillis
		}
		n := intNode(ms)
		return &n, nil
	case tasks.KindFloat32, tasks.KindFloat64:
		return floatNode(v), nil
	case tasks.KindString:
		n := stringNode(v.Str())
		return &n, nil
	case tasks.KindBytes:
		n := stringNode(latin1(v.Bytes()))
		return &n, nil
	case tasks.KindDecimal:
		n := stringNode(latin1(appendTwos(nil, &v.Decimal().Unscaled)))
		return &n, nil
	case tasks.KindList:
		out := &node{kind: '['}
		for _, item := range v.List() {
			n, err := f.defaultNode(elem(s), item)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, *n)
		}
		return out, nil
	case tasks.KindMap:
		return f.mapNode(s, v.Map())
	}
	return f.structNode(v.Struct())
}

func elem(s *tasks.Schema) *tasks.Schema {
	if s == nil {
		return nil
	}
	return s.Elem
}

// floatNode writes a number with a point, as Java does; NaN and the infinities have only a text.
func floatNode(v tasks.Value) *node {
	bits := 64
	if v.Kind() == tasks.KindFloat32 {
		bits = 32
	}
	x := v.Float()
	switch {
	case math.IsNaN(x):
		return &node{kind: 's', text: "NaN"}
	case math.IsInf(x, 1):
		return &node{kind: 's', text: "Infinity"}
	case math.IsInf(x, -1):
		return &node{kind: 's', text: "-Infinity"}
	}
	form := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-3 || a >= 1e7) {
		form = 'E'
	}
	text := strconv.FormatFloat(x, form, -1, bits)
	if mantissa, exp, ok := strings.Cut(text, "E"); ok {
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		exp = strings.TrimPrefix(exp, "+")
		sign := ""
		if strings.HasPrefix(exp, "-") {
			sign, exp = "-", exp[1:]
		}
		text = mantissa + "E" + sign + strings.TrimLeft(exp, "0")
	} else if !strings.Contains(text, ".") {
		text += ".0"
	}
	return &node{kind: '0', text: json.Number(text).String()}
}

func (f *fromConnect) mapNode(s *tasks.Schema, m *tasks.Map) (*node, error) {
	if s != nil && !f.stringKeys(s) {
		out := &node{kind: '['}
		for _, e := range m.Entries {
			k, err := f.defaultNode(s.Key, e.Key)
			if err != nil {
				return nil, err
			}
			v, err := f.defaultNode(s.Elem, e.Value)
			if err != nil {
				return nil, err
			}
			entry := node{kind: '{'}
			entry.set("key", *k)
			entry.set("value", *v)
			out.items = append(out.items, entry)
		}
		return out, nil
	}
	out := &node{kind: '{'}
	for _, e := range m.Entries {
		v, err := f.defaultNode(elem(s), e.Value)
		if err != nil {
			return nil, err
		}
		out.set(e.Key.Str(), *v)
	}
	return out, nil
}

func (f *fromConnect) structNode(st *tasks.Struct) (*node, error) {
	if isUnion(st.Schema) {
		for i, v := range st.Slots {
			if !v.IsNull() {
				return f.defaultNode(st.Schema.Fields[i].Schema, v)
			}
		}
		return &node{kind: 'n'}, nil
	}
	out := &node{kind: '{'}
	for i, field := range st.Schema.Fields {
		name, err := f.fieldName(field.Name)
		if err != nil {
			return nil, err
		}
		v, err := f.defaultNode(field.Schema, st.GetSlot(i))
		if err != nil {
			return nil, err
		}
		out.set(name, *v)
	}
	return out, nil
}
