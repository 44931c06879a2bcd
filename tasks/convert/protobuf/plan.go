package protobuf

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// step says what becomes of a field's value.
type step uint8

const (
	toInt8 step = iota + 1
	toInt16
	toInt32
	toInt64
	toUnsigned // a long of 32 bits without sign
	toFloat32
	toFloat64
	toBoolean
	toText
	toBytes
	toSymbol // an enum's name
	toNumber // an enum's number
	toStruct
	toMap
	toScalar // what a wrapper message holds
	toDecimal
	toDate
	toTime
	toTimestamp
)

// messagePlan is a message compiled for decoding.
type messagePlan struct {
	message   *message
	schema    *tasks.Schema
	slots     []tasks.Value // what a struct starts from
	table     []*fieldPlan  // by number, of the small ones
	far       map[int32]*fieldPlan
	required  []*fieldPlan
	filled    []*fieldPlan // messages that generate.struct.for.nulls makes when they are absent
	marks     int          // fields whose occurrences are counted
	unchecked bool         // texts may be broken UTF-8
}

// fieldPlan is a field compiled for decoding.
type fieldPlan struct {
	field  *field
	step   step
	kind   kind
	wire   int
	schema *tasks.Schema // of one value
	slot   int
	inner  int           // the slot inside of a union's struct
	union  *tasks.Schema // of the union, nil for a plain field
	below  *messagePlan
	parts  []int // slots of below's struct that make the value
	mark   int   // index among the fields of which more than one may come
	def    tasks.Value
	names  map[int32]string
	rivals []int // marks of the messages in a scalar's oneof
}

const tableSize = 128

func (p *messagePlan) find(number int32) *fieldPlan {
	if number < int32(len(p.table)) {
		return p.table[number]
	}
	return p.far[number]
}

type planKey struct {
	m *message
	s *tasks.Schema
}

// planner compiles messages; one that was met before is the same plan.
type planner struct {
	o    Options
	made map[planKey]*messagePlan
}

// plan compiles a message whose data has the schema.
func (p *planner) plan(m *message, s *tasks.Schema) *messagePlan {
	key := planKey{m, s}
	if done := p.made[key]; done != nil {
		return done
	}
	out := &messagePlan{message: m, schema: s, table: make([]*fieldPlan, 0, 16), far: map[int32]*fieldPlan{}, unchecked: m.file.syntax == "proto2"}
	p.made[key] = out
	if s.Type == tasks.StructType {
		out.slots = make([]tasks.Value, len(s.Fields))
	}
	for _, f := range m.fields {
		fp := p.field(m, f, s)
		if f.label == labelRequired {
			out.required = append(out.required, fp)
		}
		if f.label == labelRepeated || f.kind == kindMessage || f.label == labelRequired {
			fp.mark = out.marks
			out.marks++
		}
		if f.number < tableSize {
			for int32(len(out.table)) <= f.number {
				out.table = append(out.table, nil)
			}
			out.table[f.number] = fp
		} else {
			out.far[f.number] = fp
		}
		p.start(out, fp)
	}
	for _, f := range m.fields {
		if fp := out.find(f.number); f.oneof != nil && f.kind != kindMessage {
			for _, other := range f.oneof.fields {
				if rival := out.find(other.number); other.kind == kindMessage && rival != nil {
					fp.rivals = append(fp.rivals, rival.mark)
				}
			}
		}
	}
	return out
}

// start sets what the field is when data does not have it.
func (p *planner) start(out *messagePlan, fp *fieldPlan) {
	f := fp.field
	if f.oneof != nil || out.slots == nil {
		return
	}
	switch {
	case f.isMap():
		out.slots[fp.slot] = tasks.NewMapValue(&tasks.Map{})
	case f.label == labelRepeated:
		out.slots[fp.slot] = tasks.NewList(nil)
	case f.kind == kindMessage:
		if p.o.StructForNulls {
			out.filled = append(out.filled, fp)
		}
	case !p.nullable(f, out.message.file):
		out.slots[fp.slot] = fp.def
	}
}

// nullable reports whether a scalar that data does not have is null instead of its default.
func (p *planner) nullable(f *field, in *file) bool {
	return f.label == labelOptional && !p.o.StructForNulls && (in.syntax == "proto3" || p.o.OptionalProto2)
}

func (p *planner) field(m *message, f *field, s *tasks.Schema) *fieldPlan {
	fp := &fieldPlan{field: f, kind: f.kind, wire: f.kind.wire(), schema: s}
	if s.Type == tasks.StructType {
		name := f.name
		if f.oneof != nil && !p.o.FlattenUnions {
			name = p.o.unionField(m, f.oneof)
		}
		fp.slot = s.FieldIndex(name)
		fp.schema = s.Fields[fp.slot].Schema
		if f.oneof != nil && !p.o.FlattenUnions {
			fp.union = fp.schema
			fp.inner = fp.union.FieldIndex(f.name)
			fp.schema = fp.union.Fields[fp.inner].Schema
		}
	}
	if f.label == labelRepeated && fp.schema.Type == tasks.Array {
		fp.schema = fp.schema.Elem
	}
	p.steps(fp)
	return fp
}

func (p *planner) steps(fp *fieldPlan) {
	f := fp.field
	switch f.kind {
	case kindMessage:
		p.messageStep(fp)
	case kindEnum:
		fp.step = toSymbol
		fp.names = map[int32]string{}
		for _, v := range f.enum.values {
			if _, ok := fp.names[v.number]; !ok {
				fp.names[v.number] = v.name
			}
		}
		if fp.schema.Type == tasks.Int32 {
			fp.step = toNumber
		}
		fp.def = fp.enumValue(f.enum.values[0].number)
		for _, v := range f.enum.values {
			if f.def != nil && v.name == *f.def {
				fp.def = fp.enumValue(v.number)
			}
		}
	default:
		fp.step = scalarStep(f.kind, fp.schema.Type)
		fp.def = fp.defaultValue()
	}
}

