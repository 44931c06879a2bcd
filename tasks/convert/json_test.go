package convert_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

func schemaless(t testing.TB) tasks.Transcoder {
	t.Helper()
	c, err := convert.New("JsonConverter", map[string]string{"schemas.enable": "false"}, false)
	if err != nil {
		t.Fatal(err)
	}
	return c.(tasks.Transcoder)
}

// FuzzTranscode compares the short way with the long one.
func FuzzTranscode(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":[true,null,"x\u0041\ud83d"],"c":{"d":1e7}}`, ` { "a" : -0 , "a" : 007 } `, `[1.50,99999999999999999999]`,
		`"\ud83d\ude00é"`, `{"x":5e-324,"y":2e23}`, "[\"\xc0\x80\"]", `[1e400]`, `{"":""}`, `{"a":"\/"}`,
		`{"b" : 1, "a":{"d":[{"q":1,"p" :1e7}],"c":2} }`, `{"BB":1,"Aa":2}`, `[[],{},[ ],{ }]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := schemaless(t)
		a := new(tasks.Arena)
		_, short, ok := c.Transcode(t.Context(), a, tasks.EncodingJSON, nil, "t", nil, data)
		s, v, err := c.ToConnect(t.Context(), a, "t", nil, data)
		if !ok {
			return
		}
		if err != nil {
			t.Fatalf("transcoded %q to %q, which cannot be decoded: %v", data, short, err)
		}
		long, err := convert.AppendJSON(nil, s, v, convert.JSONOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(short, long) {
			t.Fatalf("%q: transcoded %q, decoded and encoded %q", data, short, long)
		}
		if !json.Valid(short) {
			t.Fatalf("%q: %q is no JSON", data, short)
		}
	})
}

// TestHeaderText writes header text that has a type, but no schema for its parts.
func TestHeaderText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want, class string }{
		{"[]", `{"schema":{"type":"array","items":null,"optional":false},"payload":[]}`, ""},
		{"{}", "", "java.lang.NullPointerException"},
		{"{1:null}", `{"schema":{"type":"map","keys":{"type":"int8","optional":false},"values":null,"optional":false},"payload":[[1,null]]}`, ""},
	} {
		s, v := convert.ParseString(tt.in)
		h, err := convert.NewHeader("JsonConverter", map[string]string{"schemas.enable": "true"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.FromHeader("t", "h", s, v)
		if (err != nil) != (tt.class != "") || string(got) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.in, got, err, tt.want)
		}
		if err != nil && tasks.AsException(err).Class != tt.class {
			t.Errorf("%s: %v, want %s", tt.in, err, tt.class)
		}
	}
}

func TestTranscode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `{"a":1,"b":"x"}`, `{"a":1,"b":"x"}`},
		{"blanks", " {\t\"a\" : [ 1 , 2 ] }\n", `{"a":[1,2]}`},
		{"numbers", `[007,-0,1e7,0.10,5e-324,-0.0,18446744073709551615]`, `[7,0,1.0E7,0.1,4.9E-324,0.0,-1]`},
		{"escapes", `["\u0041\/\u0001\n\ud83d\ude00"]`, `["A/\u0001\n\uD83D\uDE00"]`},
		{"trailing", `[1]]`, `[1]`},
		{"order", ` {"b" : 1, "a":{"d":[{"q":1,"p" :1e7}],"c":2} }`, `{"a":{"c":2,"d":[{"p":1.0E7,"q":1}]},"b":1}`},
		{"one bucket", `{"BB":1,"Aa":2}`, `{"BB":1,"Aa":2}`},
		{"repeated name", `{"a":1,"a":2}`, ""},
		{"repeated name apart", `{"b":1,"a":2,"r":3,"b":4}`, ""},
		{"null", `null`, ""},
		{"malformed", `{"a":1,}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, got, ok := schemaless(t).Transcode(t.Context(), new(tasks.Arena), tasks.EncodingJSON, nil, "t", nil, []byte(tt.in))
			if ok != (tt.want != "") || string(got) != tt.want {
				t.Errorf("Transcode(%s) = %s, %v; want %s", tt.in, got, ok, tt.want)
			}
		})
	}
}

// row is one bird strike as JSON.
func row(b *testing.B) []byte {
	f, err := os.Open("../../tests/data/birdstrikes.csv")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	names, err := r.Read()
	if err != nil {
		b.Fatal(err)
	}
	values, err := r.Read()
	if err != nil {
		b.Fatal(err)
	}
	out := []byte("{")
	for i, n := range names {
		if i > 0 {
			out = append(out, ',')
		}
		k, _ := json.Marshal(n) // Strings cannot fail.
		v, _ := json.Marshal(values[i])
		out = append(append(append(out, k...), ':'), v...)
	}
	return append(out, '}')
}

func BenchmarkDecode(b *testing.B) {
	c, data, a := schemaless(b), row(b), new(tasks.Arena)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 {
			a.Reset() // once for each batch, as a lease does
		}
		if _, _, err := c.ToConnect(b.Context(), a, "t", nil, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTranscode(b *testing.B) {
	c, data, a := schemaless(b), row(b), new(tasks.Arena)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 {
			a.Reset() // once for each batch, as a lease does
		}
		if _, _, ok := c.Transcode(b.Context(), a, tasks.EncodingJSON, nil, "t", nil, data); !ok {
			b.Fatal("the row went the long way")
		}
	}
}

// FuzzDouble reads back what Java's text of a number says, and looks for texts of headers that break the parser.
func FuzzDouble(f *testing.F) {
	f.Add(uint64(1), "[1,{a:2}]")
	f.Add(math.Float64bits(2e23), "1e999999999")
	f.Fuzz(func(t *testing.T, bits uint64, text string) {
		v := math.Float64frombits(bits)
		got, err := strconv.ParseFloat(string(convert.AppendDouble(nil, v)), 64)
		if err != nil || got != v && !math.IsNaN(v) {
			t.Fatalf("AppendDouble(%v) reads as %v, %v", v, got, err)
		}
		convert.ParseString(text)
	})
}
