package jsonschema

import (
	"context"
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Converter is Confluent's JsonSchemaConverter. Not safe for concurrent use. What it asked the registry for it keeps, also
// that an id is unknown, so that one lease never asks twice.
type Converter struct {
	o     options
	prop  func(string) bool
	link  *registry.Link
	cache int

	readers map[readerKey]*reading
	last    *reading // the one met last, found without a look-up
	lastKey readerKey
	decoder decoder
	encoder encoder
	plans   compiler
	writers map[*tasks.Schema]*writing
	ids     map[string]target // by subject and text
}

var _ tasks.HeaderAdder = (*Converter)(nil)

type readerKey struct {
	id    registry.ID
	topic string
}

// reading is what is known of a schema that was met in data.
type reading struct {
	plan   *plan
	name   string // how errors call it
	checks *checker
	err    error
}

func isNumeric(c tasks.Config) bool { return strings.EqualFold(c.String("decimal.format"), "NUMERIC") }

// New returns the converter; props are those without the prefix. It does not connect. An error is Kafka's ConfigException.
func New(props map[string]string, isKey bool) (tasks.Converter, error) {
	c, errs := configDef().Parse(props)
	if len(errs) > 0 {
		return nil, tasks.ConfigException("%s", errs[0].Message)
	}
	o := optionsOf(c)
	text, ok, err := registry.SchemaFile(c)
	if err != nil {
		return nil, err
	}
	if ok {
		f, err := newPlain(text, o, c.Bool)
		if err != nil {
			return nil, registry.BadFile(c, err)
		}
		return f, nil
	}
	link, err := registry.NewLink(c, isKey)
	if err != nil {
		return nil, err
	}
	return &Converter{
		o: o, link: link, prop: c.Bool, cache: max(1, int(c.Int("schemas.cache.config"))),
		readers: map[readerKey]*reading{}, encoder: newEncoder(o), plans: compiler{},
		writers: map[*tasks.Schema]*writing{}, ids: map[string]target{},
	}, nil
}

func deserializing(topic string, cause error) error {
	return tasks.DataException("Converting byte[] to Kafka Connect data failed due to serialization error of topic %s: ", topic).WithCause(cause)
}

// ToConnect implements [tasks.Converter].
func (c *Converter) ToConnect(ctx context.Context, a *tasks.Arena, topic string, headers []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	framed, err := c.link.Wire.Unframe(headers, data)
	if err != nil {
		name := strings.Replace(registry.ID{}.Describe(registry.JSON, "null"), "id=0", "id=null", 1)
		cause := registry.Serialization(err, "Error deserializing schema ID")
		return nil, tasks.Null, deserializing(topic, registry.Serialization(cause, "Error deserializing JSON message for id %s", name))
	}
	rd, err := c.find(ctx, readerKey{framed.ID, topic})
	if err != nil {
		return nil, tasks.Null, err
	}
	failed := func(cause error) error {
		return deserializing(topic, registry.Serialization(cause, "Error deserializing JSON message for id %s", rd.name))
	}
	if rd.checks != nil {
		if err := rd.checks.check(framed.Body); err != nil {
			return nil, tasks.Null, failed(registry.Serialization(err, "JSON does not match schema of type JSON"))
		}
	}
	v, err := c.decoder.decode(a, rd.plan, framed.Body)
	if err != nil {
		if _, ok := errors.AsType[*tasks.Exception](err); ok {
			return nil, tasks.Null, err
		}
		return nil, tasks.Null, failed(tasks.NewException("com.fasterxml.jackson.core.JsonParseException", "%v", err))
	}
	return rd.plan.schema, v, nil
}

// find returns what is known of the schema that data names.
func (c *Converter) find(ctx context.Context, key readerKey) (*reading, error) {
	if c.last != nil && c.lastKey == key {
		return c.last, c.last.err
	}
	rd, ok := c.readers[key]
	if !ok {
		rd = c.fetch(ctx, key)
		if rd.err != nil && tasks.KindOf(rd.err) != tasks.KindBadRecord {
			return nil, rd.err // it may be another answer next time
		}
		c.readers[key] = rd
	}
	c.last, c.lastKey = rd, key
	return rd, rd.err
}
