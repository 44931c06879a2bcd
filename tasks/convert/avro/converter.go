package avro

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Converter is Confluent's AvroConverter. Not safe for concurrent use. What it asked the registry for it keeps, also that
// an id is unknown, so that one lease never asks twice.
type Converter struct {
	o        Options
	registry *Registry
	isKey    bool
	strategy string
	prop     func(string) bool
	useID    int32

	readers map[readerKey]*reading
	last    *reading // the one met last, found without a look-up
	lastKey readerKey
	writers map[*tasks.Schema]*writing
	ids     map[string]*Registered // by subject and text
}

type readerKey struct {
	id    int32
	guid  string
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
	if err := checkURLs(c.List("schema.registry.url")); err != nil {
		return nil, err
	}
	r, err := NewRegistry(c)
	if err != nil {
		return nil, err
	}
	part := "value"
	if isKey {
		part = "key"
	}
	if id := c.String(part + ".schema.id.serializer"); id != prefixSerializer {
		return nil, tasks.ConfigException("Invalid value %s for configuration %s.schema.id.serializer: only %s is supported", id, part, prefixSerializer)
	}
	return &Converter{
		o: optionsOf(c), registry: r, isKey: isKey, prop: c.Bool, useID: int32(c.Int("use.schema.id")),
		strategy: strings.TrimPrefix(c.String(part+".subject.name.strategy"), strategies),
		readers:  map[readerKey]*reading{}, writers: map[*tasks.Schema]*writing{}, ids: map[string]*Registered{},
	}, nil
}

func (c *Converter) part() string {
	if c.isKey {
		return "key"
	}
	return "value"
}

func deserializing(topic string, cause error) error {
	return tasks.DataException("Failed to deserialize data for topic %s to Avro:", topic).WithCause(cause)
}

func serialization(cause error, format string, args ...any) error {
	return tasks.NewException(tasks.SerializationException, format, args...).WithCause(cause)
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
		return nil, tasks.Null, deserializing(topic, serialization(err, "Error deserializing Avro message for id %s", rd.name))
	}
	if v.IsNull() {
		return nil, tasks.Null, tasks.NewException("java.lang.NullPointerException", "the %s of topic %s is Avro's null, which the converter cannot return", c.part(), topic)
	}
	return rd.decoder.Schema, v, nil
}

// rawBytes returns a root of bytes, which is written without its length.
func (d *Decoder) rawBytes(a *tasks.Arena, body []byte) (tasks.Value, error) {
	if d.root.step != readDecimal {
		return tasks.NewBytes(body), nil
	}
	r := reader{a: a}
	v := r.decimal(d.root, body)
	return v, r.err
}

// find returns the schema that the data names, and the data's body.
func (c *Converter) find(ctx context.Context, topic string, headers []tasks.RawHeader, data []byte) (*reading, []byte, error) {
	key, body, err := c.schemaID(headers, data)
	if err != nil {
		return nil, nil, deserializing(topic, serialization(err, "Error deserializing schema ID"))
	}
	key.topic = topic
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

func underflow() error { return &tasks.Exception{Class: "java.nio.BufferUnderflowException"} }

func (c *Converter) schemaID(headers []tasks.RawHeader, data []byte) (readerKey, []byte, error) {
	name := "__" + c.part() + "_schema_id"
	for i := len(headers) - 1; i >= 0; i-- {
		if h := headers[i]; h.Key == name && h.Value != nil {
			return headerSchemaID(h.Value, data)
		}
	}
	switch {
	case len(data) == 0:
		return readerKey{}, nil, underflow()
	case data[0] == 1 && len(data) >= 17:
		return readerKey{guid: guidText(data[1:17])}, data[17:], nil
	case data[0] == 1:
		return readerKey{}, nil, underflow()
	case data[0] != 0:
		return readerKey{}, nil, tasks.NewException("java.lang.IllegalArgumentException", "Unknown magic byte!")
	case len(data) < 5:
		return readerKey{}, nil, underflow()
	}
	return readerKey{id: int32(binary.BigEndian.Uint32(data[1:5]))}, data[5:], nil
}

func headerSchemaID(h, data []byte) (readerKey, []byte, error) {
	switch {
	case len(h) == 0:
		return readerKey{}, nil, underflow()
	case h[0] == 1 && len(h) >= 17:
		return readerKey{guid: guidText(h[1:17])}, data, nil
	case h[0] == 0 && len(h) >= 5:
		return readerKey{id: int32(binary.BigEndian.Uint32(h[1:5]))}, data, nil
	case h[0] > 1:
		return readerKey{}, nil, tasks.NewException("java.lang.IllegalArgumentException", "Unknown magic byte!")
	}
	return readerKey{}, nil, underflow()
}

// guidText writes 16 bytes as a UUID.
func guidText(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
