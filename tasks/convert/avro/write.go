package avro

import (
	"context"
	"errors"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// maxWriters bounds the schemas that are remembered by identity; a transform that makes one for each record gains nothing.
const maxWriters = 1000

// FromConnect implements [tasks.Converter].
func (c *Converter) FromConnect(ctx context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	c.link.Wire.Reset()
	if v.IsNull() && (s == nil || s.Optional && (!s.HasDefault || s.Default.IsNull() || c.o.IgnoreDefaults)) {
		return nil, nil
	}
	w, err := c.writer(s)
	if err != nil {
		return nil, err
	}
	to, ok := w.targets[topic]
	if !ok {
		if to, err = c.target(ctx, topic, s, w); err != nil {
			return nil, c.failedWrite(topic, err)
		}
		w.targets[topic] = to
	}
	if dst, err = c.link.Wire.Begin(dst, to.id, nil); err != nil {
		return nil, c.failedWrite(topic, err)
	}
	body := len(dst)
	if dst, err = to.encoder.Append(dst, v); err != nil {
		return nil, c.failedWrite(topic, err)
	}
	if to.encoder.Avro.Kind == Bytes {
		// Bytes at the root go without their length.
		r := reader{b: dst[body:]}
		raw := r.bytes()
		dst = append(dst[:body], raw...)
	}
	return dst, nil
}

// AddedHeaders implements [tasks.HeaderAdder].
func (c *Converter) AddedHeaders() []tasks.RawHeader { return c.link.Wire.Added() }

func (c *Converter) failedWrite(topic string, err error) error {
	if e, ok := errors.AsType[*tasks.Exception](err); ok && e.Class == tasks.SerializationException && tasks.KindOf(err) == tasks.KindBadRecord {
		return tasks.DataException("Failed to serialize Avro data from topic %s:", topic).WithCause(err)
	}
	return err
}

func (c *Converter) writer(s *tasks.Schema) (*writing, error) {
	if w, ok := c.writers[s]; ok {
		return w, nil
	}
	e, err := NewEncoder(s, c.o)
	if err != nil {
		return nil, err
	}
	if len(c.writers) >= maxWriters {
		clear(c.writers)
	}
	w := &writing{encoder: e, text: e.Avro.String(), targets: map[string]target{}}
	c.writers[s] = w
	return w, nil
}

// target is under which schema values are written.
type target struct {
	id      registry.ID
	encoder *Encoder
}

// target returns what w's values are written under in a topic.
func (c *Converter) target(ctx context.Context, topic string, s *tasks.Schema, w *writing) (target, error) {
	subject, err := c.subject(topic, w.encoder.Avro)
	if err != nil {
		return target{}, err
	}
	key := subject + "\x00" + w.text
	got, ok := c.ids[key]
	if !ok {
		if got, err = c.ask(ctx, subject, w.text); err != nil {
			return target{}, err
		}
		c.ids[key] = got
	}
	if got.Own {
		return target{got.ID(), w.encoder}, nil
	}
	refs, err := c.references(ctx, got.References)
	if err != nil {
		return target{}, err
	}
	other, err := Parse(got.Text, refs...)
	if err != nil {
		return target{}, serializing(err)
	}
	e, err := newProjection(other, w.encoder, s, c.o)
	if err != nil {
		return target{}, serializing(fmt.Errorf("schema %d of subject %s does not fit the data: %w", got.Registered.ID, subject, err))
	}
	return target{got.ID(), e}, nil
}

// ask finds the schema to write under.
func (c *Converter) ask(ctx context.Context, subject, text string) (registry.Written, error) {
	return c.link.Asker.Ask(ctx, subject, registry.Schema{Text: text}, registry.Texts{
		Register: "Error registering Avro schema", LookUp: "Error retrieving Avro schema",
		ByID: "Error retrieving schema ID", Latest: "Error retrieving latest version of Avro schema"})
}
