package convert

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/mayfly-connect/mayfly/tasks"
)

// primitive is a converter of one number type, big-endian.
type primitive struct {
	word   string // as it stands in messages
	class  string // of the deserializer, as it stands in messages
	size   int
	schema *tasks.Schema
	java   string // the class of the values it takes
	kind   tasks.Kind
}

var primitives = map[string]primitive{
	"ShortConverter":   {"short", "ShortDeserializer", 2, tasks.OptionalInt16Schema, "java.lang.Short", tasks.KindInt16},
	"IntegerConverter": {"integer", "IntegerDeserializer", 4, tasks.OptionalInt32Schema, "java.lang.Integer", tasks.KindInt32},
	"LongConverter":    {"long", "LongDeserializer", 8, tasks.OptionalInt64Schema, "java.lang.Long", tasks.KindInt64},
	"FloatConverter":   {"float", "Deserializer", 4, tasks.OptionalFloat32Schema, "java.lang.Float", tasks.KindFloat32},
	"DoubleConverter":  {"double", "Deserializer", 8, tasks.OptionalFloat64Schema, "java.lang.Double", tasks.KindFloat64},
}

func (p primitive) ToConnect(_ context.Context, _ *tasks.Arena, _ string, _ []tasks.RawHeader, b []byte) (*tasks.Schema, tasks.Value, error) {
	if b == nil {
		return p.schema, tasks.Null, nil
	}
	if len(b) != p.size {
		return nil, tasks.Null, tasks.DataException("Failed to deserialize %s: ", p.word).WithCause(
			tasks.NewException(tasks.SerializationException, "Size of data received by %s is not %d", p.class, p.size))
	}
	var v tasks.Value
	switch p.kind {
	case tasks.KindInt16:
		v = tasks.NewInt16(int16(binary.BigEndian.Uint16(b)))
	case tasks.KindInt32:
		v = tasks.NewInt32(int32(binary.BigEndian.Uint32(b)))
	case tasks.KindInt64:
		v = tasks.NewInt64(int64(binary.BigEndian.Uint64(b)))
	case tasks.KindFloat32:
		v = tasks.NewFloat32(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case tasks.KindFloat64:
		v = tasks.NewFloat64(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return p.schema, v, nil
}

func (p primitive) FromConnect(_ context.Context, dst []byte, _ string, _ *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	if v.Kind() != p.kind {
		return nil, tasks.DataException("Failed to serialize to %s (was class %s): ", p.word, JavaClass(v)).WithCause(
			tasks.NewException(tasks.SerializationException, "Can't convert value of class %s to a %s", JavaClass(v), p.java))
	}
	switch p.kind {
	case tasks.KindInt16:
		return binary.BigEndian.AppendUint16(dst, uint16(v.Int())), nil
	case tasks.KindInt32:
		return binary.BigEndian.AppendUint32(dst, uint32(v.Int())), nil
	case tasks.KindInt64:
		return binary.BigEndian.AppendUint64(dst, uint64(v.Int())), nil
	case tasks.KindFloat32:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v.Float()))), nil
	}
	if math.IsNaN(v.Float()) {
		return binary.BigEndian.AppendUint64(dst, 0x7ff8<<48), nil // Java's serializer knows one NaN.
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float())), nil
}

// boolean is BooleanConverter: one byte, 1 or 0.
type boolean struct{}

func (boolean) ToConnect(_ context.Context, _ *tasks.Arena, _ string, _ []tasks.RawHeader, b []byte) (*tasks.Schema, tasks.Value, error) {
	s := tasks.OptionalBooleanSchema
	switch {
	case b == nil:
		return s, tasks.Null, nil
	case len(b) != 1:
		return nil, tasks.Null, badBoolean("Size of data received by BooleanDeserializer is not 1")
	case b[0] > 1:
		return nil, tasks.Null, badBoolean("Unexpected byte received by BooleanDeserializer: %d", int8(b[0]))
	}
	return s, tasks.NewBoolean(b[0] == 1), nil
}

func badBoolean(format string, args ...any) error {
	return tasks.DataException("Failed to deserialize boolean: ").WithCause(tasks.NewException(tasks.SerializationException, format, args...))
}

func (boolean) FromConnect(_ context.Context, dst []byte, _ string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	switch {
	case s != nil && s.Type != tasks.Boolean:
		return nil, tasks.DataException("Invalid schema type for BooleanConverter: %s", s.Type)
	case v.IsNull():
		return nil, nil
	case v.Kind() != tasks.KindBoolean:
		return nil, tasks.DataException("BooleanConverter is not compatible with objects of type class %s", JavaClass(v))
	case v.Bool():
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

// byteArray is ByteArrayConverter: bytes as they are.
type byteArray struct{}

func (byteArray) ToConnect(_ context.Context, _ *tasks.Arena, _ string, _ []tasks.RawHeader, b []byte) (*tasks.Schema, tasks.Value, error) {
	if b == nil {
		return tasks.OptionalBytesSchema, tasks.Null, nil
	}
	return tasks.OptionalBytesSchema, tasks.NewBytes(b), nil
}

func (byteArray) FromConnect(_ context.Context, dst []byte, _ string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	switch {
	case s != nil && s.Type != tasks.Bytes:
		return nil, tasks.DataException("Invalid schema type for ByteArrayConverter: %s", s.Type)
	case v.IsNull():
		return nil, nil
	case v.Kind() != tasks.KindBytes:
		return nil, tasks.DataException("ByteArrayConverter is not compatible with objects of type class %s", JavaClass(v))
	}
	return appendSome(dst, v.Bytes()), nil
}

// appendSome appends b and never returns nil, which would mean null.
func appendSome(dst, b []byte) []byte {
	if dst = append(dst, b...); dst == nil {
		return []byte{}
	}
	return dst
}

// header makes a header converter of a converter.
type header struct{ tasks.Converter }

func (h header) ToHeader(a *tasks.Arena, topic, _ string, data []byte) (*tasks.Schema, tasks.Value, error) {
	return h.ToConnect(context.Background(), a, topic, nil, data)
}

func (h header) FromHeader(topic, _ string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	return h.FromConnect(context.Background(), nil, topic, s, v)
}
