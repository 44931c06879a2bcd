package aiven

import (
	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// Avro is a container file of records with chosen fields; without an envelope, of the only field itself where that is a
// record or a map.
type Avro struct {
	Fields   []Field
	Envelope bool
	// Codec is null, deflate, snappy, bzip2, zstandard or xz.
	Codec   string
	Options avro.Options
}

var _ object.Format = Avro{}

// Ext is nothing: names come from templates.
func (Avro) Ext() string { return "" }

// Encoding is none.
func (Avro) Encoding() tasks.Encoding { return tasks.EncodingNone }

// Accept is never asked.
func (Avro) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (a Avro) New(object.Side) object.Encoder {
	return object.NewContainer(a.Codec, &rows{fields: a.Fields, envelope: a.Envelope, namespace: "io.aiven.avro.output.schema", options: a.Options})
}
