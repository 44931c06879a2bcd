package avro

import (
	"context"
	"fmt"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// restException is the Java client's exception for what the registry refused.
const restException = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException"

// refused returns err as the Java client's exception when the registry answered it; ok is false when it did not answer.
func refused(err error) (error, bool) {
	a, ok := err.(*Answer) //nolint:errorlint // one that is marked as something else is no refusal
	if !ok {
		return err, false
	}
	return tasks.NewException(restException, "%s; error code: %d", a.Message, a.Code), true
}

func (k readerKey) String() string {
	id, guid := strconv.Itoa(int(k.id)), "null"
	if k.guid != "" {
		id, guid = "null", k.guid
	}
	return fmt.Sprintf("SchemaId{schemaType='AVRO', id=%s, guid='%s', messageIndexes=null}", id, guid)
}

// fetch gets a schema and its version and compiles it. A failure that is the record's is kept in the result.
func (c *Converter) fetch(ctx context.Context, key readerKey) *reading {
	failed := func(err error, what string) *reading {
		if cause, ok := refused(err); ok {
			return &reading{err: deserializing(key.topic, serialization(cause, "Error retrieving Avro %s schema%s for id %s", c.part(), what, key))}
		}
		return &reading{err: fmt.Errorf("topic %s, %s: %w", key.topic, c.part(), err)}
	}
	subject := ""
	if c.byTopic() {
		subject = c.topicSubject(key.topic)
	}
	var got *Registered
	var err error
	if key.guid != "" {
		got, err = c.registry.ByGUID(ctx, key.guid)
	} else {
		got, err = c.registry.ByID(ctx, key.id, subject)
	}
	if err != nil {
		return failed(err, "")
	}
	if got.Type != "" && got.Type != "AVRO" {
		return &reading{err: tasks.BadRecord(tasks.NewException("java.lang.ClassCastException", "the schema of id %d is of type %s, not AVRO", key.id, got.Type))}
	}
	refs, err := c.references(ctx, got.References, 0, map[string]bool{})
	if err != nil {
		return failed(err, "")
	}
	s, err := Parse(got.Text, refs...)
	if err != nil {
		return &reading{err: deserializing(key.topic, serialization(err, "Error retrieving Avro %s schema for id %s", c.part(), key))}
	}
	if subject == "" {
		if subject, err = c.subject(key.topic, s); err != nil {
			return &reading{err: deserializing(key.topic, err)}
		}
	}
	found, err := c.registry.LookUp(ctx, subject, got.Text, got.References, false)
	if err != nil {
		return failed(err, " version")
	}
	d, err := NewDecoder(s, c.o, &found.Version)
	if err != nil {
		return &reading{err: err}
	}
	return &reading{decoder: d, avro: s, text: got.Text, name: key.String(), raw: s.Kind == Bytes}
}

// references returns the texts of the referenced schemas, each after those that it refers to.
func (c *Converter) references(ctx context.Context, refs []Reference, depth int, seen map[string]bool) ([]string, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	var out []string
	for _, ref := range refs {
		key := fmt.Sprintf("%s/%d", ref.Subject, ref.Version)
		if seen[key] {
			continue
		}
		seen[key] = true
		got, err := c.registry.Version(ctx, ref.Subject, strconv.Itoa(int(ref.Version)))
		if err != nil {
			return nil, err
		}
		below, err := c.references(ctx, got.References, depth+1, seen)
		if err != nil {
			return nil, err
		}
		out = append(append(out, below...), got.Text)
	}
	return out, nil
}

// byTopic reports whether a subject follows from the topic alone.
func (c *Converter) byTopic() bool {
	return c.strategy != "RecordNameStrategy" && c.strategy != "TopicRecordNameStrategy"
}

func (c *Converter) topicSubject(topic string) string { return topic + "-" + c.part() }

// subject returns the subject of a schema.
func (c *Converter) subject(topic string, s *Schema) (string, error) {
	if c.byTopic() {
		return c.topicSubject(topic), nil
	}
	if other, _, _ := s.nullable(); other != nil {
		s = other
	}
	if s.Kind != Record {
		return "", tasks.NewException(tasks.SerializationException,
			"In configuration %s.subject.name.strategy = %s%s, the message %s must only be a record schema", c.part(), strategies, c.strategy, c.part())
	}
	if c.strategy == "RecordNameStrategy" {
		return s.Name, nil
	}
	return topic + "-" + s.Name, nil
}
