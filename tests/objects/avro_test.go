package objects_test

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/klauspost/compress/s2"
	"github.com/ulikunitz/xz"
)

// readAvro reads an object container file as the recordings show it: values without logical types, unions without branch
// names. It is written apart from the encoder on purpose.
func readAvro(b []byte) (schema any, codec string, records []any, err error) {
	r := &avroReader{b: b, names: map[string]any{}}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read the container file: %v", p)
		}
	}()
	if string(r.take(4)) != "Obj\x01" {
		return nil, "", nil, errors.New("it is no container file")
	}
	meta := map[string]string{}
	for n := r.long(); n != 0; n = r.long() {
		for range n {
			k := string(r.take(r.long()))
			meta[k] = string(r.take(r.long()))
		}
	}
	sync := r.take(16)
	if err := json.Unmarshal([]byte(meta["avro.schema"]), &schema); err != nil {
		return nil, "", nil, err
	}
	r.learn(schema, "")
	codec = meta["avro.codec"]
	for len(r.b) > 0 {
		n := r.long()
		block, err := unpack(codec, r.take(r.long()))
		if err != nil {
			return nil, "", nil, err
		}
		in := &avroReader{b: block, names: r.names}
		for range n {
			records = append(records, in.value(schema, ""))
		}
		if len(in.b) > 0 || !bytes.Equal(r.take(16), sync) {
			return nil, "", nil, errors.New("a block does not end where it should")
		}
	}
	return schema, codec, records, nil
}

func unpack(codec string, b []byte) ([]byte, error) {
	switch codec {
	case "deflate":
		return io.ReadAll(flate.NewReader(bytes.NewReader(b)))
	case "snappy":
		return s2.Decode(nil, b[:len(b)-4])
	case "bzip2":
		return io.ReadAll(bzip2.NewReader(bytes.NewReader(b)))
	case "zstandard":
		return unzip("zstd", b)
	case "xz":
		r, err := xz.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "null":
		return b, nil
	}
	return nil, fmt.Errorf("unknown codec %q", codec)
}

type avroReader struct {
	b     []byte
	names map[string]any
}

func (r *avroReader) take(n int64) []byte {
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *avroReader) long() int64 {
	v, n := binary.Varint(r.b)
	r.b = r.b[n:]
	return v
}

// full returns the full name of a named type, and the namespace of what it holds.
func full(m map[string]any, space string) (name, inner string) {
	name, _ = m["name"].(string)
	if s, ok := m["namespace"].(string); ok {
		space = s
	}
	if i := bytes.LastIndexByte([]byte(name), '.'); i >= 0 {
		return name, name[:i]
	}
	if space == "" {
		return name, ""
	}
	return space + "." + name, space
}

// learn finds the named types.
func (r *avroReader) learn(s any, space string) {
	switch s := s.(type) {
	case []any:
		for _, b := range s {
			r.learn(b, space)
		}
	case map[string]any:
		if s["name"] != nil {
			var name string
			name, space = full(s, space)
			if _, ok := r.names[name]; !ok {
				r.names[name] = s
			}
		}
		for _, k := range []string{"items", "values", "type"} {
			r.learn(s[k], space)
		}
		fields, _ := s["fields"].([]any)
		for _, f := range fields {
			r.learn(f.(map[string]any)["type"], space)
		}
	}
}

func (r *avroReader) value(s any, space string) any {
	switch s := s.(type) {
	case []any:
		return r.value(s[r.long()], space)
	case map[string]any:
		return r.complex(s, space)
	case string:
		return r.primitive(s, space)
	}
	panic("a schema of no kind")
}

func (r *avroReader) complex(s map[string]any, space string) any {
	switch s["type"] {
	case "record":
		_, space = full(s, space)
		out := map[string]any{}
		for _, f := range s["fields"].([]any) {
			f := f.(map[string]any)
			out[f["name"].(string)] = r.value(f["type"], space)
		}
		return out
	case "enum":
		return s["symbols"].([]any)[r.long()]
	case "fixed":
		return b64(r.take(int64(s["size"].(float64))))
	case "array":
		out := []any{}
		r.blocks(func() { out = append(out, r.value(s["items"], space)) })
		return out
	case "map":
		out := map[string]any{}
		r.blocks(func() {
			k := string(r.take(r.long()))
			out[k] = r.value(s["values"], space)
		})
		return out
	}
	return r.value(s["type"], space)
}

func (r *avroReader) blocks(item func()) {
	for n := r.long(); n != 0; n = r.long() {
		if n < 0 {
			n = -n
			r.long()
		}
		for range n {
			item()
		}
	}
}

func b64(b []byte) any { return map[string]any{"b64": base64.StdEncoding.EncodeToString(b)} }

func (r *avroReader) primitive(s, space string) any {
	switch s {
	case "null":
		return nil
	case "boolean":
		return r.take(1)[0] == 1
	case "int", "long":
		return json.Number(strconv.FormatInt(r.long(), 10))
	case "float":
		return number(float64(math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))), 32)
	case "double":
		return number(math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))), 64)
	case "string":
		return string(r.take(r.long()))
	case "bytes":
		return b64(r.take(r.long()))
	}
	if t, ok := r.names[s]; ok {
		return r.value(t, space)
	}
	return r.value(r.names[space+"."+s], space)
}

func number(f float64, bits int) any {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, bits))
}
