package jsonschema

import (
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

// Schemas may nest, refer to themselves and ask for much; so may data.
func TestBounds(t *testing.T) {
	for name, c := range map[string][2]string{
		"nested arrays":      {strings.Repeat(`{"type":"array","items":`, 50_000) + "{}" + strings.Repeat("}", 50_000), "[]"},
		"nested 900 deep":    {strings.Repeat(`{"type":"array","items":`, 450) + `{"type":"integer"}` + strings.Repeat("}", 450), strings.Repeat("[", 450) + "1" + strings.Repeat("]", 450)},
		"references in turn": {`{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}`, "1"},
		"allOf of itself":    {`{"allOf":[{"$ref":"#"},{"$ref":"#"}]}`, "1"},
		"many references": {`{"definitions":{"a":{"properties":{"x":{"$ref":"#/definitions/b"},"y":{"$ref":"#/definitions/b"}}},"b":{"properties":{"x":{"$ref":"#/definitions/c"},"y":{"$ref":"#/definitions/c"}}},` +
			`"c":{"properties":{"x":{"$ref":"#/definitions/a"},"y":{"$ref":"#/definitions/a"}}}},"$ref":"#/definitions/a"}`, `{"x":{"y":{"x":null}}}`},
		"recursive data":    {`{"type":"object","properties":{"n":{"oneOf":[{"type":"null"},{"$ref":"#"}]}}}`, strings.Repeat(`{"n":`, 500) + "null" + strings.Repeat("}", 500)},
		"deep data":         {`{}`, strings.Repeat("[", 500_000)},
		"big numbers":       {`{"type":"number"}`, "1e999999999"},
		"scale":             {`{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.parameters":{"scale":"2147483647"}}`, "1"},
		"pattern":           {`{"type":"string","pattern":"(a+)+$"}`, `"` + strings.Repeat("a", 40) + `!"`},
		"exponential oneOf": {strings.Repeat(`{"oneOf":[{"type":"integer"},`, 200) + `{"type":"string"}` + strings.Repeat("]}", 200), `"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			tasktest.Bounded(t, len(c[0])+len(c[1]), func() { read(c[0], c[1]) })
		})
	}
}

func read(schema, data string) {
	o := options{}
	s, _, err := load(schema, nil, false)
	if err != nil {
		return
	}
	cs, err := connectSchema(s, o, nil)
	if err != nil || cs == nil {
		return
	}
	p := compiler{}.plan(cs)
	v, err := (&decoder{}).decode(new(tasks.Arena), p, []byte(data))
	if err != nil {
		return
	}
	_, _, _ = newEncoder(o).append(nil, p, v)
}
