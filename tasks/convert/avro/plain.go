package avro

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
)

// plain converts data of one schema from a file, without a registry and without an id before the data. Not safe for
// concurrent use.
type plain struct {
	o       Options
	schema  *Schema
	decoder *Decoder
	writers map[*tasks.Schema]*Encoder
}

func newPlain(text string, o Options) (*plain, error) {
	s, err := Parse(text)
	if err != nil {
		return nil, err
	}
	d, err := NewDecoder(s, o, nil)
	if err != nil {
		return nil, err
	}
	return &plain{o, s, d, map[*tasks.Schema]*Encoder{}}, nil
}

// ToConnect implements [tasks.Converter].
func (p *plain) ToConnect(_ context.Context, a *tasks.Arena, topic string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	v, rest, err := p.decoder.Decode(a, data)
	switch {
	case err != nil:
		return nil, tasks.Null, deserializing(topic, err)
	case len(rest) > 0:
		return nil, tasks.Null, deserializing(topic, fmt.Errorf("%d bytes follow the value; is it of the schema of schema.file?", len(rest)))
	}
	return p.decoder.Schema, v, nil
}

// FromConnect implements [tasks.Converter]: what the file's schema cannot hold is refused.
func (p *plain) FromConnect(_ context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if s == nil && v.IsNull() {
		return nil, nil
	}
	e, ok := p.writers[s]
	if !ok {
		own, err := NewEncoder(s, p.o)
		if err != nil {
			return nil, err
		}
		if e, err = newProjection(p.schema, own, s, p.o); err != nil {
			return nil, tasks.DataException("Failed to serialize Avro data from topic %s:", topic).WithCause(
				fmt.Errorf("the schema of schema.file does not fit the data: %w", err))
		}
		if len(p.writers) >= maxWriters {
			clear(p.writers)
		}
		p.writers[s] = e
	}
	return e.Append(dst, v)
}