// scalarStep returns how a scalar becomes a value of a type.
func scalarStep(k kind, t tasks.Type) step {
	switch t {
	case tasks.Int8:
		return toInt8
	case tasks.Int16:
		return toInt16
	case tasks.Int32:
		return toInt32
	case tasks.Float32:
		return toFloat32
	case tasks.Float64:
		return toFloat64
	case tasks.Boolean:
		return toBoolean
	case tasks.String:
		return toText
	case tasks.Bytes:
		return toBytes
	}
	if k == kindUint32 || k == kindFixed32 {
		return toUnsigned
	}
	return toInt64
}

func (p *planner) messageStep(fp *fieldPlan) {
	f := fp.field
	switch name := fp.schema.Name; {
	case name == tasks.DecimalName && f.message.full == decimalMessage:
		fp.step = toDecimal
	case name == tasks.DateName && f.message.full == dateMessage:
		fp.step = toDate
	case name == tasks.TimeName && f.message.full == timeMessage:
		fp.step = toTime
	case name == tasks.TimestampName && f.message.full == timestampMessage:
		fp.step = toTimestamp
	case fp.schema.Type == tasks.MapType:
		fp.step = toMap
		fp.below = p.entry(f.message, fp.schema)
		return
	case fp.schema.Type == tasks.StructType:
		fp.step = toStruct
		fp.below = p.plan(f.message, fp.schema)
		return
	default:
		fp.step = toScalar
	}
	fp.below, fp.parts = parts(f.message, partNames(fp.step))
}

// partNames lists the fields that a message with a meaning is made of.
func partNames(s step) []string {
	switch s {
	case toDecimal:
		return []string{"value", "precision", "scale"}
	case toDate:
		return []string{"year", "month", "day"}
	case toTime:
		return []string{"hours", "minutes", "seconds", "nanos"}
	case toTimestamp:
		return []string{"seconds", "nanos"}
	}
	return []string{"value"}
}

// parts compiles a message for its scalars alone, and returns the slots of the named ones; -1 for one that is not there.
func parts(m *message, names []string) (*messagePlan, []int) {
	only := &message{name: m.name, full: m.full, file: m.file}
	plain := &tasks.Schema{Type: tasks.StructType}
	for _, f := range m.fields {
		if f.kind < kindMessage && f.label != labelRepeated && f.oneof == nil {
			only.fields = append(only.fields, f)
			plain.Fields = append(plain.Fields, tasks.Field{Name: f.name, Schema: wrappedSchema(f.kind)})
		}
	}
	plan := (&planner{made: map[planKey]*messagePlan{}}).plan(only, plain.Seal())
	slots := make([]int, len(names))
	for i, name := range names {
		slots[i] = plain.FieldIndex(name)
	}
	return plan, slots
}

// entry compiles the message of a map's entries; its struct holds a key and a value.
func (p *planner) entry(m *message, s *tasks.Schema) *messagePlan {
	pair := &tasks.Schema{Type: tasks.StructType, Fields: []tasks.Field{{Name: "key", Schema: s.Key}, {Name: "value", Schema: s.Elem}}}
	out := p.plan(m, pair.Seal())
	for _, fp := range []*fieldPlan{out.find(m.fields[0].number), out.find(m.fields[1].number)} {
		// An absent part is its default, whatever the message.
		switch {
		case fp.kind != kindMessage:
			out.slots[fp.slot] = fp.def
		case out.filled == nil || !containsPlan(out.filled, fp):
			out.filled = append(out.filled, fp)
		}
	}
	return out
}

func containsPlan(list []*fieldPlan, fp *fieldPlan) bool {
	for _, other := range list {
		if other == fp {
			return true
		}
	}
	return false
}

func (fp *fieldPlan) enumValue(n int32) tasks.Value {
	if fp.step == toNumber {
		return tasks.NewInt32(n)
	}
	if name, ok := fp.names[n]; ok {
		return tasks.NewString(name)
	}
	return tasks.NewString("UNKNOWN_ENUM_VALUE_" + fp.field.enum.name + "_" + strconv.Itoa(int(n)))
}

// defaultValue returns the value of a scalar that is absent: what the text declares, else the kind's zero.
func (fp *fieldPlan) defaultValue() tasks.Value {
	text := ""
	if fp.field.def != nil {
		text = *fp.field.def
	}
	switch fp.step {
	case toText:
		return tasks.NewString(text)
	case toBytes:
		return tasks.NewBuffer([]byte(text))
	case toBoolean:
		return tasks.NewBoolean(text == "true")
	case toFloat32, toFloat64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			v = 0
		}
		if fp.step == toFloat32 {
			return tasks.NewFloat32(float32(v))
		}
		return tasks.NewFloat64(v)
	}
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		u, _ := strconv.ParseUint(text, 0, 64) // 0 for none
		v = int64(u)
	}
	return fp.integer(v)
}

// integer makes a value of an integer's bits.
func (fp *fieldPlan) integer(v int64) tasks.Value {
	switch fp.step {
	case toInt8:
		return tasks.NewInt8(int8(v))
	case toInt16:
		return tasks.NewInt16(int16(v))
	case toInt32:
		return tasks.NewInt32(int32(v))
	case toUnsigned:
		return tasks.NewInt64(int64(uint32(v)))
	}
	return tasks.NewInt64(v)
}
