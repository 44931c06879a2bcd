package convert

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

var stringConfig = tasks.ConfigDef{
	{Name: "converter.encoding", Type: tasks.TypeString, Default: tasks.DefaultTo("UTF-8"), Importance: tasks.High,
		Width: tasks.WidthMedium, DisplayName: "Encoding", Doc: "The character encoding of the text, by its Java or IANA name."},
}

// text is StringConverter: the value's text in a character encoding.
type text struct{ in, out charset }

// newString reads the properties. The original hands them on to Kafka's serializer and deserializer, whose own keys come
// before the converter's.
func newString(props map[string]string, isKey bool) (text, error) {
	side := "value"
	if isKey {
		side = "key"
	}
	find := func(part string) (charset, error) {
		name, ok := props[side+part]
		if !ok {
			name, ok = props["converter.encoding"]
		}
		if !ok {
			name = "UTF-8"
		}
		c, ok := findCharset(name)
		if !ok {
			return c, tasks.NewException(tasks.SerializationException, "Unsupported encoding %s", name)
		}
		return c, nil
	}
	out, err := find(".serializer.encoding")
	if err != nil {
		return text{}, err
	}
	in, err := find(".deserializer.encoding")
	return text{in, out}, err
}

func (t text) ToConnect(_ context.Context, a *tasks.Arena, _ string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return tasks.OptionalStringSchema, tasks.Null, nil
	}
	return tasks.OptionalStringSchema, tasks.NewStringBytes(t.in.decode(a, data)), nil
}

func (t text) FromConnect(_ context.Context, dst []byte, _ string, _ *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	if v.Kind() == tasks.KindString {
		return t.out.encode(dst, v.Bytes()), nil
	}
	return t.out.encode(dst, AppendJava(nil, v)), nil
}
