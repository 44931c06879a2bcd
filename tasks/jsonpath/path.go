// Package jsonpath finds data in a record by a JSONPath in the dialect of Java's JsonPath library, which Confluent's Filter
// speaks. It differs from RFC 9535 in what users see most: a filter on an object tests the object itself, not its members.
// It is pure; a compiled path may be used by several goroutines.
package jsonpath

import (
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Path is a compiled path.
type Path struct {
	steps    []step
	rooted   bool // begins with $; inside a filter @ stands for what is tested
	definite bool // leads to one place at most
}

// Errors of [Path.Find].
var (
	// ErrMissing says that a step of the path leads to nothing.
	ErrMissing = errors.New("the path leads to nothing")
	// ErrPrimitive says that a filter meets what has no members.
	ErrPrimitive = errors.New("a filter cannot be applied to a value without members")
)

// Definite reports whether the path can lead to one place only: no wildcard, filter, slice or descent.
func (p *Path) Definite() bool { return p.definite }

// Find returns what the path leads to: exactly one value when it is definite, else any number.
func (p *Path) Find(root tasks.Value) ([]tasks.Value, error) {
	return p.find(root, root, false)
}

// find starts at v. strict makes every missing field an error.
func (p *Path) find(root, v tasks.Value, strict bool) ([]tasks.Value, error) {
	s := search{root: root, strict: strict}
	if p.rooted {
		v = root
	}
	if err := s.walk(p.steps, v, true); err != nil {
		return nil, err
	}
	if p.definite && len(s.found) == 0 {
		return nil, ErrMissing
	}
	return s.found, nil
}

// step leads from a value to others.
type step interface {
	// walk goes on with rest from each value that the step leads to. definite is whether all steps before led to one place.
	walk(s *search, rest []step, v tasks.Value, definite bool) error
	// leads reports whether the step leads from v anywhere, for a descent before it.
	leads(s *search, v tasks.Value) bool
	definite() bool
}

type search struct {
	root   tasks.Value
	strict bool
	found  []tasks.Value
}

func (s *search) walk(steps []step, v tasks.Value, definite bool) error {
	if len(steps) == 0 {
		s.found = append(s.found, v)
		return nil
	}
	return steps[0].walk(s, steps[1:], v, definite)
}

// missing is what a step does that leads nowhere: an error only where nothing before it was open.
func missing(definite bool) error {
	if definite {
		return ErrMissing
	}
	return nil
}

// member returns a field of a struct or an entry of a map.
func member(v tasks.Value, name string) (x tasks.Value, ok bool) {
	if st := v.Struct(); st != nil {
		if i := st.Schema.FieldIndex(name); i >= 0 {
			return st.GetSlot(i), true
		}
		return tasks.Null, false
	}
	if m := v.Map(); m != nil {
		return m.Get(name)
	}
	return tasks.Null, false
}

// isObject reports whether a value has members by name.
func isObject(v tasks.Value) bool { return v.Kind() == tasks.KindStruct || v.Kind() == tasks.KindMap }

// children returns what is directly inside an object or array.
func children(v tasks.Value) []tasks.Value {
	switch v.Kind() {
	case tasks.KindList:
		return v.List()
	case tasks.KindStruct:
		st := v.Struct()
		out := make([]tasks.Value, len(st.Slots))
		for i := range out {
			out[i] = st.GetSlot(i)
		}
		return out
	case tasks.KindMap:
		entries := v.Map().Entries
		out := make([]tasks.Value, len(entries))
		for i := range entries {
			out[i] = entries[i].Value
		}
		return out
	}
	return nil
}
