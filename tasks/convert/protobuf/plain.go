package protobuf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// messageKey names the message of the schema file.
const messageKey = "schema.message"

// plain converts data of one message of a schema file, without a registry and without an id before the data. Not safe for
// concurrent use.
type plain struct {
	reading *reading
	writing *writing
	decoder decoder
	encoder encoder
}

// newPlain compiles a message, the first one of the file when no name is given. What the file imports lies beside it.
func newPlain(c tasks.Config, text string) (*plain, error) {
	imports := map[string]string{}
	if err := imported(filepath.Dir(c.String(registry.FileKey().Name)), text, imports); err != nil {
		return nil, registry.BadFile(c, err)
	}
	f, err := parseSchema(text, imports)
	if err != nil {
		return nil, registry.BadFile(c, err)
	}
	m := f.messageOf(c.String(messageKey))
	if m == nil {
		return nil, tasks.ConfigException("Invalid value %s for configuration %s: the schema file has no such message", c.String(messageKey), messageKey)
	}
	p := &plain{reading: newReading(m, optionsOf(c), 1, m.full)}
	if p.reading.err != nil {
		return nil, registry.BadFile(c, p.reading.err)
	}
	if p.writing, err = newWriting(p.reading.schema, optionsOf(c)); err != nil {
		return nil, registry.BadFile(c, err)
	}
	return p, nil
}

// imported reads what a schema imports, and what that imports. What is not there is no error until a type of it is needed.
func imported(dir, text string, into map[string]string) error {
	f, err := parse(text)
	if err != nil {
		return err
	}
	for _, name := range f.imports {
		if _, ok := into[name]; ok || wellKnown(name) != "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		into[name] = string(data)
		if err := imported(dir, string(data), into); err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
	}
	return nil
}

// messageOf finds a message by its full name, or by that without the package; the first one when the name is empty.
func (f *file) messageOf(name string) *message {
	var find func(list []*message) *message
	find = func(list []*message) *message {
		for _, m := range list {
			if !m.entry && (name == "" || m.full == name || strings.TrimPrefix(m.full, f.pkg+".") == name) {
				return m
			}
			if found := find(m.messages); found != nil {
				return found
			}
		}
		return nil
	}
	return find(f.messages)
}

// ToConnect implements [tasks.Converter].
func (p *plain) ToConnect(_ context.Context, a *tasks.Arena, topic string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	v, err := p.decoder.decode(a, p.reading, data)
	if err != nil {
		return nil, tasks.Null, deserializing(topic, registry.Serialization(err, "Error deserializing Protobuf message %s", p.reading.name))
	}
	return p.reading.schema, v, nil
}

// FromConnect implements [tasks.Converter]: fields are found by their names, and what the message cannot hold is refused.
func (p *plain) FromConnect(_ context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	if s != p.reading.schema {
		var err error
		if v, err = fit(p.reading.schema, v, ""); err != nil {
			return nil, tasks.DataException("Failed to serialize Protobuf data from topic %s:", topic).WithCause(
				fmt.Errorf("the message %s does not fit the data: %w", p.reading.name, err))
		}
	}
	body, set, err := p.encoder.root(p.writing, v)
	if err != nil || !set {
		return nil, err
	}
	if dst == nil {
		dst = []byte{}
	}
	return append(dst, body...), nil
}
