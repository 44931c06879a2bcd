package jsonschema

import (
	"context"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

type writing struct {
	plan    *plan
	text    string
	targets map[string]target // by topic
}

// target is under which schema values are written.
type target struct {
	id     registry.ID
	checks *checker
}

// AddedHeaders implements [tasks.HeaderAdder].
func (c *Converter) AddedHeaders() []tasks.RawHeader { return c.link.Wire.Added() }

// FromConnect implements [tasks.Converter].
func (c *Converter) FromConnect(ctx context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	c.link.Wire.Reset()
	if s == nil {
		if v.IsNull() {
			return nil, nil
		}
		return nil, failedWrite(topic, registry.Serialization(tasks.NewException("java.lang.NullPointerException", "there is no schema"),
			"Error serializing JSON message"))
	}
	w, err := c.writer(s)
	if err != nil {
		return nil, err
	}
	if v.IsNull() && !s.Optional && (!w.plan.hasDefault || c.o.ignoreDefaults) {
		return nil, nil
	}
	to, ok := w.targets[topic]
	if !ok {
		// A value that cannot be written registers no schema.
		if _, _, err := c.encoder.append(nil, w.plan, v); err != nil {
			return nil, err
		}
		if to, err = c.target(ctx, topic, w); err != nil {
			return nil, failedWrite(topic, err)
		}
		w.targets[topic] = to
	}
	if dst, err = c.link.Wire.Begin(dst, to.id, nil); err != nil {
		return nil, failedWrite(topic, err)
	}
	body := len(dst)
	dst, ok, err = c.encoder.append(dst, w.plan, v)
	if err != nil || !ok {
		c.link.Wire.Reset()
		return nil, err
	}
	if to.checks != nil {
		if err := to.checks.check(dst[body:]); err != nil {
			c.link.Wire.Reset()
			return nil, failedWrite(topic, registry.Serialization(registry.Serialization(err, "Validation error in JSON"), "Error serializing JSON message"))
		}
	}
	if c.prop("json.indent.output") {
		dst = append(dst[:body], indent(dst[body:])...)
	}
	return dst, nil
}

func failedWrite(topic string, err error) error {
	if e, ok := errors.AsType[*tasks.Exception](err); ok && e.Class == tasks.SerializationException && tasks.KindOf(err) == tasks.KindBadRecord {
		return tasks.DataException("Converting Kafka Connect data to byte[] failed due to serialization error of topic %s: ", topic).WithCause(err)
	}
	return err
}

func (c *Converter) writer(s *tasks.Schema) (*writing, error) {
	if w, ok := c.writers[s]; ok {
		return w, nil
	}
	text, err := schemaText(s, c.o)
	if err != nil {
		return nil, err
	}
	if len(c.writers) >= c.cache {
		clear(c.writers)
	}
	w := &writing{plan: compiler{}.plan(s), text: text, targets: map[string]target{}}
	c.writers[s] = w
	return w, nil
}

// target returns what w's values are written under in a topic.
func (c *Converter) target(ctx context.Context, topic string, w *writing) (target, error) {
	root, err := parseDocument(w.text)
	if err != nil {
		return target{}, registry.Serialization(err, "Error serializing JSON message")
	}
	title, _ := root.string("title")
	subject, err := c.link.Subjects.Of(topic, title)
	if err != nil {
		return target{}, err
	}
	key := subject + "\x00" + w.text
	to, ok := c.ids[key]
	if !ok {
		if to, err = c.ask(ctx, subject, w.text); err != nil {
			return target{}, err
		}
		c.ids[key] = to
	}
	return to, nil
}

// ask finds the schema to write under.
func (c *Converter) ask(ctx context.Context, subject, text string) (to target, err error) {
	got, err := c.link.Asker.Ask(ctx, subject, registry.Schema{Text: text, Type: registry.JSON}, registry.Texts{
		Register: "Error registering JSON schema: ", LookUp: "Error retrieving JSON schema: ",
		ByID: "Error retrieving schema ID", Latest: "Error retrieving latest version: "})
	if err != nil {
		return to, err
	}
	refs := map[string]string{}
	if !got.Own {
		if refs, err = c.references(ctx, got.References); err != nil {
			if cause, ok := registry.Refused(err); ok {
				err = registry.Serialization(cause, "Error retrieving the references of the JSON schema of subject %s", subject)
			}
			return to, err
		}
	}
	if got.Strict != "" && !reads(got.Text, refs, text) {
		return to, registry.Serialization(tasks.NewException("java.io.IOException", "Incompatible schema of type 'JSON'. Set %s=false to disable this check. "+
			"See log file for more details.", got.Strict), "Error serializing JSON message")
	}
	to.id = got.ID()
	if c.prop("json.fail.invalid.schema") {
		if !got.Own {
			to.checks, err = newChecker(got.Text, refs)
		} else {
			to.checks, err = newOwnChecker(text)
		}
		if err != nil {
			return to, registry.Serialization(err, "Error serializing JSON message")
		}
	}
	return to, nil
}
