package protobuf

import (
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// structPlan is a Connect schema compiled for writing it as a message.
type structPlan struct {
	schema *tasks.Schema
	cyclic bool // the schema contains itself
	fields []*slotPlan
}

// slotPlan writes what is in one slot of a struct.
type slotPlan struct {
	slot   int
	inner  int // the slot inside of a union's struct, -1 for a plain field
	name   string
	schema *tasks.Schema // of the slot's value
	value  valuePlan
	field  *field // nil when the message has none of the name
	shown  bool   // a default value is written too
	packed bool
	zero   int32 // an enum's default
}

// class is what Java makes of a value before it sets a field.
type class uint8

const (
	classInt class = iota + 1
	classLong
	classFloat
	classDouble
	classBoolean
	classString
	classBytes
	classEnum
	classMessage
	classMap
	classDecimal
	classDate
	classTime
	classTimestamp
	classList
)

// valuePlan writes one value of a field.
type valuePlan struct {
	schema  *tasks.Schema
	class   class
	kind    kind // how it is written; kindMessage for all that is a message
	wrapper bool // written as a wrapper message
	enum    *enum
	numbers map[string]int32 // of an enum's names
	known   bool             // the enum is found under the name that the schema gives
	below   *structPlan
	fits    bool // the field can take the class
}

type structKey struct {
	s *tasks.Schema
	m *message
}

// encodePlanner compiles schemas; one that was met before is the same plan.
type encodePlanner struct {
	o    Options
	made map[structKey]*structPlan
	open map[*tasks.Schema]int
}

func (p *encodePlanner) structure(s *tasks.Schema, m *message) *structPlan {
	key := structKey{s, m}
	if done := p.made[key]; done != nil {
		done.cyclic = done.cyclic || p.open[s] > 0
		return done
	}
	out := &structPlan{schema: s}
	p.made[key] = out
	p.open[s]++
	for i := range s.Fields {
		fs := s.Fields[i].Schema
		if !isUnion(fs) {
			out.fields = append(out.fields, p.slot(m, i, -1, s.Fields[i].Name, fs))
			continue
		}
		for j := range fs.Fields {
			sp := p.slot(m, i, j, fs.Fields[j].Name, fs.Fields[j].Schema)
			out.fields = append(out.fields, sp)
		}
	}
	p.open[s]--
	slices.SortStableFunc(out.fields, func(a, b *slotPlan) int { return int(a.number() - b.number()) })
	return out
}

func (p *slotPlan) number() int32 {
	if p.field == nil {
		return 0
	}
	return p.field.number
}

func (p *encodePlanner) slot(m *message, slot, inner int, name string, s *tasks.Schema) *slotPlan {
	if p.o.Scrub {
		name = scrub(name)
	}
	out := &slotPlan{slot: slot, inner: inner, name: name, schema: s}
	for _, f := range m.fields {
		if f.name == name {
			out.field = f
		}
	}
	if out.field == nil {
		return out
	}
	f := out.field
	out.shown = f.presence(m.file)
	if f.kind == kindEnum {
		out.zero = f.enum.values[0].number
	}
	one := s
	if s.Type == tasks.Array {
		one = s.Elem
	}
	if f.label == labelRepeated {
		out.packed = f.isPacked(m.file)
	}
	out.value = p.value(f, one, m.full)
	return out
}

// value compiles one value of a field; scope is the full name of the message around it.
func (p *encodePlanner) value(f *field, s *tasks.Schema, scope string) valuePlan {
	out := valuePlan{schema: s, kind: f.kind}
	out.class = p.class(s)
	out.wrapper = p.o.WrapNullables && s.Optional && out.class < classEnum
	switch out.class {
	case classEnum:
		out.enumOf(f, s, scope, p.o)
	case classMessage:
		if f.kind == kindMessage {
			out.below = p.structure(s, f.message)
		}
	case classMap:
		if f.kind == kindMessage && s.Key != nil && s.Elem != nil {
			pair := &tasks.Schema{Type: tasks.StructType, Fields: []tasks.Field{{Name: "key", Schema: s.Key}, {Name: "value", Schema: s.Elem}}}
			out.below = p.structure(pair.Seal(), f.message)
		}
	}
	out.fits = out.fitting(f)
	return out
}

func (p *encodePlanner) class(s *tasks.Schema) class {
	switch s.Name {
	case tasks.DecimalName:
		return classDecimal
	case tasks.DateName:
		return classDate
	case tasks.TimeName:
		return classTime
	case tasks.TimestampName:
		return classTimestamp
	}
	switch s.Type {
	case tasks.Int8, tasks.Int16, tasks.Int32:
		if _, ok := s.Parameter(enumParam); ok {
			return classEnum
		}
		return classInt
	case tasks.Int64:
		if name, _ := s.Parameter(typeParam); name == "uint32" || name == "fixed32" {
			return classInt
		}
		return classLong
	case tasks.String:
		if isEnum(s) {
			return classEnum
		}
		return classString
	case tasks.Array:
		return classList
	}
	return map[tasks.Type]class{tasks.Float32: classFloat, tasks.Float64: classDouble, tasks.Boolean: classBoolean,
		tasks.Bytes: classBytes, tasks.StructType: classMessage, tasks.MapType: classMap}[s.Type]
}

func (v *valuePlan) enumOf(f *field, s *tasks.Schema, scope string, o Options) {
	param := enumParam
	if s.Type == tasks.String {
		param = o.enumParameter()
	}
	name, _ := s.Parameter(param)
	v.numbers = map[string]int32{}
	for _, p := range s.Parameters {
		if len(p.Name) > len(param) && p.Name[:len(param)+1] == param+"." {
			if n, err := strconv.ParseInt(p.Value, 10, 32); err == nil {
				v.numbers[p.Name[len(param)+1:]] = int32(n)
			}
		}
	}
	v.enum = f.enum
	v.known = f.enum != nil && f.enum.full == join(scope, name)
}

// fitting reports whether a field can take what Java makes of a value.
func (v *valuePlan) fitting(f *field) bool {
	if v.wrapper || v.class >= classMessage {
		return f.kind == kindMessage && (v.below != nil || v.wrapper || v.class >= classDecimal && v.class < classList)
	}
	switch f.kind {
	case kindInt32, kindUint32, kindSint32, kindFixed32, kindSfixed32:
		return v.class == classInt
	case kindInt64, kindUint64, kindSint64, kindFixed64, kindSfixed64:
		return v.class == classLong
	case kindFloat:
		return v.class == classFloat
	case kindDouble:
		return v.class == classDouble
	case kindBool:
		return v.class == classBoolean
	case kindString:
		return v.class == classString
	case kindBytes:
		return v.class == classBytes
	case kindEnum:
		return v.class == classEnum
	}
	return false
}

// plain returns how a scalar's value is written in a wrapper message.
func (c class) plain() kind {
	return [...]kind{classInt: kindInt32, classLong: kindInt64, classFloat: kindFloat, classDouble: kindDouble,
		classBoolean: kindBool, classString: kindString, classBytes: kindBytes}[c]
}
