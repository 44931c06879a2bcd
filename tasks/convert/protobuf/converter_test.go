package protobuf_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
)

const prefix = "io.confluent.kafka.serializers.schema.id."

// serve returns the URL of a registry with schemas.
func serve(t *testing.T, schemas ...registry.Schema) string {
	t.Helper()
	r, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Preload(schemas); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server.URL
}

func newConverter(t *testing.T, url string, props map[string]string) tasks.Converter {
	t.Helper()
	all := map[string]string{"schema.registry.url": url, "max.retries": "0"}
	for k, v := range props {
		all[k] = v
	}
	c, err := protobuf.New(all, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func record() (*tasks.Schema, tasks.Value) {
	s := tasks.NewStruct("com.x.R", tasks.Field{Name: "a", Schema: tasks.Int32Schema}, tasks.Field{Name: "s", Schema: tasks.OptionalStringSchema})
	return s, tasks.NewStructValue(&tasks.Struct{Schema: s, Slots: []tasks.Value{tasks.NewInt32(5), tasks.NewString("x")}})
}

// TestHeaderIDs writes ids and message indexes to a header and finds them there.
func TestHeaderIDs(t *testing.T) {
	t.Parallel()
	c := newConverter(t, serve(t), map[string]string{"value.schema.id.serializer": prefix + "HeaderSchemaIdSerializer"})
	s, v := record()
	data, err := c.FromConnect(t.Context(), nil, "t", s, v)
	if err != nil || string(data) != "\x08\x05\x12\x01x" {
		t.Fatalf("%q, %v", data, err)
	}
	headers := c.(tasks.HeaderAdder).AddedHeaders()
	if len(headers) != 1 || headers[0].Key != "__value_schema_id" || len(headers[0].Value) != 18 || headers[0].Value[0] != 1 || headers[0].Value[17] != 0 {
		t.Fatalf("headers %v", headers)
	}
	_, back, err := c.ToConnect(t.Context(), nil, "t", headers, data)
	if err != nil || back.Struct().Slots[0].Int() != 5 {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := c.FromConnect(t.Context(), nil, "t", nil, tasks.Null); err != nil || len(c.(tasks.HeaderAdder).AddedHeaders()) != 0 {
		t.Errorf("a tombstone has headers: %v", err)
	}
}

// TestLatest writes under the registered schema only when its readers can read the data, unless that is not asked for.
func TestLatest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		fits       bool
	}{
		{"same", "int32 a = 1; string s = 2;", true},
		{"more", "int32 a = 1; optional string s = 2; bool z = 3;", true},
		{"wider", "int64 a = 1; bytes s = 2;", true},
		{"less", "int32 a = 1;", true},
		{"renumbered", "string s = 1; int32 a = 2;", false},
		{"type", "string a = 1; string s = 2;", false},
		{"repeated", "repeated int32 a = 1; string s = 2;", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := `syntax = "proto3"; package com.x; message Other {} message R { ` + tt.text + ` }`
			url := serve(t, registry.Schema{ID: 9, Subject: "t-value", Version: 1, Type: registry.Protobuf, Text: text})
			s, v := record()
			for strict, ok := range map[string]bool{"true": tt.fits, "false": true} {
				c := newConverter(t, url, map[string]string{"auto.register.schemas": "false", "use.latest.version": "true", "latest.compatibility.strict": strict})
				data, err := c.FromConnect(t.Context(), nil, "t", s, v)
				if (err == nil) != ok {
					t.Errorf("strict %s: %v", strict, err)
				}
				if ok && !bytes.Equal(data, []byte("\x00\x00\x00\x00\x09\x02\x02\x08\x05\x12\x01x")) {
					t.Errorf("strict %s: %q", strict, data)
				}
			}
		})
	}
}

// TestRegistryFailures tells what may pass from what is the record's fault, and asks once for what cannot be.
func TestRegistryFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		kind   tasks.ErrorKind
		asked  int32
	}{
		{"unknown id", 404, `{"error_code":40403,"message":"Schema not found"}`, tasks.KindBadRecord, 1},
		{"broken store", 500, `{"error_code":50001,"message":"Error in the backend data store"}`, tasks.KindRetriable, 2},
		{"broken schema", 200, `{"schema":"message","schemaType":"PROTOBUF"}`, tasks.KindBadRecord, 1},
		{"another type", 200, `{"schema":"\"int\""}`, tasks.KindBadRecord, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			c := newConverter(t, server.URL, nil)
			var err error
			for range 2 {
				_, _, err = c.ToConnect(t.Context(), nil, "t", nil, []byte("\x00\x00\x00\x00\x07\x00"))
			}
			if err == nil || tasks.KindOf(err) != tt.kind {
				t.Errorf("got kind %v of %v, want %v", tasks.KindOf(err), err, tt.kind)
			}
			if asked.Load() != tt.asked {
				t.Errorf("asked %d times, want %d", asked.Load(), tt.asked)
			}
		})
	}
}

// TestReferences reads a schema whose imports are other subjects' schemas, in two steps.
func TestReferences(t *testing.T) {
	t.Parallel()
	schema := func(id int, subject, text string, refs ...registry.Reference) registry.Schema {
		return registry.Schema{ID: id, Subject: subject, Version: 1, Type: registry.Protobuf, Text: `syntax = "proto3"; ` + text, References: refs}
	}
	url := serve(t,
		schema(1, "unit", `package u; enum Unit { CM = 0; INCH = 1; }`),
		schema(2, "size", `package s; import "unit.proto"; message Size { u.Unit unit = 1; }`, registry.Reference{Name: "unit.proto", Subject: "unit", Version: 1}),
		schema(3, "t-value", `import "size.proto"; import "unit.proto"; message R { s.Size size = 1; u.Unit unit = 2; }`,
			registry.Reference{Name: "size.proto", Subject: "size", Version: 1}, registry.Reference{Name: "unit.proto", Subject: "unit", Version: 1}))
	_, v, err := newConverter(t, url, nil).ToConnect(t.Context(), nil, "t", nil, []byte("\x00\x00\x00\x00\x03\x00\x0a\x02\x08\x01"))
	if err != nil {
		t.Fatal(tasks.Trace(err))
	}
	if got := v.Struct().Slots[0].Struct().Slots[0].Str() + v.Struct().Slots[1].Str(); got != "INCHCM" {
		t.Errorf("got %s", got)
	}
}

// TestConfig refuses what is not known.
func TestConfig(t *testing.T) {
	t.Parallel()
	for key, value := range map[string]string{"value.schema.id.serializer": "Foo", "value.schema.id.deserializer": "Foo", "flatten.unions": "maybe",
		"value.subject.name.strategy": "io.confluent.kafka.serializers.subject.Bogus", "schema.registry.url": "ftp://x"} {
		if _, err := protobuf.New(map[string]string{"schema.registry.url": "http://r", key: value}, false); err == nil || !strings.Contains(err.Error(), key) && key != "value.subject.name.strategy" {
			t.Errorf("%s=%s: %v", key, value, err)
		}
	}
}
