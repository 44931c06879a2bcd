package avro

import (
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
)

// newProjection compiles an encoder for values of cs that writes them under another schema than their own: fields go by
// name, and those that the other does not have are left out.
func newProjection(other *Schema, own *Encoder, cs *tasks.Schema, o Options) (*Encoder, error) {
	if err := project(other, own.Avro, map[bodyPair]bool{}); err != nil {
		return nil, err
	}
	if cs == nil {
		return own, nil
	}
	c := writeCompiler{o: o, plans: map[planKey]*writePlan{}}
	return &Encoder{other, c.plan(other, cs)}, nil
}

// project reports why values of the schema own cannot be written under another.
func project(other, own *Schema, seen map[bodyPair]bool) error {
	if seen[bodyPair{other, own}] {
		return nil
	}
	seen[bodyPair{other, own}] = true
	a, _, _ := other.nullable()
	b, _, _ := own.nullable()
	if a != nil && b != nil {
		return project(a, b, seen)
	}
	wider := other.Kind == Long && own.Kind == Int
	if other.Kind != own.Kind && !wider || other.Size != own.Size || len(other.Branches) != len(own.Branches) {
		return fmt.Errorf("%s cannot be written as %s", own.Kind, other.Kind)
	}
	for i := range other.Branches {
		if err := project(other.Branches[i], own.Branches[i], seen); err != nil {
			return err
		}
	}
	if other.Items != nil {
		return project(other.Items, own.Items, seen)
	}
	for i := range other.Fields {
		f := own.field(other.Fields[i].Name)
		if f == nil {
			return fmt.Errorf("the data has no field %s of %s", other.Fields[i].Name, other.Name)
		}
		if err := project(other.Fields[i].Schema, f.Schema, seen); err != nil {
			return fmt.Errorf("field %s of %s: %w", f.Name, other.Name, err)
		}
	}
	return nil
}

func (s *Schema) field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}
