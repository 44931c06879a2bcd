package avro

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// fetch gets a schema and its version and compiles it. A failure that is the record's is kept in the result.
func (c *Converter) fetch(ctx context.Context, key readerKey) *reading {
	name := key.id.Describe(registry.Avro, "null")
	failed := func(err error, what string) *reading {
		if cause, ok := registry.Refused(err); ok {
			return &reading{err: deserializing(key.topic, registry.Serialization(cause, "Error retrieving Avro %s schema%s for id %s", c.link.Part, what, name))}
		}
		return &reading{err: fmt.Errorf("topic %s, %s: %w", key.topic, c.link.Part, err)}
	}
	got, subject, err := c.link.Met(ctx, key.id, key.topic)
	if err != nil {
		return failed(err, "")
	}
	if got.Type != "" && got.Type != registry.Avro {
		return &reading{err: tasks.BadRecord(tasks.NewException("java.lang.ClassCastException", "the schema of id %d is of type %s, not AVRO", key.id.Number, got.Type))}
	}
	refs, err := c.references(ctx, got.References)
	if err != nil {
		return failed(err, "")
	}
	s, err := Parse(got.Text, refs...)
	if err != nil {
		return &reading{err: deserializing(key.topic, registry.Serialization(err, "Error retrieving Avro %s schema for id %s", c.link.Part, name))}
	}
	if subject == "" {
		if subject, err = c.subject(key.topic, s); err != nil {
			return &reading{err: deserializing(key.topic, err)}
		}
	}
	found, err := c.link.LookUp(ctx, subject, registry.Schema{Text: got.Text, References: got.References}, false)
	if err != nil {
		return failed(err, " version")
	}
	d, err := NewDecoder(s, c.o, &found.Version)
	if err != nil {
		return &reading{err: err}
	}
	return &reading{decoder: d, avro: s, text: got.Text, name: name, raw: s.Kind == Bytes}
}

// subject returns the subject of a schema.
func (c *Converter) subject(topic string, s *Schema) (string, error) {
	if other, _, _ := s.nullable(); other != nil {
		s = other
	}
	name := ""
	if s.Kind == Record {
		name = s.Name
	}
	return c.link.Subjects.Of(topic, name)
}

// references returns the texts of the referenced schemas, each after those that it refers to.
func (c *Converter) references(ctx context.Context, refs []registry.Reference) ([]string, error) {
	list, err := c.link.References(ctx, refs)
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.Text
	}
	return out, err
}
