package convert_test

import (
	"bytes"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// FuzzEnvelope reads JSON that brings its schema: what is read can be written, and is then read as the same.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		`{"schema":{"type":"struct","name":"r","version":1,"doc":"d","parameters":{"p":"1"},"fields":[{"field":"a","type":"int32","default":5},{"field":"b","type":"string","optional":true}]},"payload":{"a":1,"b":null}}`,
		`{"schema":{"type":"map","keys":{"type":"int32"},"values":{"type":"array","items":{"type":"double"}}},"payload":[[1,[1.5,2]]]}`,
		`{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":"AQ=="}`,
		`{"schema":{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1},"payload":-1}`,
		`{"schema":null,"payload":[1,{"a":2.5e3}]}`, `{"schema":{"type":"float"},"payload":1e39}`, `{"payload":1}`,
	} {
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, numeric bool) {
		props := map[string]string{"schemas.enable": "true", "decimal.format": map[bool]string{true: "NUMERIC", false: "BASE64"}[numeric]}
		c, err := convert.New(convert.JSONClass, props, false)
		if err != nil {
			t.Fatal(err)
		}
		a := new(tasks.Arena)
		s, v, err := c.ToConnect(t.Context(), a, "t", nil, data)
		if err != nil {
			return
		}
		out, err := c.FromConnect(t.Context(), nil, "t", s, v)
		if err != nil || out == nil {
			return
		}
		s2, v2, err := c.ToConnect(t.Context(), a, "t", nil, out)
		if err != nil {
			return // a schema that cannot be read back: a default of NaN, say
		}
		again, err := c.FromConnect(t.Context(), nil, "t", s2, v2)
		if err != nil {
			t.Fatalf("%q was written as %q, which cannot be written again: %v", data, out, err)
		}
		third, err := c.FromConnect(t.Context(), nil, "t", s2, v2)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("the same data are %q and %q", again, third)
		}
	})
}

// FuzzHeader reads header texts, which tell their own types, and writes what it found.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"true", "null", "12", "1.5", `"q"`, "[1, 2.5]", `{"a":1,"b":[]}`, "2024-02-30", "12:13:14.150Z", "2024-01-01T00:00:00.000Z", `[1,"x"]`, `\{`, "99999999999999999999", "1e400", "é"} {
		f.Add([]byte(s))
	}
	h, err := convert.NewHeader("SimpleHeaderConverter", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, v, err := h.ToHeader(new(tasks.Arena), "t", "h", text)
		if err != nil {
			return
		}
		if _, err := h.FromHeader("t", "h", s, v); err != nil {
			t.Errorf("%q is read as %s, which cannot be written: %v", text, convert.AppendJava(nil, v), err)
		}
	})
}

// FuzzText reads and writes texts in the encodings that Java has: what can be read can be written.
func FuzzText(f *testing.F) {
	for _, name := range []string{"UTF-8", "UTF-16", "UTF-16LE", "ISO-8859-1", "windows-1252", "Shift_JIS", "GB18030", "Big5", "EUC-JP", "ISO-2022-JP", "UTF-32", "IBM037"} {
		f.Add(name, []byte("a\xe9\x82\xa0\xff\x00b\x1b$B"))
	}
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		c, err := convert.New("StringConverter", map[string]string{"encoding": encoding}, false)
		if err != nil {
			return
		}
		s, v, err := c.ToConnect(t.Context(), new(tasks.Arena), "t", nil, data)
		if err != nil {
			return
		}
		if len(v.Bytes()) > 16*len(data)+16 {
			t.Errorf("%d bytes of %s became %d", len(data), encoding, len(v.Bytes()))
		}
		if _, err := c.FromConnect(t.Context(), nil, "t", s, v); err != nil {
			t.Errorf("what was read of %q as %s cannot be written: %v", data, encoding, err)
		}
	})
}
