package protobuf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// FuzzParse asks that no text upsets the parser or what is made of a message, and that a canonical text stays so.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add(wrappersText)
	f.Add(`message R { optional group G = 1 { } repeated R r = 2 [packed=true]; oneof o { E e = 3; } enum E { A = 0; } }`)
	f.Add(`option (a).b = { c: [ { d: "x" } ] };`)
	f.Fuzz(func(t *testing.T, text string) {
		if again, ok := Canonical(text); ok {
			if third, ok := Canonical(again); !ok || third != again {
				t.Fatalf("%q becomes %q", again, third)
			}
		}
		parsed, err := parseSchema(text, nil)
		if err != nil {
			return
		}
		for _, m := range parsed.messages {
			rd := newReading(m, defaults(), 1, "")
			if rd.err != nil {
				continue
			}
			_, _ = new(decoder).decode(nil, rd, []byte{8, 1})
			_, _ = newWriting(rd.schema, defaults())
		}
	})
}

// FuzzDecode asks that no bytes upset the decoder, and that what it reads can be written and read again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(allFields))
	f.Add([]byte("\x12\x02\x08\x01\x12\x02\x10\x02\xc2\x0c\x04\x1a\x02\x1a\x00"))
	f.Add([]byte("\x8a\x02\x03\x8a\x02\x00\xc2\x3e\x08\x0a\x06\x0a\x01k\x12\x01\x08"))
	o := defaults()
	o.OptionalNullables = true
	endless := readerOf(f, everything, defaults())
	// What contains itself through another message has no schema to be written under.
	rd := readerOf(f, strings.Replace(everything, "google.protobuf.Struct any = 1000;", "", 1), o)
	w, err := newWriting(rd.schema, o)
	if err != nil {
		f.Fatal(err)
	}
	second := readerOf(f, w.text, o)
	flat := readerOf(f, `syntax = "proto2"; message R { required int32 a = 1; repeated E e = 2; optional string s = 3; optional E f = 4 [default = B]; enum E { A = 1; B = 2; } }`, defaults())
	a := &tasks.Arena{}
	f.Fuzz(func(t *testing.T, body []byte) {
		a.Reset()
		_, _ = new(decoder).decode(a, flat, body)
		_, _ = new(decoder).decode(a, endless, body)
		v, err := new(decoder).decode(a, rd, body)
		if err != nil {
			return
		}
		out, _, err := (&encoder{o: o}).root(w, v)
		if err != nil {
			return
		}
		again, err := new(decoder).decode(a, second, out)
		if err != nil {
			t.Fatalf("%x becomes %x: %v", body, out, err)
		}
		before, after := convert.AppendJava(nil, v), convert.AppendJava(nil, again)
		if !bytes.Equal(before, after) {
			t.Fatalf("%x becomes %x\n got %s\nwant %s", body, out, after, before)
		}
	})
}
