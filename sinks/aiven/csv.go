package aiven

import (
	"encoding/base64"
	"strconv"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// CSV is a line for each record, with commas between its fields. Nothing is quoted: keys are base64, and values too unless
// Plain.
type CSV struct {
	Fields []Field
	Plain  bool
}

var _ object.Format = CSV{}

// Ext is nothing: names come from templates.
func (CSV) Ext() string { return "" }

// Encoding is none: values are bytes already.
func (CSV) Encoding() tasks.Encoding { return tasks.EncodingNone }

// Accept is never asked.
func (CSV) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (c CSV) New(object.Side) object.Encoder { return &texts{between: "\n", append: c.line} }

func (c CSV) line(dst []byte, r *tasks.Record) (_ []byte, err error) {
	for i, f := range c.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch f {
		case Key:
			dst, err = csvKey(dst, r)
		case Value:
			dst, err = c.value(dst, r)
		case Offset:
			dst = strconv.AppendInt(dst, r.Offset, 10)
		case Timestamp:
			if r.Timestamp != tasks.NoTimestamp {
				dst = strconv.AppendInt(dst, r.Timestamp, 10)
			}
		case Headers:
			dst, err = csvHeaders(dst, r)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func csvKey(dst []byte, r *tasks.Record) ([]byte, error) {
	s := r.KeySchema
	switch {
	case s == nil:
		return dst, schemaless("key")
	case s.Type != tasks.Bytes && s.Type != tasks.String:
		return dst, tasks.DataException("Record key schema type must be %s or %s, %s given", tasks.Bytes, tasks.String, s.Type)
	case r.Key.IsNull():
		return dst, nil
	case r.Key.Kind() != tasks.KindBytes && r.Key.Kind() != tasks.KindString:
		return dst, tasks.DataException("Key is not byte[] or String")
	}
	return base64.StdEncoding.AppendEncode(dst, r.Key.Bytes()), nil
}

func (c CSV) value(dst []byte, r *tasks.Record) ([]byte, error) {
	s := r.ValueSchema
	switch {
	case s == nil:
		return dst, schemaless("value")
	case s.Type != tasks.Bytes:
		return dst, tasks.DataException("Record value schema type must be %s, %s given", tasks.Bytes, s.Type)
	case r.Value.IsNull():
		return dst, nil
	case r.Value.Kind() != tasks.KindBytes:
		return dst, tasks.DataException("Value is not a byte array")
	case c.Plain:
		return append(dst, r.Value.Bytes()...), nil
	}
	return base64.StdEncoding.AppendEncode(dst, r.Value.Bytes()), nil
}

// csvHeaders writes name:value; for each header, both in base64. A header without a value is a name alone.
func csvHeaders(dst []byte, r *tasks.Record) ([]byte, error) {
	for _, h := range r.Headers {
		dst = base64.StdEncoding.AppendEncode(dst, []byte(h.Key))
		dst = append(dst, ':')
		if h.Schema != nil && h.Schema.Type != tasks.Bytes {
			return dst, tasks.DataException("Invalid schema type for ByteArrayConverter: %s", h.Schema.Type)
		}
		switch h.Value.Kind() {
		case tasks.KindNull:
		case tasks.KindBytes:
			dst = base64.StdEncoding.AppendEncode(dst, h.Value.Bytes())
		default:
			return dst, tasks.DataException("ByteArrayConverter is not compatible with objects of type class %s", convert.JavaClass(h.Value))
		}
		dst = append(dst, ';')
	}
	return dst, nil
}
