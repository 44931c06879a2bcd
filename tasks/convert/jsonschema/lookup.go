package jsonschema

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// fetch gets a schema and its version and compiles it. A failure that is the record's is kept in the result.
func (c *Converter) fetch(ctx context.Context, key readerKey) *reading {
	name := key.id.Describe(registry.JSON, "null")
	failed := func(err error) *reading {
		if cause, ok := registry.Refused(err); ok {
			return &reading{err: deserializing(key.topic, registry.Serialization(cause, "Error retrieving JSON schema for id %s", name))}
		}
		return &reading{err: fmt.Errorf("topic %s, %s: %w", key.topic, c.link.Part, err)}
	}
	got, subject, err := c.link.Met(ctx, key.id, key.topic)
	if err != nil {
		return failed(err)
	}
	if got.Type != registry.JSON {
		return &reading{err: deserializing(key.topic, registry.Serialization(tasks.NewException("java.lang.ClassCastException",
			"the schema is of type %q, not JSON", got.Type), "Error deserializing JSON message for id %s", name))}
	}
	refs, err := c.references(ctx, got.References)
	if err != nil {
		return failed(err)
	}
	s, root, err := load(got.Text, refs, c.o.ignoreModern)
	if err != nil {
		return &reading{err: illegal("Invalid JSON Schema").WithCause(fmt.Errorf("schema %s: %w", name, err))}
	}
	if subject == "" {
		title, _ := root.string("title")
		if subject, err = c.link.Subjects.Of(key.topic, title); err != nil {
			return &reading{err: deserializing(key.topic, err)}
		}
	}
	found, err := c.link.LookUp(ctx, subject, registry.Schema{Text: got.Text, Type: registry.JSON, References: got.References}, false)
	if err != nil {
		return failed(err)
	}
	rd := &reading{name: name}
	var cs *tasks.Schema
	if cs, rd.err = connectSchema(s, c.o, &found.Version); rd.err != nil {
		return rd
	}
	rd.plan = c.plans.plan(cs)
	if c.prop("json.fail.invalid.schema") {
		if rd.checks, err = newChecker(got.Text, refs); err != nil {
			rd.err = deserializing(key.topic, registry.Serialization(err, "Error deserializing JSON message for id %s", name))
		}
	}
	return rd
}

// references returns the texts that a schema refers to, by the names that it has for them.
func (c *Converter) references(ctx context.Context, refs []registry.Reference) (map[string]string, error) {
	list, err := c.link.References(ctx, refs)
	out := make(map[string]string, len(list))
	for _, r := range list {
		out[r.Name] = r.Text
	}
	return out, err
}
