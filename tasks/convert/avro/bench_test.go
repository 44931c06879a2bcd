package avro_test

import (
	"encoding/binary"
	"net/http/httptest"
	"testing"

	"github.com/linkedin/goavro/v2"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

const benchRows = 500

func bodies(t testing.TB, d *avro.Decoder) (out [][]byte, size int64) {
	e := encoder(t, d.Schema)
	for _, v := range strikes(t, d.Schema, benchRows) {
		b := encode(t, e, v)
		out, size = append(out, b), size+int64(len(b))
	}
	return out, size / benchRows
}

func BenchmarkDecode(b *testing.B) {
	d := decoder(b, strikeText)
	data, size := bodies(b, d)
	a := &tasks.Arena{}
	b.SetBytes(size)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == benchRows {
			i = 0
			a.Reset()
		}
		if _, _, err := d.Decode(a, data[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	d := decoder(b, strikeText)
	e := encoder(b, d.Schema)
	values := strikes(b, d.Schema, benchRows)
	_, size := bodies(b, d)
	b.SetBytes(size)
	b.ReportAllocs()
	var dst []byte
	i := 0
	for b.Loop() {
		i = (i + 1) % benchRows
		var err error
		if dst, err = e.Append(dst[:0], values[i]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTranscode is a whole value with its magic byte and id, through the converter.
func BenchmarkTranscode(b *testing.B) {
	c := registered(b, strikeText)
	data, size := bodies(b, decoder(b, strikeText))
	for i := range data {
		data[i] = framed(1, data[i])
	}
	accept := func(writer string, s *tasks.Schema) bool { return avro.SameBody(writer, s, avro.DefaultOptions()) }
	b.SetBytes(size)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 1) % benchRows
		if _, _, ok := c.Transcode(b.Context(), nil, tasks.EncodingAvro, accept, "birds", nil, data[i]); !ok {
			b.Fatal("not passed")
		}
	}
}

func framed(id uint32, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, id), body...)
}

// registered returns a converter beside a registry that has a schema as birds-value with id 1.
func registered(t testing.TB, text string) tasks.Transcoder {
	t.Helper()
	reg, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Preload([]registry.Schema{{ID: 1, Subject: "birds-value", Version: 1, Text: text}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(reg)
	t.Cleanup(server.Close)
	c, err := avro.New(map[string]string{"schema.registry.url": server.URL}, false)
	if err != nil {
		t.Fatal(err)
	}
	return c.(tasks.Transcoder)
}

// The library beside ours, which is why ours exists: it makes a map for each record.

func BenchmarkGoavroDecode(b *testing.B) {
	codec, err := goavro.NewCodec(strikeText)
	if err != nil {
		b.Fatal(err)
	}
	data, size := bodies(b, decoder(b, strikeText))
	b.SetBytes(size)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 1) % benchRows
		if _, _, err := codec.NativeFromBinary(data[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGoavroEncode(b *testing.B) {
	codec, err := goavro.NewCodec(strikeText)
	if err != nil {
		b.Fatal(err)
	}
	data, size := bodies(b, decoder(b, strikeText))
	natives := make([]any, len(data))
	for i := range data {
		if natives[i], _, err = codec.NativeFromBinary(data[i]); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(size)
	b.ReportAllocs()
	var dst []byte
	i := 0
	for b.Loop() {
		i = (i + 1) % benchRows
		if dst, err = codec.BinaryFromNative(dst[:0], natives[i]); err != nil {
			b.Fatal(err)
		}
	}
}
