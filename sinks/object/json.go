package object

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// JSON is Connect's JsonFormat: a JSON value and a line feed for each record.
type JSON struct{ Options convert.JSONOptions }

var _ Format = JSON{}

// Ext is .json.
func (JSON) Ext() string { return ".json" }

// Encoding is JSON: such bodies are written as they are.
func (JSON) Encoding() tasks.Encoding { return tasks.EncodingJSON }

// Accept is never asked.
func (JSON) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (j JSON) New() Encoder {
	return &lines{separator: "\n", encode: func(dst []byte, r *tasks.Record) ([]byte, error) {
		if r.Encoded != nil {
			return append(dst, r.Encoded...), nil
		}
		return convert.AppendJSON(dst, r.ValueSchema, r.Value, j.Options)
	}}
}
