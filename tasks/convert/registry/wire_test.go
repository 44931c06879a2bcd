package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

const (
	guid  = "eee4cd66-28a5-c1f3-01c9-b774ff79f885"
	bytes = "\xee\xe4\xcd\x66\x28\xa5\xc1\xf3\x01\xc9\xb7\x74\xff\x79\xf8\x85"
)

func wire(t *testing.T, props map[string]string) *registry.Wire {
	t.Helper()
	c, errs := registry.Keys().Parse(props)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	w, err := registry.NewWire(c, false)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestUnframe(t *testing.T) {
	t.Parallel()
	header := func(v string) []tasks.RawHeader {
		return []tasks.RawHeader{{Key: "__value_schema_id", Value: []byte(v)}}
	}
	for _, tt := range []struct {
		name     string
		headers  []tasks.RawHeader
		data     string
		prefix   bool
		want     registry.Framed
		mustFail bool
	}{
		{name: "number", data: "\x00\x00\x00\x01\x00xy", want: registry.Framed{ID: registry.ID{Number: 256}, Tail: []byte("xy"), Body: []byte("xy")}},
		{name: "guid", data: "\x01" + bytes + "z", want: registry.Framed{ID: registry.ID{GUID: guid}, Tail: []byte("z"), Body: []byte("z")}},
		{name: "header", headers: header("\x01" + bytes + "t"), data: "z",
			want: registry.Framed{ID: registry.ID{GUID: guid}, Tail: []byte("t"), Body: []byte("z"), InHeader: true}},
		{name: "headers not looked at", headers: header("\x01" + bytes), prefix: true, data: "\x00\x00\x00\x00\x02", want: registry.Framed{ID: registry.ID{Number: 2}, Tail: []byte{}, Body: []byte{}}},
		{name: "of the key", headers: []tasks.RawHeader{{Key: "__key_schema_id", Value: []byte{9}}}, data: "\x00\x00\x00\x00\x02", want: registry.Framed{ID: registry.ID{Number: 2}, Tail: []byte{}, Body: []byte{}}},
		{name: "empty", mustFail: true},
		{name: "short", data: "\x00\x00\x00", mustFail: true},
		{name: "magic", data: "\x02\x00\x00\x00\x00", mustFail: true},
		{name: "short header", headers: header("\x01\x02"), data: "\x00\x00\x00\x00\x02", mustFail: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{"schema.registry.url": "http://r"}
			if tt.prefix {
				props["value.schema.id.deserializer"] = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdDeserializer"
			}
			got, err := wire(t, props).Unframe(tt.headers, []byte(tt.data))
			if tt.mustFail {
				if err == nil {
					t.Fatalf("got %+v, want an error", got)
				}
				return
			}
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}

// TestFrame writes what Unframe reads, in both places.
func TestFrame(t *testing.T) {
	t.Parallel()
	id := registry.ID{Number: 7, GUID: guid}
	w := wire(t, map[string]string{"schema.registry.url": "http://r"})
	data, err := w.Begin(nil, id, []byte("t"))
	if err != nil || string(data) != "\x00\x00\x00\x00\x07t" || len(w.Added()) != 0 {
		t.Errorf("before the data: %q, %v, %v", data, w.Added(), err)
	}
	w = wire(t, map[string]string{"schema.registry.url": "http://r",
		"value.schema.id.serializer": "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"})
	data, err = w.Begin([]byte{}, id, []byte("t"))
	if err != nil || len(data) != 0 {
		t.Errorf("in a header: %q, %v", data, err)
	}
	if d := cmp.Diff([]tasks.RawHeader{{Key: "__value_schema_id", Value: []byte("\x01" + bytes + "t")}}, w.Added()); d != "" {
		t.Error(d)
	}
	if w.Reset(); len(w.Added()) != 0 {
		t.Error("Reset keeps a header")
	}
	if _, err := w.Begin(nil, registry.ID{Number: 7}, nil); err == nil {
		t.Error("a header was written without a GUID")
	}
}
