package protobuf

import (
	"context"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Converter is Confluent's ProtobufConverter. Not safe for concurrent use. What it asked the registry for it keeps, also
// that an id is unknown, so that one lease never asks twice.
type Converter struct {
	o    Options
	link *registry.Link

	decoder decoder
	readers map[readerKey]*reading
	last    *reading // the one met last, found without a look-up
	lastKey readerKey
	writers map[*tasks.Schema]*writing
	ids     map[string]registry.Written // by subject and text
	encoder encoder
}

// readerKey names a message: a schema, and the path to the message in it as the data has it.
type readerKey struct {
	id    registry.ID
	topic string
	path  string
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
		return newPlain(c, text)
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
	return tasks.DataException("Failed to deserialize data for topic %s to Protobuf:", topic).WithCause(cause)
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
	v, err := c.decoder.decode(a, rd, body)
	if err != nil {
		if e, ok := errors.AsType[*tasks.Exception](err); ok && e.Class == invalidProtocolBuffer {
			err = deserializing(topic, registry.Serialization(err, "Error deserializing Protobuf message for id %s", rd.name))
		}
		return nil, tasks.Null, err
	}
	return rd.schema, v, nil
}

// find returns the message that the data names, and the data's body.
func (c *Converter) find(ctx context.Context, topic string, headers []tasks.RawHeader, data []byte) (*reading, []byte, error) {
	framed, err := c.link.Wire.Unframe(headers, data)
	var path, body []byte
	if err == nil {
		if path, body, err = splitPath(framed.Tail); framed.InHeader {
			body = framed.Body
		}
	}
	if err != nil {
		return nil, nil, deserializing(topic, registry.Serialization(err, "Error deserializing schema ID"))
	}
	if c.last != nil && c.lastKey.id == framed.ID && c.lastKey.topic == topic && c.lastKey.path == string(path) {
		return c.last, body, c.last.err
	}
	key := readerKey{framed.ID, topic, string(path)}
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
