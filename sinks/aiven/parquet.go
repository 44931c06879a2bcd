package aiven

import (
	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// Parquet is a Parquet file of records with chosen fields, as [Avro] has them.
type Parquet struct {
	Fields   []Field
	Envelope bool
	Codec    parquet.Codec
	Options  avro.Options
}

var _ object.Format = Parquet{}

// Ext is nothing: names come from templates.
func (Parquet) Ext() string { return "" }

// Encoding is none.
func (Parquet) Encoding() tasks.Encoding { return tasks.EncodingNone }

// Accept is never asked.
func (Parquet) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (p Parquet) New(object.Side) object.Encoder {
	return object.NewParquet(p.Codec, parquet.TwoLevels,
		&rows{fields: p.Fields, envelope: p.Envelope, namespace: "io.aiven.parquet.output.schema", options: p.Options})
}
