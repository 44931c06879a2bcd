package convert

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

var stringConfig = tasks.ConfigDef{
	{Name: "converter.encoding", Type: tasks.TypeString, Default: tasks.DefaultTo("UTF-8"), Importance: tasks.High,
		Doc: "The character encoding of the text, by its Java or IANA name."},
}

// text is StringConverter: the value's text in a character encoding.
type text struct{ charset charset }

func newString(props map[string]string, isKey bool) (text, error) {
	name, ok := props["converter.encoding"]
	if !ok {
		// The original hands its properties to Kafka's serializer, which has names of its own.
		side := "value"
		if isKey {
			side = "key"
		}
		name, ok = props[side+".serializer.encoding"]
		if !ok {
			name, ok = props["serializer.encoding"]
		}
	}
	if !ok {
		name = "UTF-8"
	}
	c, ok := findCharset(name)
	if !ok {
		return text{}, tasks.NewException(tasks.SerializationException, "Unsupported encoding %s", name)
	}
	return text{c}, nil
}

func (t text) ToConnect(_ context.Context, a *tasks.Arena, _ string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return tasks.OptionalStringSchema, tasks.Null, nil
	}
	return tasks.OptionalStringSchema, tasks.NewStringBytes(t.charset.decode(a, data)), nil
}

func (t text) FromConnect(_ context.Context, dst []byte, _ string, _ *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	if v.Kind() == tasks.KindString {
		return t.charset.encode(dst, v.Bytes()), nil
	}
	return t.charset.encode(dst, AppendJava(nil, v)), nil
}
