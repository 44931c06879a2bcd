package protobuf

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// reading is what is known of a message that was met in data.
type reading struct {
	plan   *messagePlan
	slot   int // of the value when it is not the struct itself, else -1
	schema *tasks.Schema
	name   string // how errors call the schema
	err    error
}

// fetch gets a schema and its version and compiles it. A failure that is the record's is kept in the result.
func (c *Converter) fetch(ctx context.Context, key readerKey) *reading {
	name := key.id.Describe(registry.Protobuf, fmt.Sprint(indexes(key.path)))
	failed := func(err error) *reading {
		if cause, ok := registry.Refused(err); ok {
			return &reading{err: deserializing(key.topic, registry.Serialization(cause, "Error retrieving Protobuf schema for id %s", name))}
		}
		return &reading{err: fmt.Errorf("topic %s, %s: %w", key.topic, c.link.Part, err)}
	}
	broken := func(err error) *reading {
		return &reading{err: deserializing(key.topic, registry.Serialization(err, "Error deserializing Protobuf message for id %s", name))}
	}
	got, subject, err := c.link.Met(ctx, key.id, key.topic)
	if err != nil {
		return failed(err)
	}
	if got.Type != registry.Protobuf {
		return &reading{err: tasks.BadRecord(tasks.NewException("java.lang.ClassCastException", "the schema of id %d is of type %s, not PROTOBUF", key.id.Number, got.Type))}
	}
	f, err := c.parse(ctx, got)
	if err != nil {
		if _, ok := registry.Refused(err); ok || tasks.KindOf(err) == tasks.KindRetriable {
			return failed(err)
		}
		return broken(err)
	}
	m := f.byIndexes(indexes(key.path))
	if m == nil {
		return broken(tasks.NewException(illegalArgument, "Invalid message indexes: %v", indexes(key.path)))
	}
	if subject == "" {
		if subject, err = c.link.Subjects.Of(key.topic, m.full); err != nil {
			return broken(err)
		}
	}
	found, err := c.link.LookUp(ctx, subject, registry.Schema{Text: got.Text, Type: registry.Protobuf, References: got.References}, false)
	if err != nil {
		return failed(err)
	}
	return newReading(m, c.o, found.Version, name)
}

// parse parses a registered schema with all that it refers to.
func (c *Converter) parse(ctx context.Context, got *registry.Registered) (*file, error) {
	refs, err := c.link.References(ctx, got.References)
	if err != nil {
		return nil, err
	}
	imports := map[string]string{}
	for _, r := range refs {
		imports[r.Name] = r.Text
	}
	f, err := parseSchema(got.Text, imports)
	if err != nil {
		return nil, tasks.NewException(illegalArgument, "Invalid protobuf schema definition: %v", err)
	}
	return f, nil
}

// newReading compiles a message.
func newReading(m *message, o Options, version int32, name string) *reading {
	s, err := schemaOf(m, o, &version)
	if err != nil {
		return &reading{err: err}
	}
	rd := &reading{schema: s, name: name, slot: -1}
	if s.Type != tasks.StructType {
		var slots []int
		rd.plan, slots = parts(m, partNames(toScalar))
		rd.slot = slots[0]
		return rd
	}
	rd.plan = (&planner{o: o, made: map[planKey]*messagePlan{}}).plan(m, s)
	return rd
}
