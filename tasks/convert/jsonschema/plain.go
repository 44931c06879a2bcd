package jsonschema

import (
	"context"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// plain converts data of one schema from a file, without a registry and without an id before the data. Not safe for
// concurrent use.
type plain struct {
	plan    *plan
	checks  *checker // nil for none
	decoder decoder
	encoder encoder
	plans   compiler
	indents bool
}

func newPlain(text string, o options, prop func(string) bool) (*plain, error) {
	s, _, err := load(text, nil, o.ignoreModern)
	if err != nil {
		return nil, err
	}
	cs, err := connectSchema(s, o, nil)
	if err != nil {
		return nil, err
	}
	p := &plain{plan: compiler{}.plan(cs), encoder: newEncoder(o), plans: compiler{}, indents: prop("json.indent.output")}
	if prop("json.fail.invalid.schema") {
		p.checks, err = newChecker(text, nil)
	}
	return p, err
}

// ToConnect implements [tasks.Converter].
func (p *plain) ToConnect(_ context.Context, a *tasks.Arena, topic string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	if p.checks != nil {
		if err := p.checks.check(data); err != nil {
			return nil, tasks.Null, deserializing(topic, registry.Serialization(err, "JSON does not match the schema of schema.file"))
		}
	}
	v, err := p.decoder.decode(a, p.plan, data)
	if err == nil {
		return p.plan.schema, v, nil
	}
	if _, ok := errors.AsType[*tasks.Exception](err); ok {
		return nil, tasks.Null, err
	}
	return nil, tasks.Null, deserializing(topic, tasks.NewException("com.fasterxml.jackson.core.JsonParseException", "%v", err))
}

// maxPlans bounds the schemas that are remembered by identity.
const maxPlans = 1000

// FromConnect implements [tasks.Converter]. Data need not be of the file's schema, unless json.fail.invalid.schema asks for it.
func (p *plain) FromConnect(_ context.Context, dst []byte, topic string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if s == nil && v.IsNull() {
		return nil, nil
	}
	if s == nil {
		return nil, failedWrite(topic, registry.Serialization(errors.New("there is no schema"), "Error serializing JSON message"))
	}
	if len(p.plans) > maxPlans {
		clear(p.plans)
	}
	body := len(dst)
	dst, ok, err := p.encoder.append(dst, p.plans.plan(s), v)
	if err != nil || !ok {
		return nil, err
	}
	if p.checks != nil {
		if err := p.checks.check(dst[body:]); err != nil {
			return nil, failedWrite(topic, registry.Serialization(err, "JSON does not match the schema of schema.file"))
		}
	}
	if p.indents {
		dst = append(dst[:body], indent(dst[body:])...)
	}
	return dst, nil
}
