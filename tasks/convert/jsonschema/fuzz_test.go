package jsonschema

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// FuzzDecode loads a schema, reads data under it, writes it, and reads that again: nothing panics, and what was read once
// is written.
func FuzzDecode(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"type":"object","properties":{"a":{"type":"integer"},"n":{"oneOf":[{"type":"null"},{"$ref":"#"}]}}}`, `{"a":1,"n":{"a":2,"n":null}}`},
		{`{"oneOf":[{"type":"integer"},{"type":"string"},{"type":"object","properties":{"x":{"type":"number"}}}]}`, `{"x":1e400}`},
		{`{}`, `{"a":[1,2.5,"x",null,true,99999999999999999999]}`},
		{`{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{}}}}`, `[{"key":1,"value":[]}]`},
		{`{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.parameters":{"scale":"2"}}`, `12.34`},
		{`{"allOf":[{"$ref":"#/definitions/A"}],"definitions":{"A":{"properties":{"b":{"enum":["x",1]}}}}}`, `{"b":"x"}`},
		{`{"type":"string","connect.type":"bytes","default":"AQI="}`, `null`},
	} {
		f.Add(seed[0], seed[1], uint8(0))
	}
	f.Fuzz(func(t *testing.T, text, data string, flags uint8) {
		o := options{optionalFields: flags&1 > 0, flattenSingletons: flags&2 > 0, sumTypes: flags&4 > 0, numericDecimals: flags&8 > 0,
			ignoreModern: flags&16 > 0, closed: flags&32 > 0}
		s, _, err := load(text, nil, o.ignoreModern)
		if err != nil {
			return
		}
		cs, err := connectSchema(s, o, nil)
		if err != nil || cs == nil {
			return
		}
		if _, err := schemaText(cs, o); err != nil {
			return
		}
		p := compiler{}.plan(cs)
		v, err := (&decoder{}).decode(new(tasks.Arena), p, []byte(data))
		if err != nil {
			return
		}
		out, ok, err := newEncoder(o).append(nil, p, v)
		if err != nil || !ok {
			return
		}
		if _, err := parseDocument(string(out)); err != nil {
			t.Errorf("%q of %q is no JSON: %v", out, data, err)
		}
	})
}

// FuzzVariant reads Variants of any bytes.
func FuzzVariant(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x01a"), []byte("\x02\x01\x00\x00\x05\x14\x01\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, metadata, value []byte) {
		names, err := readNames(metadata)
		if err != nil {
			return
		}
		r := variantReader{names: names, left: len(value)}
		_, _ = r.append(nil, value)
	})
}
