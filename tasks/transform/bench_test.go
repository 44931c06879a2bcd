package transform_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

var row = []byte(`{"id":123456,"name":"a name of some length","amount":1234.56,"currency":"EUR","customer":{"id":77,"city":"Zürich","zip":"8001"},` +
	`"at":1700000000123,"note":"some more text, so that the row is as long as rows are","tags":["x","y","z"],"active":true,"source":"web"}`)

// five are the transforms of the chain that is measured.
var five = map[string]string{
	"transforms":        "a,b,c,d,e",
	"transforms.a.type": pkg + "InsertField$Value", "transforms.a.topic.field": "topic", "transforms.a.offset.field": "offset",
	"transforms.b.type": pkg + "ReplaceField$Value", "transforms.b.exclude": "note", "transforms.b.renames": "name:title",
	"transforms.c.type": pkg + "MaskField$Value", "transforms.c.fields": "source",
	"transforms.d.type": pkg + "Cast$Value", "transforms.d.spec": "id:int32",
	"transforms.e.type": "RegexRouter", "transforms.e.regex": "(.*)", "transforms.e.replacement": "new-$1",
}

// BenchmarkChain reads and writes JSON, with no transform and with five between.
func BenchmarkChain(b *testing.B) {
	for _, c := range []struct {
		name  string
		props map[string]string
	}{{"none", nil}, {"five", five}} {
		b.Run(c.name, func(b *testing.B) {
			chain, err := transform.New(c.props, tasks.SinkKind)
			if err != nil {
				b.Fatal(err)
			}
			json, err := convert.New(convert.JSONClass, map[string]string{"schemas.enable": "false"}, false)
			if err != nil {
				b.Fatal(err)
			}
			a, out := new(tasks.Arena), []byte(nil)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%1000 == 0 {
					a.Reset()
				}
				r := tasks.Record{Topic: "orders", Timestamp: 1}
				if r.ValueSchema, r.Value, err = json.ToConnect(b.Context(), a, r.Topic, nil, row); err != nil {
					b.Fatal(err)
				}
				if _, _, _, err := chain.Apply(a, &r); err != nil {
					b.Fatal(err)
				}
				if out, err = json.FromConnect(b.Context(), out[:0], r.Topic, r.ValueSchema, r.Value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
