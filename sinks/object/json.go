package object

import (
	"strconv"

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
func (j JSON) New(of Side) Encoder {
	l := &lines{separator: "\n", encode: j.value}
	if of != Values {
		l.encode = func(dst []byte, r *tasks.Record) ([]byte, error) { return j.side(dst, of, r) }
	}
	return l
}

func (j JSON) value(dst []byte, r *tasks.Record) ([]byte, error) {
	if r.Encoded != nil {
		return append(dst, r.Encoded...), nil
	}
	return j.append(dst, r.ValueSchema, r.Value)
}

func (j JSON) side(dst []byte, of Side, r *tasks.Record) ([]byte, error) {
	s, v, err := side(of, r)
	if err != nil {
		return dst, err
	}
	if of == Headers {
		s, v = envelopeSchema, enveloped(v)
	}
	return j.append(dst, s, v)
}

// append writes a record as a JsonConverter does, anything else as the plain value that it is: that is what JsonFormat does.
func (j JSON) append(dst []byte, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.Kind() == tasks.KindStruct {
		return convert.AppendJSON(dst, s, v, j.Options)
	}
	if s == nil {
		if out, err := convert.AppendJSON(dst, nil, v, convert.JSONOptions{}); err == nil {
			return out, nil
		}
	}
	return appendPlain(dst, v)
}

// appendPlain writes a value as Java's JSON library does without a converter: decimals as numbers, dates as milliseconds.
func appendPlain(dst []byte, v tasks.Value) (out []byte, err error) {
	switch v.Kind() {
	case tasks.KindStruct:
		return dst, tasks.DataException("No serializer found for class org.apache.kafka.connect.data.Struct: JsonFormat writes records, and values without records inside")
	case tasks.KindDecimal:
		return append(dst, v.Decimal().String()...), nil
	case tasks.KindTime:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case tasks.KindList:
		dst = append(dst, '[')
		for i, e := range v.List() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendPlain(dst, e); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case tasks.KindMap:
		return appendPlainMap(dst, v.Map())
	}
	return convert.AppendJSON(dst, nil, v, convert.JSONOptions{})
}

func appendPlainMap(dst []byte, m *tasks.Map) (out []byte, err error) {
	dst = append(dst, '{')
	for i, e := range convert.Ordered(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		key := tasks.NewStringBytes(convert.AppendJava(nil, e.Key))
		if dst, err = convert.AppendJSON(dst, nil, key, convert.JSONOptions{}); err != nil {
			return dst, err
		}
		if dst, err = appendPlain(append(dst, ':'), e.Value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
