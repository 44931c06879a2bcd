package registry_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// FuzzUnframe finds ids before data and in headers, and frames what it found again.
func FuzzUnframe(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x01abc"), []byte(nil), false)
	f.Add([]byte("abc"), []byte("\x01"+bytes+"\x02\x04"), true)
	f.Add([]byte("\x01"+bytes), []byte("\x00\x00\x00\x00\x07"), true)
	f.Fuzz(func(t *testing.T, data, header []byte, inHeader bool) {
		props := map[string]string{}
		if inHeader {
			props["value.schema.id.serializer"] = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
		}
		c, errs := registry.Keys().Parse(props)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		w, err := registry.NewWire(c, false)
		if err != nil {
			t.Fatal(err)
		}
		var headers []tasks.RawHeader
		if header != nil {
			headers = append(headers, tasks.RawHeader{Key: "__value_schema_id", Value: header})
		}
		found, err := w.Unframe(headers, data)
		if err != nil {
			return
		}
		tail := found.Tail
		if !found.InHeader {
			tail = nil
		}
		framed, err := w.Begin(nil, found.ID, tail)
		if err != nil {
			return // a number where a GUID is needed
		}
		again, err := w.Unframe(w.Added(), append(framed, found.Body...))
		if err == nil && found.ID.GUID == "" && again.ID != found.ID {
			t.Errorf("%+v, then %+v", found, again)
		}
	})
}
