package avro

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
)

// maxWriters bounds the schemas that are remembered by identity; a transform that makes one for each record gains nothing.
const maxWriters = 1000

// FromConnect implements [tasks.Converter].
func (c *Converter) FromConnect(ctx context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() && (s == nil || s.Optional && (!s.HasDefault || s.Default.IsNull() || c.o.IgnoreDefaults)) {
		return nil, nil
	}
	w, err := c.writer(s)
	if err != nil {
		return nil, err
	}
	id, ok := w.ids[topic]
	if !ok {
		if id, err = c.id(ctx, topic, w); err != nil {
			return nil, c.failedWrite(topic, err)
		}
		w.ids[topic] = id
	}
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(append(dst, 0), uint32(id))
	body := len(dst)
	if dst, err = w.encoder.Append(dst, v); err != nil {
		return nil, c.failedWrite(topic, err)
	}
	if w.encoder.Avro.Kind == Bytes {
		// Bytes at the root go without their length.
		r := reader{b: dst[body:]}
		raw := r.bytes()
		dst = append(dst[:start+5], raw...)
	}
	return dst, nil
}

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
	w := &writing{encoder: e, text: e.Avro.String(), ids: map[string]int32{}}
	c.writers[s] = w
	return w, nil
}

// id returns the id under which w's values are written to a topic.
func (c *Converter) id(ctx context.Context, topic string, w *writing) (int32, error) {
	subject, err := c.subject(topic, w.encoder.Avro)
	if err != nil {
		return 0, err
	}
	key := subject + "\x00" + w.text
	if id, ok := c.ids[key]; ok {
		return id, nil
	}
	id, err := c.ask(ctx, subject, w)
	if err == nil {
		c.ids[key] = id
	}
	return id, err
}

func (c *Converter) ask(ctx context.Context, subject string, w *writing) (int32, error) {
	normalize := c.prop("normalize.schemas")
	var got *Registered
	var err error
	what := "Error retrieving Avro schema"
	switch {
	case c.prop("auto.register.schemas"):
		what = "Error registering Avro schema"
		got, err = c.registry.Register(ctx, subject, w.text, normalize)
	case c.useID >= 0:
		what = "Error retrieving schema ID"
		if got, err = c.registry.ByID(ctx, c.useID, subject); err == nil {
			return got.ID, fits(w, got, "id.compatibility.strict")
		}
	case c.prop("use.latest.version"):
		what = "Error retrieving latest version of Avro schema"
		if got, err = c.registry.Version(ctx, subject, "latest"); err == nil {
			return got.ID, fits(w, got, "latest.compatibility.strict")
		}
	default:
		got, err = c.registry.LookUp(ctx, subject, w.text, nil, normalize)
	}
	if err == nil {
		return got.ID, nil
	}
	if cause, ok := refused(err); ok {
		return 0, serialization(cause, "%s%s", what, w.text)
	}
	return 0, err
}

// fits reports an error when w's bodies are not those of another schema.
func fits(w *writing, got *Registered, option string) error {
	s, err := Parse(got.Text)
	if err == nil && sameBody(s, w.encoder.Avro, map[bodyPair]bool{}) {
		return nil
	}
	return serializing(tasks.NewException("java.io.IOException", "Incompatible schema of type 'AVRO'. Set %s=false to disable this check", option))
}
