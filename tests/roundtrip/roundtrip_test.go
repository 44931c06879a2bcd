package roundtrip_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"net/http/httptest"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
)

var seed = flag.Uint64("seed", 0, "the first seed; 0 for any")

// rounds is how many schemas each converter gets.
const rounds = 150

// each calls f with generators of seeds one after the other.
func each(t *testing.T, l limits, f func(t *testing.T, g *generator)) {
	t.Helper()
	first := *seed
	if first == 0 {
		first = rand.Uint64()
	}
	for n := range uint64(rounds) {
		f(t, &generator{Rand: rand.New(rand.NewPCG(first+n, 0)), limits: l})
		if t.Failed() {
			t.Fatalf("seed %d", first+n)
		}
	}
}

// served returns the URL of a registry.
func served(t *testing.T) string {
	t.Helper()
	r, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestConverters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class string
		props map[string]string
		limits
		schemas, values bool // that come back as they were; a null of Protobuf comes back as a default
	}{
		"json":             {convert.JSONClass, nil, limits{true, true, 9, true}, true, true},
		"json, numeric":    {convert.JSONClass, map[string]string{"decimal.format": "NUMERIC"}, limits{true, true, 9, true}, true, true},
		"avro":             {avro.Class, nil, limits{true, true, 1, true}, false, true},
		"avro, enhanced":   {avro.Class, map[string]string{"enhanced.avro.schema.support": "true"}, limits{true, true, 1, true}, false, true},
		"avro, sum types":  {avro.Class, map[string]string{"generalized.sum.type.support": "true"}, limits{true, true, 1, true}, false, true},
		"json schema":      {jsonschema.Class, nil, limits{true, true, 1, true}, false, true},
		"protobuf":         {protobuf.Class, nil, limits{}, false, false},
		"protobuf, labels": {protobuf.Class, map[string]string{"optional.for.nullables": "true"}, limits{}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{"schema.registry.url": served(t), "value.subject.name.strategy": "io.confluent.kafka.serializers.subject.RecordNameStrategy"}
			if c.class == convert.JSONClass {
				props = map[string]string{}
			}
			for k, v := range c.props {
				props[k] = v
			}
			each(t, c.limits, func(t *testing.T, g *generator) {
				conv, err := convert.New(c.class, props, false, convert.Factory{Class: avro.Class, New: avro.New},
					convert.Factory{Class: jsonschema.Class, New: jsonschema.New}, convert.Factory{Class: protobuf.Class, New: protobuf.New})
				if err != nil {
					t.Fatal(err)
				}
				there(t, conv, g, c.schemas, c.values)
			})
		})
	}
}

// there sends data through a converter and back, and through again: the bytes are the same.
func there(t *testing.T, conv tasks.Converter, g *generator, schemas, values bool) {
	t.Helper()
	s := g.record(3)
	topic := "t" + s.Name + text(g)
	a := new(tasks.Arena)
	for range 3 {
		v := g.value(s)
		first, err := conv.FromConnect(t.Context(), nil, topic, s, v)
		if err != nil {
			t.Errorf("write %s: %v", convert.AppendJava(nil, v), tasks.Trace(err))
			return
		}
		s2, v2, err := conv.ToConnect(t.Context(), a, topic, nil, first)
		if err != nil {
			t.Errorf("read %q of %s: %v", first, convert.AppendJava(nil, v), tasks.Trace(err))
			return
		}
		if schemas && !s2.Equal(s) {
			t.Errorf("sent the schema %v\ngot  %v", s, s2)
		}
		if got, want := plain(t, s2, v2), plain(t, s, v); values && got != want {
			t.Errorf("sent %s\ngot  %s", want, got)
		}
		again, err := conv.FromConnect(t.Context(), nil, topic, s2, v2)
		if err != nil {
			t.Errorf("write %s again: %v", convert.AppendJava(nil, v2), err)
			return
		}
		if first[0] == 0 { // the schema's id: what was read has a version, which the second schema says
			first, again = first[5:], again[5:]
		}
		if !bytes.Equal(first, again) {
			t.Errorf("%s was %q, then %q", convert.AppendJava(nil, v), first, again)
		}
	}
}

// plain is a value as JSON without a schema.
func plain(t *testing.T, s *tasks.Schema, v tasks.Value) string {
	t.Helper()
	b, err := convert.AppendJSON(nil, s, v, convert.JSONOptions{NumericDecimals: true})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// text makes topics differ, so that no schema meets another under its subject.
func text(g *generator) string { return string(rune('a' + g.IntN(26))) }

// The shortcut from registry Avro to Avro files makes the bytes that decoding and encoding makes.
func TestShortcut(t *testing.T) {
	t.Parallel()
	url := served(t)
	taken := 0
	each(t, limits{true, true, 1, true}, func(t *testing.T, g *generator) {
		c, err := avro.New(map[string]string{"schema.registry.url": url, "value.subject.name.strategy": "io.confluent.kafka.serializers.subject.RecordNameStrategy"}, false)
		if err != nil {
			t.Fatal(err)
		}
		format := object.Avro{Options: avro.DefaultOptions(), Codec: "null"}
		s := g.record(3)
		a := new(tasks.Arena)
		data, err := c.FromConnect(t.Context(), nil, "t", s, g.value(s))
		if err != nil {
			t.Fatal(err)
		}
		s2, v, err := c.ToConnect(t.Context(), a, "t", nil, data)
		if err != nil {
			t.Fatal(tasks.Trace(err))
		}
		short, body, ok := c.(tasks.Transcoder).Transcode(t.Context(), a, tasks.EncodingAvro, format.Accept, "t", nil, data)
		if !ok {
			return
		}
		taken++
		long := file(t, format, &tasks.Record{Topic: "t", ValueSchema: s2, Value: v})
		if got := file(t, format, &tasks.Record{Topic: "t", ValueSchema: short, Encoded: body}); !bytes.Equal(got, long) {
			t.Errorf("short %q\nlong  %q", got, long)
		}
	})
	if taken == 0 {
		t.Error("the shortcut was never taken")
	}
}

func file(t *testing.T, f object.Format, r *tasks.Record) []byte {
	t.Helper()
	enc := f.New(object.Values)
	if err := enc.Begin("name", r); err != nil {
		t.Fatal(err)
	}
	if err := enc.Add(r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := enc.Spill(&out, true); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
