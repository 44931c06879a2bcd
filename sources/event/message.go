package event

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// Connector makes records of what events bring, by one configuration. For one goroutine.
type Connector struct {
	topic             string
	format, keyFormat string
	object            string
	json              tasks.Converter
	config            tasks.Config
}

// New reads a configuration.
func New(c tasks.Config) (*Connector, error) {
	s := &Connector{topic: c.String(topicKey), format: c.String(formatKey), keyFormat: c.String(keyFormatKey), object: c.String(objectFormatKey), config: c}
	var err error
	s.json, err = convert.New("org.apache.kafka.connect.json.JsonConverter", map[string]string{"schemas.enable": "false"}, false)
	return s, err
}

// Parse is New for properties.
func Parse(props map[string]string) (*Connector, error) {
	c, errs := configDef().Parse(props)
	if len(errs) > 0 {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: %w", props["name"], errs[0]))
	}
	s, err := New(c)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: %w", props["name"], err))
	}
	return s, nil
}

// Message is one payload, with what the platform says of it. Nil bytes are null.
type Message struct {
	// Source is the name of what it came from.
	Source     string
	Key, Value []byte
	// Timestamp is in ms since the epoch; 0 for none.
	Timestamp int64
	Headers   []Header
}

// Header is one attribute of a message: a text, or bytes when it has no text.
type Header struct {
	Key   string
	Text  string
	Bytes []byte
}

// topicOf returns where the records from a source go.
func (c *Connector) topicOf(source string) string {
	return strings.ReplaceAll(c.topic, "${source}", source)
}

// Messages returns a reader of messages from a position of its own, which is how many of them were read.
func (c *Connector) Messages(since tasks.Position, messages ...Message) (tasks.Reader, error) {
	at := 0
	if since != "" {
		rest, ok := strings.CutPrefix(string(since), messagePosition)
		rest, closed := strings.CutSuffix(rest, "}")
		n, err := strconv.Atoi(rest)
		if !ok || !closed || err != nil || n < 0 || n > len(messages) {
			return nil, tasks.Fatal(fmt.Errorf("the stored position %s is not one of these %d messages", since, len(messages)))
		}
		at = n
	}
	return &messageReader{c: c, messages: messages, at: at}, nil
}

const messagePosition = `{"record":`

type messageReader struct {
	c        *Connector
	messages []Message
	at       int
}

var _ tasks.Passer = (*messageReader)(nil)

func (r *messageReader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	out := make([]tasks.Record, 0, min(limit, len(r.messages)-r.at))
	for len(out) < limit && r.at < len(r.messages) {
		rec, err := r.c.Record(ctx, a, &r.messages[r.at])
		if err != nil {
			if len(out) > 0 {
				return out, nil // the next call meets the error again
			}
			return nil, err
		}
		r.at++
		rec.Position = r.position()
		out = append(out, rec)
	}
	if r.at == len(r.messages) {
		return out, io.EOF
	}
	return out, nil
}

func (r *messageReader) position() tasks.Position {
	return tasks.Position(messagePosition + strconv.Itoa(r.at) + "}")
}

// Pass gives up a message that is no record.
func (r *messageReader) Pass() (tasks.Record, error) {
	rec := r.c.Passed(&r.messages[r.at])
	r.at++
	rec.Position = r.position()
	return rec, nil
}

// Passed is what there is of a message that is no record: bytes.
func (c *Connector) Passed(m *Message) tasks.Record {
	rec := c.start(m)
	rec.ValueSchema, rec.Value = tasks.OptionalBytesSchema, bytesOf(m.Value)
	rec.KeySchema, rec.Key = tasks.OptionalBytesSchema, bytesOf(m.Key)
	return rec
}

func (r *messageReader) Committed(context.Context, tasks.Position) error { return nil }
func (r *messageReader) Close() error                                    { return nil }

// start makes a record without key and value.
func (c *Connector) start(m *Message) tasks.Record {
	rec := tasks.Record{Topic: c.topicOf(m.Source), Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp}
	if m.Timestamp > 0 {
		rec.Timestamp, rec.TimestampType = m.Timestamp, tasks.CreateTime
	}
	for _, h := range m.Headers {
		if h.Bytes != nil {
			rec.Headers = append(rec.Headers, tasks.Header{Key: h.Key, Schema: tasks.BytesSchema, Value: tasks.NewBytes(h.Bytes)})
			continue
		}
		rec.Headers = append(rec.Headers, tasks.Header{Key: h.Key, Schema: tasks.StringSchema, Value: tasks.NewString(h.Text)})
	}
	return rec
}

// Record makes the record of a message.
func (c *Connector) Record(ctx context.Context, a *tasks.Arena, m *Message) (rec tasks.Record, err error) {
	rec = c.start(m)
	if rec.KeySchema, rec.Key, err = c.payload(ctx, a, rec.Topic, c.keyFormat, m.Key); err != nil {
		return rec, tasks.BadRecord(tasks.DataException("the key of a message from %s: %s", m.Source, err))
	}
	if rec.ValueSchema, rec.Value, err = c.payload(ctx, a, rec.Topic, c.format, m.Value); err != nil {
		return rec, tasks.BadRecord(tasks.DataException("the payload of a message from %s: %s", m.Source, err))
	}
	return rec, nil
}

// payload makes a value of bytes, in a format.
func (c *Connector) payload(ctx context.Context, a *tasks.Arena, topic, format string, b []byte) (*tasks.Schema, tasks.Value, error) {
	switch {
	case b == nil:
		return nil, tasks.Null, nil
	case format == formatJSON:
		return c.json.ToConnect(ctx, a, topic, nil, b)
	case format == formatBytes:
		return tasks.OptionalBytesSchema, tasks.NewBytes(b), nil
	case !utf8.Valid(b):
		return nil, tasks.Null, fmt.Errorf("it is not UTF-8; set %s=%s to take it as it is", formatKey, formatBytes)
	}
	return tasks.OptionalStringSchema, tasks.NewStringBytes(b), nil
}

func bytesOf(b []byte) tasks.Value {
	if b == nil {
		return tasks.Null
	}
	return tasks.NewBytes(b)
}
