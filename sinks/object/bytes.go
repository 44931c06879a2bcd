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

// New returns an encoder. Keys may be texts.
func (b ByteArray) New(of Side) Encoder {
	l := &lines{encode: appendValue, separator: b.Separator}
	switch of {
	case Keys:
		l.encode = appendKeyText
	case Headers:
		l.encode = func(dst []byte, _ *tasks.Record) ([]byte, error) {
			return dst, tasks.DataException("Invalid schema type for ByteArrayConverter: %s", tasks.Array)
		}
	}
	return l
}

func appendValue(dst []byte, r *tasks.Record) ([]byte, error) {
	return appendBytes(dst, r.ValueSchema, r.Value)
}

func appendKeyText(dst []byte, r *tasks.Record) ([]byte, error) {
	if r.Key.Kind() == tasks.KindBytes {
		return append(dst, r.Key.Bytes()...), nil
	}
	return convert.AppendJava(dst, r.Key), nil
}

func appendBytes(dst []byte, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if s != nil && s.Type != tasks.Bytes {
		return dst, tasks.DataException("Invalid schema type for ByteArrayConverter: %s", s.Type)
	}
	if v.Kind() != tasks.KindBytes {
		return dst, tasks.DataException("ByteArrayConverter is not compatible with objects of type class %s", convert.JavaClass(v))
	}
	return append(dst, v.Bytes()...), nil
}
