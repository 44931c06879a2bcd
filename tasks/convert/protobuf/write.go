package protobuf

import (
	"context"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// maxWriters bounds the schemas that are remembered by identity; a transform that makes one for each record gains nothing.
const maxWriters = 1000

// writing is what is known of a schema whose values are written.
type writing struct {
	*written
	plan    *structPlan // of a struct
	one     valuePlan   // of any other value
	targets map[string]target
}

// target is under which schema, and which path in it, values are written.
type target struct {
	id   registry.ID
	path []byte
}

// FromConnect implements [tasks.Converter].
func (c *Converter) FromConnect(ctx context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	c.link.Wire.Reset()
	if s == nil {
		if v.IsNull() {
			return nil, nil
		}
		return nil, tasks.NewException(nullPointer, "the %s of topic %s has no schema, which Protobuf needs", c.link.Part, topic)
	}
	w, err := c.writer(s)
	if err != nil || v.IsNull() {
		return nil, err
	}
	body, set, err := c.encoder.root(w, v)
	if err != nil || !set {
		return nil, err
	}
	to, ok := w.targets[topic]
	if !ok {
		if to, err = c.target(ctx, topic, w); err != nil {
			return nil, c.failedWrite(topic, err)
		}
		w.targets[topic] = to
	}
	if dst, err = c.link.Wire.Begin(dst, to.id, to.path); err != nil {
		return nil, c.failedWrite(topic, err)
	}
	if dst == nil {
		dst = []byte{}
	}
	return append(dst, body...), nil
}

// AddedHeaders implements [tasks.HeaderAdder].
func (c *Converter) AddedHeaders() []tasks.RawHeader { return c.link.Wire.Added() }

func (c *Converter) failedWrite(topic string, err error) error {
	if e, ok := errors.AsType[*tasks.Exception](err); ok && e.Class == tasks.SerializationException && tasks.KindOf(err) == tasks.KindBadRecord {
		return tasks.DataException("Failed to serialize Protobuf data from topic %s:", topic).WithCause(err)
	}
	return err
}

func (c *Converter) writer(s *tasks.Schema) (*writing, error) {
	if w, ok := c.writers[s]; ok {
		return w, nil
	}
	w, err := newWriting(s, c.o)
	if err != nil {
		return nil, err
	}
	if len(c.writers) >= maxWriters {
		clear(c.writers)
	}
	c.writers[s] = w
	return w, nil
}

// newWriting compiles a schema.
func newWriting(s *tasks.Schema, o Options) (*writing, error) {
	to, err := schemaFor(s, o)
	if err != nil {
		return nil, err
	}
	w := &writing{written: to, targets: map[string]target{}}
	p := &encodePlanner{o: o, made: map[structKey]*structPlan{}, open: map[*tasks.Schema]int{}}
	if to.root != nil {
		w.plan = p.structure(s, to.root)
		return w, nil
	}
	w.one = valuePlan{schema: s, class: p.class(s)}
	return w, nil
}

// root returns a message without id, valid until the next call; set is false when Java's converter has null for it.
func (e *encoder) root(w *writing, v tasks.Value) (body []byte, set bool, err error) {
	e.buf, e.depth = e.buf[:0], 0
	switch {
	case w.plan != nil && isUnion(w.plan.schema):
		return nil, false, tasks.DataException("Unsupported object of class %s$Pair", namespace+".ProtobufData")
	case w.plan != nil:
		e.buf, err = e.structure(e.buf, w.plan, v)
	case w.one.class == classEnum:
		if w.one.schema.Type == tasks.String && v.Kind() != tasks.KindString {
			return nil, false, invalidType(w.one.schema, v)
		}
		return nil, false, nil // the wrappers' file has no enum of any name
	case w.one.class >= classDecimal:
		e.buf, err = appendLogical(e.buf, &w.one, v)
	default:
		e.buf, err = appendWrapped(e.buf, &w.one, v)
	}
	return e.buf, true, err
}

// message returns the full name of the message that w's values are written as, which the schema need not have.
func (w *writing) message() string {
	switch {
	case w.plan != nil:
		return w.full
	case w.one.class >= classDecimal:
		return logicalType(w.one.schema)
	case w.one.class == classInt:
		return "google.protobuf.Int32Value"
	}
	return w.full
}

// target returns what w's values are written under in a topic.
func (c *Converter) target(ctx context.Context, topic string, w *writing) (target, error) {
	subject, err := c.link.Subjects.Of(topic, w.full)
	if err != nil {
		return target{}, err
	}
	key := subject + "\x00" + w.text
	got, ok := c.ids[key]
	if !ok {
		if got, err = c.ask(ctx, subject, w); err != nil {
			return target{}, err
		}
		c.ids[key] = got
	}
	f := w.file
	if !got.Own {
		if f, err = c.parse(ctx, got.Registered); err != nil {
			return target{}, err
		}
	}
	return target{got.ID(), appendPath(nil, f.indexes(w.message()))}, nil
}

// ask finds the schema to write under.
func (c *Converter) ask(ctx context.Context, subject string, w *writing) (registry.Written, error) {
	got, err := c.link.Asker.Ask(ctx, subject, registry.Schema{Text: w.text, Type: registry.Protobuf}, registry.Texts{
		Register: "Error registering Protobuf schema: ", LookUp: "Error retrieving Protobuf schema: ",
		ByID: "Error retrieving schema ID", Latest: "Error retrieving latest version: "})
	if err == nil && got.Strict != "" {
		err = c.compatible(ctx, got.Registered, w, got.Strict)
	}
	return got, err
}

// compatible checks that readers of a registered schema can read what w writes.
func (c *Converter) compatible(ctx context.Context, got *registry.Registered, w *writing, key string) error {
	f, err := c.parse(ctx, got)
	if err == nil {
		if why := incompatible(w.file, f); why != "" {
			err = tasks.NewException("java.io.IOException", "schema %d cannot read the data: %s; %s=false writes it all the same", got.ID, why, key)
		}
	}
	if err != nil {
		return registry.Serialization(err, "Error serializing Protobuf message")
	}
	return nil
}
