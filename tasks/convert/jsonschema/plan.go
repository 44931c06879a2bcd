package jsonschema

import "github.com/mayfly-connect/mayfly/tasks"

// step is what to do for a Connect schema.
type step uint8

const (
	stepScalar step = iota
	stepDecimal
	stepTime
	stepArray
	stepMap
	stepEntries // a map as an array of objects of key and value
	stepStruct
	stepUnion
	stepVariant
)

// plan is a compiled Connect schema; it is cyclic where the schema is.
type plan struct {
	step       step
	schema     *tasks.Schema
	key, elem  *plan
	fields     []*plan
	quoted     []string       // names of fields as JSON, with the colon
	index      map[string]int // of fields by name
	hasDefault bool
}

// compiler makes each schema's plan once.
type compiler map[*tasks.Schema]*plan

func isUnion(s *tasks.Schema) bool {
	_, sum := s.Parameter(sumUnionParam)
	return s.Type == tasks.StructType && (s.Name == unionName || sum)
}

func (c compiler) plan(s *tasks.Schema) *plan {
	if s == nil {
		return nil
	}
	if p, ok := c[s]; ok {
		return p
	}
	p := &plan{schema: s, hasDefault: s.HasDefault && !s.Default.IsNull()}
	c[s] = p
	switch {
	case s.Name == tasks.DecimalName:
		p.step = stepDecimal
	case s.Name == tasks.DateName || s.Name == tasks.TimeName || s.Name == tasks.TimestampName:
		p.step = stepTime
	case s.Type == tasks.Array:
		p.step, p.elem = stepArray, c.plan(s.Elem)
	case s.Type == tasks.MapType:
		p.step, p.key, p.elem = stepEntries, c.plan(s.Key), c.plan(s.Elem)
		if s.Key != nil && s.Key.Type == tasks.String && !s.Key.Optional {
			p.step = stepMap
		}
	case s.Type == tasks.StructType && s.Name == variantName:
		p.step = stepVariant
	case s.Type == tasks.StructType:
		c.structure(p, s)
	}
	return p
}

func (c compiler) structure(p *plan, s *tasks.Schema) {
	p.step = stepStruct
	if isUnion(s) {
		p.step = stepUnion
	}
	p.index = make(map[string]int, len(s.Fields))
	for i, f := range s.Fields {
		p.fields = append(p.fields, c.plan(f.Schema))
		p.quoted = append(p.quoted, string(append(quote(nil, f.Name), ':')))
		p.index[f.Name] = i
	}
}
