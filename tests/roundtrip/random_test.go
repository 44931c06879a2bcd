package roundtrip_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// limits is what a format can hold.
type limits struct {
	nested  bool // arrays and maps inside of each other
	missing bool // null among items of arrays and maps
	keys    int  // how many maps may have keys that are no texts
	decimal bool
}

// generator makes random schemas and data of them.
type generator struct {
	*rand.Rand
	limits
	structs int
}

var scalars = []tasks.Type{tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64, tasks.Float32, tasks.Float64, tasks.Boolean, tasks.String, tasks.Bytes}

// record makes a schema of a struct.
func (g *generator) record(depth int) *tasks.Schema {
	g.structs++
	s := &tasks.Schema{Type: tasks.StructType, Name: "pkg.R" + strconv.Itoa(g.structs)}
	for i := range 1 + g.IntN(5) {
		f := g.schema(depth-1, true)
		s.Fields = append(s.Fields, tasks.Field{Name: fmt.Sprintf("f%d", i), Schema: f.AsOptional(g.IntN(3) == 0)})
	}
	return s.Seal()
}

// schema makes any required schema; composite ones only where they may be.
func (g *generator) schema(depth int, composite bool) *tasks.Schema {
	if depth <= 0 || g.IntN(2) == 0 {
		return g.scalar()
	}
	switch n := g.IntN(3); {
	case n == 0:
		return g.record(depth)
	case n == 1 && (composite || g.nested):
		return tasks.NewArray(g.item(depth))
	case composite || g.nested:
		key := tasks.StringSchema
		if g.keys > 0 && g.IntN(2) == 0 {
			key = tasks.Int32Schema
			g.keys--
		}
		return tasks.NewMap(key, g.item(depth))
	}
	return g.record(depth)
}

func (g *generator) item(depth int) *tasks.Schema {
	return g.schema(depth-1, false).AsOptional(g.missing && g.IntN(2) == 0)
}

func (g *generator) scalar() *tasks.Schema {
	switch g.IntN(12) {
	case 0:
		return tasks.TimestampSchema
	case 1:
		return tasks.DateSchema
	case 2:
		return tasks.TimeSchema
	case 3:
		if g.decimal {
			one := int32(1)
			return &tasks.Schema{Type: tasks.Bytes, Name: tasks.DecimalName, Version: &one, Parameters: []tasks.Param{{Name: "scale", Value: "2"}}}
		}
	}
	return &tasks.Schema{Type: scalars[g.IntN(len(scalars))]}
}

// value makes a value of a schema.
func (g *generator) value(s *tasks.Schema) tasks.Value {
	if s.Optional && g.IntN(3) == 0 {
		return tasks.Null
	}
	switch s.Name {
	case tasks.TimestampName:
		return tasks.NewTime(g.Int64N(1<<42) - 1<<41)
	case tasks.DateName:
		return tasks.NewTime((g.Int64N(1<<16) - 1<<15) * 86_400_000)
	case tasks.TimeName:
		return tasks.NewTime(g.Int64N(86_400_000))
	case tasks.DecimalName:
		d := &tasks.Decimal{Scale: 2}
		d.Unscaled = *big.NewInt(g.Int64() - 1<<62)
		return tasks.NewDecimal(d)
	}
	switch s.Type {
	case tasks.Int8:
		return tasks.NewInt8(int8(g.Uint32()))
	case tasks.Int16:
		return tasks.NewInt16(int16(g.Uint32()))
	case tasks.Int32:
		return tasks.NewInt32(int32(g.Uint32()))
	case tasks.Int64:
		return tasks.NewInt64(int64(g.Uint64()))
	case tasks.Float32:
		return tasks.NewFloat32(float32(g.NormFloat64() * 1e10))
	case tasks.Float64:
		return tasks.NewFloat64(g.NormFloat64() * 1e100)
	case tasks.Boolean:
		return tasks.NewBoolean(g.IntN(2) == 0)
	case tasks.String:
		return tasks.NewString(g.text())
	case tasks.Bytes:
		return tasks.NewBytes([]byte(g.text()))
	}
	return g.composite(s)
}

func (g *generator) composite(s *tasks.Schema) tasks.Value {
	switch s.Type {
	case tasks.Array:
		items := make([]tasks.Value, g.IntN(4))
		for i := range items {
			items[i] = g.value(s.Elem)
		}
		return tasks.NewList(items)
	case tasks.MapType:
		m := &tasks.Map{}
		for i := range g.IntN(4) {
			key := tasks.NewInt32(int32(i))
			if s.Key.Type == tasks.String {
				key = tasks.NewString("k" + strconv.Itoa(i))
			}
			m.Entries = append(m.Entries, tasks.Entry{Key: key, Value: g.value(s.Elem)})
		}
		return tasks.NewMapValue(m)
	}
	out := &tasks.Struct{Schema: s, Slots: make([]tasks.Value, len(s.Fields))}
	for i := range s.Fields {
		out.Slots[i] = g.value(s.Fields[i].Schema)
	}
	return tasks.NewStructValue(out)
}

func (g *generator) text() string {
	letters := []rune("aé€😀\" \\\x00\n0")
	out := make([]rune, g.IntN(8))
	for i := range out {
		out[i] = letters[g.IntN(len(letters))]
	}
	return string(out)
}
