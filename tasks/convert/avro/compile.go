package avro

import "github.com/mayfly-connect/mayfly/tasks"

type planKey struct {
	s *Schema
	c *tasks.Schema
}

type compiler struct {
	o     Options
	plans map[planKey]*plan
}

func (c *compiler) plan(s *Schema, cs *tasks.Schema) *plan {
	key := planKey{s, cs}
	if p, ok := c.plans[key]; ok {
		return p
	}
	p := &plan{schema: cs}
	c.plans[key] = p
	if cs == nil {
		c.anything(p, s)
		return p
	}
	switch s.Kind {
	case Boolean:
		p.step = readBoolean
	case Int:
		p.step = readInt(cs)
	case Long:
		p.step = readInt64
		if cs.Name == tasks.TimestampName {
			p.step = readTimestamp
		}
	case Float:
		p.step = readFloat
	case Double:
		p.step = readDouble
	case String:
		p.step = readString
	case Bytes, Fixed:
		c.bytes(p, s, cs)
	case Enum:
		p.step = readEnum
		for _, symbol := range s.Symbols {
			p.symbols = append(p.symbols, tasks.NewString(symbol))
		}
	case Array:
		if k, v, ok := s.entry(); ok {
			p.step, p.parts = readEntries, []*plan{c.plan(k, cs.Key), c.plan(v, cs.Elem)}
			break
		}
		p.step, p.parts = readArray, []*plan{c.plan(s.Items, cs.Elem)}
	case Map:
		p.step, p.parts = readMap, []*plan{c.plan(s.Items, cs.Elem)}
	case Record:
		p.step = readRecord
		for i := range s.Fields {
			p.parts = append(p.parts, c.plan(s.Fields[i].Schema, cs.Fields[i].Schema))
		}
	case Union:
		c.union(p, s, cs)
	}
	return p
}

func readInt(cs *tasks.Schema) step {
	switch {
	case cs.Name == tasks.DateName:
		return readDate
	case cs.Name == tasks.TimeName:
		return readTime
	case cs.Type == tasks.Int8:
		return readInt8
	case cs.Type == tasks.Int16:
		return readInt16
	}
	return readInt32
}

func (c *compiler) bytes(p *plan, s *Schema, cs *tasks.Schema) {
	p.step, p.size = readBytes, s.Size
	decimal := cs.Name == tasks.DecimalName
	if decimal {
		p.step = readDecimal
		p.scale, _ = s.scale() // checked by ToConnectSchema
	}
	if s.Kind == Fixed {
		p.step = readFixed
		if decimal {
			p.step = readFixedDecimal
		}
	}
}

func (c *compiler) union(p *plan, s *Schema, cs *tasks.Schema) {
	p.step = readUnion
	other, _, _ := s.nullable()
	if other != nil || len(s.Branches) == 1 && c.o.FlattenSingletons {
		p.step = readBranch
	} else if c.o.SumTypes {
		p.step = readSum
	}
	slot := 0
	for _, b := range s.Branches {
		switch {
		case b.Kind == Null:
			p.parts, p.slots = append(p.parts, &plan{}), append(p.slots, -1)
		case p.step == readBranch:
			p.parts, p.slots = append(p.parts, c.plan(b, cs)), append(p.slots, 0)
		default:
			p.parts, p.slots = append(p.parts, c.plan(b, cs.Fields[slot].Schema)), append(p.slots, slot)
			slot++
		}
	}
}

// anything compiles the record that holds schemaless data: one of its fields is set.
func (c *compiler) anything(p *plan, s *Schema) {
	p.step = readAnything
	for i := range s.Fields {
		p.parts = append(p.parts, c.loose(s.Fields[i].Schema))
	}
}

// loose compiles a schema below a schemaless one.
func (c *compiler) loose(s *Schema) *plan {
	key := planKey{s, nil}
	if p, ok := c.plans[key]; ok {
		return p
	}
	p := &plan{}
	c.plans[key] = p
	steps := map[Kind]step{Boolean: readBoolean, Int: readInt32, Long: readInt64, Float: readFloat, Double: readDouble,
		String: readString, Bytes: readBytes}
	switch s.Kind {
	case Record:
		c.anything(p, s)
	case Union:
		p.step = readBranch
		for _, b := range s.Branches {
			p.parts = append(p.parts, c.loose(b))
		}
	case Array:
		if k, v, ok := s.entry(); ok {
			p.step, p.parts = readEntries, []*plan{c.loose(k), c.loose(v)}
			break
		}
		p.step, p.parts = readArray, []*plan{c.loose(s.Items)}
	default:
		p.step = steps[s.Kind]
	}
	return p
}
