package avro_test

import (
	"bytes"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// FuzzParse asks that no text upsets the parser, and that a schema's own text means the same.
func FuzzParse(f *testing.F) {
	f.Add(strikeText)
	f.Add(everything)
	f.Add(`["null",{"type":"fixed","name":"x.F","size":3}]`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := avro.Parse(text)
		if err != nil {
			return
		}
		again, err := avro.Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%s: %v, then %s", s, err, again)
		}
		d, err := avro.NewDecoder(s, avro.DefaultOptions(), nil)
		if err != nil || d.Schema == nil {
			return
		}
		_, _ = avro.NewEncoder(d.Schema, avro.DefaultOptions())
	})
}

// everything has all that a body can be made of.
const everything = `{"type":"record","name":"R","fields":[{"name":"b","type":"boolean"},{"name":"i","type":"int"},` +
	`{"name":"t","type":{"type":"int","connect.type":"int8"}},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},` +
	`{"name":"s","type":"string"},{"name":"y","type":"bytes"},{"name":"x","type":{"type":"fixed","name":"X","size":2}},` +
	`{"name":"o","type":["null","string"],"default":null},{"name":"a","type":{"type":"array","items":["null","int"]}},` +
	`{"name":"m","type":{"type":"map","values":"int"}},{"name":"u","type":["null","int","string"],"default":null},` +
	`{"name":"q","type":[{"type":"int","connect.default":5},"null"],"default":5},` +
	`{"name":"day","type":{"type":"int","logicalType":"date"}},{"name":"clock","type":{"type":"int","logicalType":"time-millis"}},` +
	`{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},` +
	`{"name":"n","type":{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"],"default":null}]}}]}`

// FuzzTranscode asks that the decoder survives any body, and that a body which passes is what decoding and encoding yields.
func FuzzTranscode(f *testing.F) {
	f.Add([]byte{1, 2, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 0, 1, 2, 0, 0, 0, 0, 0, 2, 2, 4, 6, 0})
	f.Add([]byte{1, 2, 4, 6, 0, 0, 0xc0, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 0, 1, 2, 2, 0, 2, 0, 0, 4, 2, 'a', 2, 2, 'a', 2, 0, 4, 0, 0, 2, 2, 4, 6, 0})
	d := decoder(f, everything)
	e := encoder(f, d.Schema)
	scan := avro.Scan(d, parse(f, everything))
	a := &tasks.Arena{}
	f.Fuzz(func(t *testing.T, body []byte) {
		a.Reset()
		v, rest, err := d.Decode(a, body)
		if !scan(body) {
			return
		}
		if err != nil || len(rest) > 0 {
			t.Fatalf("the scan lets pass what does not decode: %v, %d bytes left", err, len(rest))
		}
		got, err := e.Append(nil, v)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%v\n got %x\nwant %x", err, got, body)
		}
	})
}

// FuzzDecode reads any body under any schema.
func FuzzDecode(f *testing.F) {
	f.Add(everything, []byte{1, 2, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 0, 1, 2, 0, 0, 0, 0, 0, 2, 2, 4, 6, 0}, uint8(0))
	f.Add(`{"type":"array","items":{"type":"map","values":["null","double",{"type":"enum","name":"E","symbols":["A","B"]}]}}`, []byte{2, 2, 2, 'a', 4, 2, 0, 0}, uint8(3))
	f.Add(`{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`, []byte{2, 5}, uint8(0))
	f.Fuzz(func(t *testing.T, text string, body []byte, flags uint8) {
		o := avro.DefaultOptions()
		o.Enhanced, o.SumTypes, o.ConnectMeta, o.FlattenSingletons = flags&1 > 0, flags&2 > 0, flags&4 == 0, flags&8 == 0
		s, err := avro.Parse(text)
		if err != nil {
			return
		}
		d, err := avro.NewDecoder(s, o, nil)
		if err != nil {
			return
		}
		v, _, err := d.Decode(new(tasks.Arena), body)
		if err != nil {
			return
		}
		e, err := avro.NewEncoder(d.Schema, o)
		if err != nil {
			return
		}
		_, _ = e.Append(nil, v)
	})
}
