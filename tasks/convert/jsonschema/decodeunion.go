package jsonschema

import (
	"github.com/mayfly-connect/mayfly/tasks"
)

// union reads a value as the first branch that takes its type, else as the struct that knows most of its members.
func (d *decoder) union(p *plan, c byte) (tasks.Value, error) {
	best, most := -1, -1
	var names map[string]bool
	for i, f := range p.fields {
		if f.schema.Type != tasks.StructType {
			if d.takes(f.schema.Type, c) {
				best = i
				break
			}
			continue
		}
		if c != '{' {
			continue
		}
		if names == nil {
			var err error
			if names, err = d.names(); err != nil {
				return tasks.Null, err
			}
		}
		n := 0
		for _, field := range f.schema.Fields {
			if names[field.Name] {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return tasks.Null, wrongType(p, "")
	}
	st := d.a.Struct(p.schema)
	var err error
	if st.Slots[best], err = d.field(p, best); err != nil {
		return tasks.Null, err
	}
	return tasks.NewStructValue(st), nil
}

// takes reports whether a type takes the value that begins with c.
func (d *decoder) takes(t tasks.Type, c byte) bool {
	switch t {
	case tasks.Boolean:
		return c == 't' || c == 'f'
	case tasks.String:
		return c == '"'
	case tasks.Array:
		return c == '['
	case tasks.MapType:
		return c == '{' || c == '['
	}
	if c == '"' || c == '{' || c == '[' || c == 't' || c == 'f' {
		return false
	}
	l := d.Lexer
	_, fractional, special, err := readNumber(&l)
	switch {
	case err != nil:
		return false
	case t == tasks.Bytes:
		return fractional && special == 0
	case t == tasks.Float32 || t == tasks.Float64:
		return true
	}
	return !fractional && special == 0
}

// names returns the names of the object at the lexer, which stays where it is.
func (d *decoder) names() (map[string]bool, error) {
	l, names := d.Lexer, map[string]bool{}
	if err := l.Enter(); err != nil {
		return nil, err
	}
	for more := !l.Empty('}'); more; {
		name, err := l.Name()
		if err != nil {
			return nil, err
		}
		names[string(name)] = true
		if err = skip(&l); err == nil {
			more, err = l.Next('}')
		}
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}
