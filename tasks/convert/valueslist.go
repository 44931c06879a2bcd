package convert

import (
	"regexp"
	"strconv"
	"sync"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

func (p *textParser) list() (*tasks.Schema, tasks.Value, error) {
	var items []tasks.Value
	var common merged
	for p.i < len(p.s) {
		if p.take("]") {
			if common.schema == nil {
				return &tasks.Schema{Type: tasks.Array}, tasks.NewList(items), nil
			}
			for i := range items {
				var err error
				if items[i], err = widen(common.schema, items[i]); err != nil {
					return nil, tasks.Null, err
				}
			}
			return tasks.NewArray(common.schema), tasks.NewList(items), nil
		}
		if p.take(",") {
			return nil, tasks.Null, errNotLiteral
		}
		s, v, err := p.element()
		if err != nil {
			return nil, tasks.Null, err
		}
		common.add(s)
		items = append(items, v)
		at := p.i
		if p.take("]") {
			p.i = at
		} else if !p.take(",") {
			return nil, tasks.Null, errNotLiteral
		}
	}
	return nil, tasks.Null, errNotLiteral
}

func (p *textParser) mapping() (*tasks.Schema, tasks.Value, error) {
	m := &tasks.Map{Table: tasks.Linked}
	filling := Filling{Map: m}
	var keys, values merged
	for p.i < len(p.s) {
		if p.take("}") {
			return closeMap(m, keys.schema, values.schema)
		}
		if p.take(",") {
			return nil, tasks.Null, errNotLiteral
		}
		ks, k, err := p.element()
		if err != nil || k.IsNull() || !p.take(":") {
			return nil, tasks.Null, errNotLiteral
		}
		vs, v, err := p.element()
		if err != nil {
			return nil, tasks.Null, err
		}
		filling.Put(k, v)
		p.take(",")
		keys.add(ks)
		values.add(vs)
	}
	return nil, tasks.Null, errNotLiteral
}

func closeMap(m *tasks.Map, key, value *tasks.Schema) (*tasks.Schema, tasks.Value, error) {
	if key == nil {
		return &tasks.Schema{Type: tasks.MapType}, tasks.NewMapValue(m), nil
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		var err error
		if e.Key, err = widen(key, e.Key); err != nil {
			return nil, tasks.Null, err
		}
		if value == nil {
			continue
		}
		if e.Value, err = widen(value, e.Value); err != nil {
			return nil, tasks.Null, err
		}
	}
	return tasks.NewMap(key, value), tasks.NewMapValue(m), nil
}

// merged is the schema that all parts seen so far have, or widen to; nil when there is none.
type merged struct {
	schema *tasks.Schema
	mixed  bool
}

func (m *merged) add(s *tasks.Schema) {
	switch {
	case s == nil || m.mixed:
	case m.schema == nil:
		m.schema = s
	case m.schema.Equal(s):
	case number(m.schema) && number(s):
		if s.Type > m.schema.Type {
			m.schema = s
		}
	default:
		m.schema, m.mixed = nil, true
	}
}

func number(s *tasks.Schema) bool { return s.Type <= tasks.Float64 && s.Name == "" }

// widen gives a number the common type; a null has no place beside other values.
func widen(s *tasks.Schema, v tasks.Value) (tasks.Value, error) {
	if v.IsNull() {
		return v, errNotLiteral
	}
	if !number(s) || v.Kind() == kindOf(s.Type) {
		return v, nil
	}
	float := v.Float()
	if v.Kind() <= tasks.KindInt64 {
		float = float64(v.Int())
	}
	switch s.Type {
	case tasks.Int16:
		return tasks.NewInt16(int16(v.Int())), nil
	case tasks.Int32:
		return tasks.NewInt32(int32(v.Int())), nil
	case tasks.Int64:
		return tasks.NewInt64(v.Int()), nil
	case tasks.Float32:
		return tasks.NewFloat32(float32(float)), nil
	}
	return tasks.NewFloat64(float), nil
}

// The patterns are compiled when they are needed first, which in a cold executor is mostly never.
var (
	datePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d{1,4})-(\d{1,2})-(\d{1,4})`) })
	timePattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(\d{1,2}):(\d{1,2}):(\d{1,2})\.(\d{1,3})Z`)
	})
)

// parseTemporal reads a date, time or timestamp in the three forms that Connect knows by their length. The calendar is
// lenient: a 13th month is the first of the next year.
func parseTemporal(t string) (*tasks.Schema, tasks.Value, bool) {
	b := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' && i+1 < len(t) && t[i+1] == ':' {
			continue
		}
		b = append(b, t[i])
	}
	t = string(b)
	switch len(t) {
	case 10:
		ms, ok := dateMillis(t)
		return tasks.DateSchema, tasks.NewTime(ms), ok
	case 13:
		ms, ok := clockMillis(t)
		return tasks.TimeSchema, tasks.NewTime(ms), ok
	case 24:
		if t[10] != 'T' {
			return nil, tasks.Null, false
		}
		day, ok := dateMillis(t[:10])
		ms, ok2 := clockMillis(t[11:])
		return tasks.TimestampSchema, tasks.NewTime(day + ms), ok && ok2
	}
	return nil, tasks.Null, false
}

func numbers(parts []string) (n [4]int64) {
	for i, p := range parts[1:] {
		n[i], _ = strconv.ParseInt(p, 10, 64) // Digits only, four at most.
	}
	return n
}

func dateMillis(t string) (int64, bool) {
	parts := datePattern().FindStringSubmatch(t)
	if parts == nil {
		return 0, false
	}
	n := numbers(parts)
	return javatime.Days(n[0], n[1], n[2]) * dayMillis, true
}

func clockMillis(t string) (int64, bool) {
	parts := timePattern().FindStringSubmatch(t)
	if parts == nil {
		return 0, false
	}
	n := numbers(parts)
	return ((n[0]*60+n[1])*60+n[2])*1000 + n[3], true
}
