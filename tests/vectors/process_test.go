package vectors_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// result is what became of a record; without any of its fields, the record was dropped.
type result struct {
	out    *output
	failed *failure
}

// side is a set of three converters.
type side struct {
	key, value tasks.Converter
	header     tasks.HeaderConverter
}

func newSide(config map[string]string) (s side, part string, err error) {
	more := []convert.Factory{{Class: avro.Class, New: avro.New}, {Class: jsonschema.Class, New: jsonschema.New}, {Class: protobuf.Class, New: protobuf.New}}
	if s.key, err = convert.New(config["key.converter"], tasks.Prefixed(config, "key.converter."), true, more...); err != nil {
		return s, "key.converter", err
	}
	if s.value, err = convert.New(config["value.converter"], tasks.Prefixed(config, "value.converter."), false, more...); err != nil {
		return s, "value.converter", err
	}
	s.header, err = convert.NewHeader(config["header.converter"], tasks.Prefixed(config, "header.converter."))
	return s, "header.converter", err
}

// process does with the recorded input what a worker does.
func process(t *testing.T, v *vector) result {
	in, part, err := newSide(v.Config)
	if err != nil {
		return misconfigured(part, err)
	}
	chain, err := transform.New(v.Config, kindOf(v))
	if err != nil {
		return misconfigured(partOf(err), err)
	}
	out, part, err := newSide(v.OutConfig)
	if err != nil {
		return misconfigured(part, err)
	}
	a := new(tasks.Arena)
	r := newRecord(v)
	if f := in.read(t, a, r); f != nil {
		return result{failed: f}
	}
	keep, step, _, err := chain.Apply(a, r)
	if err != nil {
		return result{failed: failed("TRANSFORMATION", "transforms."+step, err)}
	}
	if !keep {
		return result{}
	}
	o, f := out.write(t, r)
	return result{out: o, failed: f}
}

func misconfigured(part string, err error) result {
	return result{failed: failed("CONFIG", part, err)}
}

func partOf(err error) string {
	if e, ok := errors.AsType[*transform.ConfigError](err); ok {
		return e.Part
	}
	return ""
}

func kindOf(v *vector) tasks.ConnectorKind {
	if v.Direction == "source" {
		return tasks.SourceKind
	}
	return tasks.SinkKind
}

// newRecord returns the record before its conversion: coordinates and bytes.
func newRecord(v *vector) *tasks.Record {
	raw := &tasks.Raw{Topic: v.In.Topic, Partition: tasks.NoPartition, Offset: v.In.Offset, Timestamp: tasks.NoTimestamp,
		Key: decode(v.In.Key), Value: decode(v.In.Value)}
	if v.In.Partition != nil {
		raw.Partition = *v.In.Partition
	}
	if v.In.Timestamp != nil {
		raw.Timestamp = *v.In.Timestamp
	}
	switch v.In.TimestampType {
	case "CreateTime":
		raw.TimestampType = tasks.CreateTime
	case "LogAppendTime":
		raw.TimestampType = tasks.LogAppendTime
	}
	for _, h := range v.In.Headers {
		raw.Headers = append(raw.Headers, tasks.RawHeader{Key: *h[0], Value: decode(h[1])})
	}
	return &tasks.Record{Topic: raw.Topic, Partition: raw.Partition, Offset: raw.Offset, Timestamp: raw.Timestamp,
		TimestampType: raw.TimestampType, Raw: raw}
}

// read converts the record's bytes.
func (s side) read(t *testing.T, a *tasks.Arena, r *tasks.Record) *failure {
	raw, err := r.Raw, error(nil)
	if r.KeySchema, r.Key, err = s.key.ToConnect(t.Context(), a, raw.Topic, raw.Headers, raw.Key); err != nil {
		return failed("KEY_CONVERTER", nullResult(err), err)
	}
	if r.ValueSchema, r.Value, err = s.value.ToConnect(t.Context(), a, raw.Topic, raw.Headers, raw.Value); err != nil {
		return failed("VALUE_CONVERTER", nullResult(err), err)
	}
	for _, h := range raw.Headers {
		x := tasks.Header{Key: h.Key}
		if x.Schema, x.Value, err = s.header.ToHeader(a, raw.Topic, h.Key, h.Value); err != nil {
			return failed("HEADER_CONVERTER", "", err)
		}
		r.Headers = append(r.Headers, x)
	}
	return nil
}

// nullResult returns the part by which recordings tell a converter that returned Java's null.
func nullResult(err error) string {
	if tasks.AsException(err).Class == "java.lang.NullPointerException" {
		return "null-result"
	}
	return ""
}

// write converts the record back to bytes.
func (s side) write(t *testing.T, r *tasks.Record) (*output, *failure) {
	o := &output{Topic: r.Topic}
	if r.Partition != tasks.NoPartition {
		o.Partition = &r.Partition
	}
	if r.Timestamp != tasks.NoTimestamp {
		o.Timestamp = &r.Timestamp
	}
	for _, h := range r.Headers {
		b, err := s.header.FromHeader(o.Topic, h.Key, h.Schema, h.Value)
		if err != nil {
			return nil, failed("OUT_CONVERTER", "header", err)
		}
		o.Headers = append(o.Headers, [2]*string{&h.Key, encode(b)})
	}
	b, err := s.key.FromConnect(t.Context(), nil, o.Topic, r.KeySchema, r.Key)
	if err != nil {
		return nil, failed("OUT_CONVERTER", "key", err)
	}
	o.Key = encode(b)
	o.add(s.key)
	if b, err = s.value.FromConnect(t.Context(), nil, o.Topic, r.ValueSchema, r.Value); err != nil {
		return nil, failed("OUT_CONVERTER", "value", err)
	}
	o.Value = encode(b)
	o.add(s.value)
	return o, nil
}

// add adds the headers that a converter needs beside what it wrote.
func (o *output) add(c tasks.Converter) {
	if adder, ok := c.(tasks.HeaderAdder); ok {
		for _, h := range adder.AddedHeaders() {
			o.Headers = append(o.Headers, [2]*string{&h.Key, encode(h.Value)})
		}
	}
}

func failed(stage, part string, err error) *failure {
	e := tasks.AsException(err)
	return &failure{Stage: stage, Part: part, Class: e.Class, Message: e.Message}
}

func decode(s *string) []byte {
	if s == nil {
		return nil
	}
	b, _ := base64.StdEncoding.DecodeString(*s)
	if b == nil {
		b = []byte{}
	}
	return b
}

func encode(b []byte) *string {
	if b == nil {
		return nil
	}
	s := base64.StdEncoding.EncodeToString(b)
	return &s
}
