package object

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// ByteArray is Connect's ByteArrayFormat: the raw bytes of each value, and a separator behind each.
type ByteArray struct{ Extension, Separator string }

var _ Format = ByteArray{}

// Ext returns format.bytearray.extension as it is, with or without a dot.
func (b ByteArray) Ext() string { return b.Extension }

// Encoding is none: the value is the bytes already.
func (ByteArray) Encoding() tasks.Encoding { return tasks.EncodingNone }

// Accept is never asked.
func (ByteArray) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (b ByteArray) New() Encoder { return &lines{encode: appendBytes, separator: b.Separator} }

func appendBytes(dst []byte, r *tasks.Record) ([]byte, error) {
	if s := r.ValueSchema; s != nil && s.Type != tasks.Bytes {
		return dst, tasks.DataException("Invalid schema type for ByteArrayConverter: %s", s.Type)
	}
	if r.Value.Kind() != tasks.KindBytes {
		return dst, tasks.DataException("ByteArrayConverter is not compatible with objects of type class %s", convert.JavaClass(r.Value))
	}
	return append(dst, r.Value.Bytes()...), nil
}
