package aiven

import (
	"slices"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// JSON is a JSON value for each record: an object with its fields, or without an envelope the only field itself.
type JSON struct {
	Fields   []Field
	Envelope bool
	// Lines has a value a line; else the object is one array of them.
	Lines bool
}

var _ object.Format = JSON{}

// Ext is nothing: names come from templates.
func (JSON) Ext() string { return "" }

// Encoding is JSON: such values are written as they are.
func (JSON) Encoding() tasks.Encoding { return tasks.EncodingJSON }

// Accept is never asked.
func (JSON) Accept(string, *tasks.Schema) bool { return false }

// New returns an encoder.
func (j JSON) New(object.Side) object.Encoder {
	t := &texts{append: j.record()}
	if j.Lines {
		t.between = "\n"
	} else {
		t.open, t.between, t.end = "[\n", ",\n", "\n]"
	}
	return t
}

// record returns what writes a record.
func (j JSON) record() func(dst []byte, r *tasks.Record) ([]byte, error) {
	if !j.Envelope {
		return func(dst []byte, r *tasks.Record) ([]byte, error) { return appendField(dst, j.Fields[0], r) }
	}
	var fields []Field // in the order of Java's HashMap, each once
	for _, f := range []Field{Headers, Offset, Value, Key, Timestamp} {
		if slices.Contains(j.Fields, f) {
			fields = append(fields, f)
		}
	}
	return func(dst []byte, r *tasks.Record) (_ []byte, err error) {
		for i, f := range fields {
			dst = append(dst, "{,"[min(i, 1)], '"')
			dst = append(append(dst, f...), '"', ':')
			if dst, err = appendField(dst, f, r); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
}

func appendField(dst []byte, f Field, r *tasks.Record) ([]byte, error) {
	switch f {
	case Key:
		return convert.AppendJSON(dst, r.KeySchema, r.Key, convert.JSONOptions{})
	case Offset:
		return strconv.AppendInt(dst, r.Offset, 10), nil
	case Timestamp:
		return appendInstant(dst, r.Timestamp), nil
	case Headers:
		return appendHeaders(dst, r)
	}
	if r.Encoded != nil {
		return append(dst, r.Encoded...), nil
	}
	return convert.AppendJSON(dst, r.ValueSchema, r.Value, convert.JSONOptions{})
}

func appendHeaders(dst []byte, r *tasks.Record) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, h := range r.Headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"key":`...)
		if dst, err = convert.AppendJSON(dst, nil, tasks.NewString(h.Key), convert.JSONOptions{}); err != nil {
			return dst, err
		}
		dst = append(dst, `,"value":`...)
		if dst, err = convert.AppendJSON(dst, h.Schema, h.Value, convert.JSONOptions{}); err != nil {
			return dst, err
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

// appendInstant writes a timestamp as java.time.Instant's text, in quotes; null for none.
func appendInstant(dst []byte, ms int64) []byte {
	if ms == tasks.NoTimestamp {
		return append(dst, "null"...)
	}
	at := time.UnixMilli(ms).UTC()
	layout := "-01-02T15:04:05Z"
	if at.Nanosecond() != 0 {
		layout = "-01-02T15:04:05.000Z"
	}
	dst = append(dst, '"')
	year := at.Year()
	switch {
	case year > 9999:
		dst = append(dst, '+')
	case year < 0:
		dst, year = append(dst, '-'), -year
	}
	for pad := 1000; pad > max(year, 1); pad /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, int64(year), 10)
	return append(at.AppendFormat(dst, layout), '"')
}
