package avro

import (
	"context"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Converter is Confluent's AvroConverter. Not safe for concurrent use. What it asked the registry for it keeps, also that
// an id is unknown, so that one lease never asks twice.
type Converter struct {
	o    Options
	link *registry.Link

	readers map[readerKey]*reading
	last    *reading // the one met last, found without a look-up
	lastKey readerKey
	writers map[*tasks.Schema]*writing
	ids     map[string]registry.Written // by subject and text
}

type readerKey struct {
	id    registry.ID
	topic string
}

// reading is what is known of a schema that was met in data.
type reading struct {
	decoder *Decoder
	avro    *Schema
	text    string
	name    string // how errors call it
	raw     bool   // the body is the bytes themselves
	err     error
	scan    *scanPlan
	asked   bool
	accept  bool
}

type writing struct {
	encoder *Encoder
	text    string
	targets map[string]target // by topic
}

// New returns the converter; props are those without the prefix. It does not connect. An error is Kafka's ConfigException.
func New(props map[string]string, isKey bool) (tasks.Converter, error) {
	c, errs := configDef().Parse(props)
	if len(errs) > 0 {
		return nil, tasks.ConfigException("%s", errs[0].Message)
	}
	text, ok, err := registry.SchemaFile(c)
	if err != nil {
		return nil, err
	}
	if ok {
		p, err := newPlain(text, optionsOf(c))
		if err != nil {
			return nil, registry.BadFile(c, err)
		}
		return p, nil
	}
	link, err := registry.NewLink(c, isKey)
	if err != nil {
		return nil, err
	}
	return &Converter{
		o: optionsOf(c), link: link,
		readers: map[readerKey]*reading{}, writers: map[*tasks.Schema]*writing{}, ids: map[string]registry.Written{},
	}, nil
}

func deserializing(topic string, cause error) error {
	return tasks.DataException("Failed to deserialize data for topic %s to Avro:", topic).WithCause(cause)
}

// ToConnect implements [tasks.Converter].
func (c *Converter) ToConnect(ctx context.Context, a *tasks.Arena, topic string, headers []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	rd, body, err := c.find(ctx, topic, headers, data)
	if err != nil {
		return nil, tasks.Null, err
	}
	if rd.raw {
		v, err := rd.decoder.rawBytes(a, body)
		return rd.decoder.Schema, v, err
	}
	v, _, err := rd.decoder.Decode(a, body)
	if err != nil {
		if e, ok := errors.AsType[*tasks.Exception](err); ok && e.Class == tasks.DataExceptionClass {
			return nil, tasks.Null, err
		}
		return nil, tasks.Null, deserializing(topic, registry.Serialization(err, "Error deserializing Avro message for id %s", rd.name))
	}
	if v.IsNull() {
		return nil, tasks.Null, tasks.NewException("java.lang.NullPointerException", "the %s of topic %s is Avro's null, which the converter cannot return", c.link.Part, topic)
	}
	return rd.decoder.Schema, v, nil
}

// rawBytes returns a root of bytes, which is written without its length.
func (d *Decoder) rawBytes(a *tasks.Arena, body []byte) (tasks.Value, error) {
	if d.root.step != readDecimal {
		return tasks.NewBuffer(body), nil
	}
	r := reader{a: a}
	v := r.decimal(d.root, body)
	return v, r.err
}

// find returns the schema that the data names, and the data's body.
func (c *Converter) find(ctx context.Context, topic string, headers []tasks.RawHeader, data []byte) (*reading, []byte, error) {
	framed, err := c.link.Wire.Unframe(headers, data)
	if err != nil {
		return nil, nil, deserializing(topic, registry.Serialization(err, "Error deserializing schema ID"))
	}
	key, body := readerKey{framed.ID, topic}, framed.Body
	if c.last != nil && c.lastKey == key {
		return c.last, body, c.last.err
	}
	rd, ok := c.readers[key]
	if !ok {
		rd = c.fetch(ctx, key)
		if rd.err != nil && tasks.KindOf(rd.err) != tasks.KindBadRecord {
			return nil, nil, rd.err // it may be another answer next time
		}
		c.readers[key] = rd
	}
	c.last, c.lastKey = rd, key
	return rd, body, rd.err
}
