package protobuf

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Options are the converter's settings about data.
type Options struct {
	Enhanced          bool // full names
	SumTypes          bool // generalized.sum.type.support
	Scrub             bool
	IntEnums          bool
	OptionalNullables bool
	OptionalProto2    bool
	WrapNullables     bool
	WrapRaw           bool
	StructForNulls    bool
	UnionIndex        bool
	FlattenUnions     bool
	IgnoreDefaults    bool
}

func (o Options) enumParameter() string {
	if o.SumTypes {
		return sumEnumParam
	}
	return enumParam
}

// toConnect makes Connect schemas of messages. A message that occurs again is the same schema with other parameters, also
// within itself.
type toConnect struct {
	o      Options
	made   map[*message]*tasks.Schema
	again  []alias
	depth  int
	failed error
}

// alias is a schema that takes over what another one becomes when it is complete.
type alias struct{ to, of *tasks.Schema }

// schemaOf returns the Connect schema of data of a message, sealed. The schema refers to itself when the message does.
func schemaOf(m *message, o Options, version *int32) (*tasks.Schema, error) {
	t := &toConnect{o: o, made: map[*message]*tasks.Schema{}}
	s := t.message(m)
	s.Version = version
	for _, a := range t.again {
		a.to.Fields, a.to.Name, a.to.Doc = a.of.Fields, a.of.Name, a.of.Doc
		a.to.Version = a.of.Version
		if a.to.Parameters == nil {
			// Java's has parameters of its own, even when they are none.
			a.to.Parameters = append([]tasks.Param{}, a.of.Parameters...)
		}
		a.to.Seal()
	}
	return s.Seal(), t.failed
}

func (t *toConnect) message(m *message) *tasks.Schema {
	if t.o.WrapRaw {
		if k := wrapped(m.full); k != 0 {
			return wrappedSchema(k)
		}
	}
	s := &tasks.Schema{Type: tasks.StructType, Name: t.name(m.full, m.name)}
	t.made[m] = s
	if t.depth++; t.depth > maxDepth {
		t.failed = tasks.NewException(stackOverflow, "message %s is nested too deeply", m.full)
		return s
	}
	for _, o := range m.oneofs {
		if t.o.FlattenUnions {
			for _, f := range o.fields {
				s.Fields = append(s.Fields, tasks.Field{Name: f.name, Schema: t.field(f)})
			}
			continue
		}
		s.Fields = append(s.Fields, tasks.Field{Name: t.o.unionField(m, o), Schema: t.union(m, o)})
	}
	for _, f := range m.fields {
		if f.oneof == nil {
			s.Fields = append(s.Fields, tasks.Field{Name: f.name, Schema: t.field(f)})
		}
	}
	t.depth--
	return s.Seal()
}

func (t *toConnect) name(full, short string) string {
	if t.o.Enhanced {
		return full
	}
	return short
}

// unionField names the field of a oneof.
func (o Options) unionField(m *message, of *oneof) string {
	if !o.UnionIndex {
		return of.name
	}
	for i, other := range m.oneofs {
		if other == of {
			return of.name + "_" + strconv.Itoa(i)
		}
	}
	return of.name
}

func (t *toConnect) union(m *message, o *oneof) *tasks.Schema {
	s := &tasks.Schema{Type: tasks.StructType, Optional: true}
	if t.o.SumTypes {
		s.Name = o.name
		s.Parameters = []tasks.Param{{Name: sumUnionParam, Value: o.name}}
	} else {
		s.Name = unionPrefix + "." + t.name(join(m.full, o.name), o.name)
	}
	for _, f := range o.fields {
		s.Fields = append(s.Fields, tasks.Field{Name: f.name, Schema: t.field(f)})
	}
	return s.Seal()
}

// field returns the schema of a field, a copy of its own.
func (t *toConnect) field(f *field) *tasks.Schema {
	s, of := t.element(f)
	if f.label == labelRepeated && s.Type != tasks.MapType {
		s.Optional = true
		if of != nil {
			of.Optional = true
		}
		s = &tasks.Schema{Type: tasks.Array, Elem: s, Optional: true}
		of = nil
	}
	if t.o.OptionalNullables && f.optional() || !t.o.OptionalNullables && !t.o.WrapNullables {
		s.Optional = true
		if of != nil {
			of.Optional = true
		}
	}
	tag := tasks.Param{Name: tagParam, Value: strconv.Itoa(int(f.number))}
	for i, p := range s.Parameters {
		if p.Name == tagParam {
			s.Parameters[i] = tag
			return s
		}
	}
	s.Parameters = append(s.Parameters, tag)
	return s
}

// element returns the schema of one value of a field, and, of a message that was met before, the schema that was made then.
func (t *toConnect) element(f *field) (s, of *tasks.Schema) {
	switch f.kind {
	case kindInt32, kindSint32, kindSfixed32:
		return intSchema(f), nil
	case kindUint32, kindFixed32, kindInt64, kindUint64, kindSint64, kindFixed64, kindSfixed64:
		return typed(tasks.Int64, f.kind, kindInt64), nil
	case kindEnum:
		return t.enum(f.enum), nil
	case kindMessage:
		return t.messageField(f)
	}
	return wrappedSchema(f.kind), nil
}

// typed returns a schema that names the Protobuf type when it is not the usual one.
func typed(t tasks.Type, k, usual kind) *tasks.Schema {
	s := &tasks.Schema{Type: t}
	if k != usual {
		s.Parameters = []tasks.Param{{Name: typeParam, Value: k.String()}}
	}
	return s
}

func intSchema(f *field) *tasks.Schema {
	switch v, _ := f.param(connectType); v {
	case "int8":
		return &tasks.Schema{Type: tasks.Int8}
	case "int16":
		return &tasks.Schema{Type: tasks.Int16}
	}
	return typed(tasks.Int32, f.kind, kindInt32)
}

// wrappedSchema returns the plain schema of a scalar.
func wrappedSchema(k kind) *tasks.Schema {
	types := map[kind]tasks.Type{kindDouble: tasks.Float64, kindFloat: tasks.Float32, kindInt32: tasks.Int32,
		kindBool: tasks.Boolean, kindString: tasks.String, kindBytes: tasks.Bytes}
	if t, ok := types[k]; ok {
		return &tasks.Schema{Type: t}
	}
	return &tasks.Schema{Type: tasks.Int64}
}

func (t *toConnect) enum(e *enum) *tasks.Schema {
	s := &tasks.Schema{Type: tasks.String, Name: t.name(e.full, e.name), Optional: true}
	if t.o.IntEnums {
		s.Type = tasks.Int32
	}
	name := t.o.enumParameter()
	s.Parameters = append(s.Parameters, tasks.Param{Name: name, Value: e.name})
	for _, v := range e.values {
		s.Parameters = append(s.Parameters, tasks.Param{Name: name + "." + v.name, Value: strconv.Itoa(int(v.number))})
	}
	return s
}

func (t *toConnect) messageField(f *field) (s, of *tasks.Schema) {
	switch f.message.full {
	case decimalMessage:
		s = decimalSchema(f)
	case dateMessage:
		s = logical(tasks.DateSchema)
	case timeMessage:
		s = logical(tasks.TimeSchema)
	case timestampMessage:
		s = logical(tasks.TimestampSchema)
	default:
		s, of = t.structure(f)
	}
	s.Optional = true
	if of != nil {
		of.Optional = true
	}
	return s, of
}

func logical(of *tasks.Schema) *tasks.Schema { return of.Clone() }

func decimalSchema(f *field) *tasks.Schema {
	number := func(name string) (string, bool) {
		text, _ := f.param(name)
		n, err := strconv.ParseInt(text, 10, 32)
		return strconv.Itoa(int(n)), err == nil
	}
	s := tasks.DateSchema.Clone()
	s.Type, s.Name = tasks.Bytes, tasks.DecimalName
	scale, ok := number(scaleMeta)
	if !ok {
		scale = "0"
	}
	s.Parameters = []tasks.Param{{Name: tasks.ScaleParameter, Value: scale}}
	if precision, ok := number(precisionMeta); ok {
		s.Parameters = append(s.Parameters, tasks.Param{Name: precisionParam, Value: precision})
	}
	return s
}

func (t *toConnect) structure(f *field) (s, of *tasks.Schema) {
	if t.o.WrapNullables {
		if k := wrapped(f.message.full); k != 0 {
			return wrappedSchema(k), nil
		}
	}
	if f.isMap() {
		full := strings.Split(t.name(f.message.full, f.message.name), ".")
		full[len(full)-1] = mapName(full[len(full)-1])
		return &tasks.Schema{Type: tasks.MapType, Name: strings.Join(full, "."),
			Key: t.field(f.message.fields[0]), Elem: t.field(f.message.fields[1])}, nil
	}
	if of := t.made[f.message]; of != nil {
		s := &tasks.Schema{Type: tasks.StructType}
		t.again = append(t.again, alias{s, of})
		return s, of
	}
	return t.message(f.message), nil
}
