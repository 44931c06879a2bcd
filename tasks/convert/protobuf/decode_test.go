package protobuf

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// TestDecode reads what a writer need not do but may.
func TestDecode(t *testing.T) {
	t.Parallel()
	const text = `syntax = "proto3"; message R { repeated int32 a = 1; In in = 2; oneof o { In x = 3; string y = 4; } map<string, int32> m = 5; message In { int32 a = 1; int32 b = 2; } }`
	for _, tt := range []struct{ name, body, want string }{
		{"nothing", "", `{"o_0":null,"a":[],"in":null,"m":{}}`},
		{"packed and not", "\x08\x01\x0a\x02\x02\x03\x08\x04", `{"o_0":null,"a":[1,2,3,4],"in":null,"m":{}}`},
		{"lists with others between", "\x08\x01\x12\x00\x08\x02", `{"o_0":null,"a":[1,2],"in":{"a":0,"b":0},"m":{}}`},
		{"message in parts", "\x12\x02\x08\x01\x12\x02\x10\x02\x12\x00", `{"o_0":null,"a":[],"in":{"a":1,"b":2},"m":{}}`},
		{"union in parts", "\x1a\x02\x08\x01\x1a\x02\x10\x02", `{"o_0":{"x":{"a":1,"b":2},"y":null},"a":[],"in":null,"m":{}}`},
		{"union changes", "\x1a\x02\x08\x01\x22\x01q\x1a\x02\x10\x02", `{"o_0":{"x":{"a":0,"b":2},"y":null},"a":[],"in":null,"m":{}}`},
		{"union changes twice", "\x1a\x02\x08\x01\x1a\x00\x22\x01q", `{"o_0":{"x":null,"y":"q"},"a":[],"in":null,"m":{}}`},
		{"key twice", "\x2a\x05\x0a\x01k\x10\x01\x2a\x05\x0a\x01k\x10\x02\x2a\x00", `{"o_0":null,"a":[],"in":null,"m":{"":0,"k":2}}`},
		{"unknown fields", "\x78\x01\x7b\x08\x01\x7c\x79\x00\x00\x00\x00\x00\x00\x00\x00\x7d\x00\x00\x00\x00\x7a\x01x", `{"o_0":null,"a":[],"in":null,"m":{}}`},
		{"other wire type", "\x10\x05\x0d\x00\x00\x00\x00", `{"o_0":null,"a":[],"in":null,"m":{}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rd := readerOf(t, text, defaults())
			v, err := decodeOne(t, rd, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := convert.AppendJSON(nil, rd.schema, v, convert.JSONOptions{})
			if err != nil || string(got) != tt.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, tt.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("\x8a\x02", 3)
	for _, tt := range []struct{ name, body, want string }{
		{"long varint", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "malformed varint"},
		{"huge length", "\x72\xff\xff\xff\xff\x07", "ended unexpectedly"},
		{"negative length", "\x72\xff\xff\xff\xff\x0f", "negative size"},
		{"end of no group", "\x0c", "end-group"},
		{"open group", "\x7b\x08", "ended unexpectedly"},
		{"wrong end of a group", "\xfb\x7c\x0c", "end-group"},
		{"deep groups", strings.Repeat("\xfb\x7c", 200), "too many levels"},
		{"short double", "\x61\x00", "ended unexpectedly"},
		{"broken UTF-8", "\x72\x01\xff", "invalid UTF-8"},
		{"broken UTF-8 in a list", "\x9a\x01\x01\xff", "invalid UTF-8"},
		{"rest of a tag", deep, "ended unexpectedly"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := decodeOne(t, readerOf(t, everything, defaults()), []byte(tt.body))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %v, want an error with %q", v, err, tt.want)
			}
		})
	}
}

// TestDepth takes messages nested as deep as Java's library does, and no deeper.
func TestDepth(t *testing.T) {
	t.Parallel()
	rd := readerOf(t, `syntax = "proto3"; message R { R a = 1; }`, defaults())
	nested := func(n int) (body []byte) {
		for range n {
			head := append(appendTag(nil, 1, wireLen), 0)
			body = sized(append(head, body...), len(head))
		}
		return body
	}
	if _, err := decodeOne(t, rd, nested(100)); err != nil {
		t.Errorf("100 levels: %v", err)
	}
	if _, err := decodeOne(t, rd, nested(101)); err == nil {
		t.Error("101 levels were taken")
	}
}

// TestLogical meets values that Java's classes refuse.
func TestLogical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, class, message string }{
		{"no year", "\xea\x01\x00", illegalArgument, "YEAR"},
		{"month 13", "\xea\x01\x07\x08\xe4\x0f\x10\x0d\x18\x01", illegalArgument, "MONTH"},
		{"day 0", "\xea\x01\x05\x08\xe4\x0f\x10\x0c", illegalArgument, "DAY_OF_MONTH"},
		{"February 30", "\xea\x01\x07\x08\xe4\x0f\x10\x02\x18\x1e", illegalArgument, "MONTH"},
		{"hour 24", "\xf2\x01\x02\x08\x18", "java.time.DateTimeException", "Invalid value for HourOfDay (valid values 0 - 23): 24"},
		{"empty decimal", "\xfa\x01\x00", numberFormatException, "Zero length BigInteger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeOne(t, readerOf(t, everything, defaults()), []byte(tt.body))
			if e := tasks.AsException(err); err == nil || e.Class != tt.class || e.Error() != tt.message {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCalendar goes from days to dates and back, over the change of Java's calendar.
func TestCalendar(t *testing.T) {
	t.Parallel()
	for day := int64(-719164); day < 100_000; day += 7 {
		y, m, d := calendarDate(day)
		if back := epochDay(y, m, d); back != day {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", day, y, m, d, back)
		}
	}
	if y, m, d := calendarDate(firstGregorian - 1); y != 1582 || m != 10 || d != 4 {
		t.Errorf("the last Julian day is %d-%d-%d", y, m, d)
	}
}

// TestRoundTrip writes what it reads, under every setting that keeps the data, and reads the same again.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"default":  defaults(),
		"optional": {OptionalProto2: true, WrapRaw: true, UnionIndex: true, OptionalNullables: true},
		"wrapper":  {OptionalProto2: true, WrapRaw: true, UnionIndex: true, WrapNullables: true},
		"sum":      {OptionalProto2: true, WrapRaw: true, SumTypes: true},
		"sum int":  {OptionalProto2: true, WrapRaw: true, SumTypes: true, IntEnums: true},
		"int enum": {OptionalProto2: true, IntEnums: true, UnionIndex: true, Enhanced: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(strings.Replace(everything, "google.protobuf.Struct any = 1000;", "", 1), "R next = 33;", "", 1)
			rd := readerOf(t, text, o)
			v, err := decodeOne(t, rd, []byte(allFields))
			if err != nil {
				t.Fatal(err)
			}
			w, err := newWriting(rd.schema, o)
			if err != nil {
				t.Fatal(err)
			}
			body, set, err := (&encoder{o: o}).root(w, v)
			if err != nil || !set {
				t.Fatal(set, err)
			}
			again := readerOf(t, w.text, o)
			v2, err := decodeOne(t, again, bytes.Clone(body))
			if err != nil {
				t.Fatal(err)
			}
			a, b := convert.AppendJava(nil, v), convert.AppendJava(nil, v2)
			if !bytes.Equal(a, b) {
				t.Errorf("\n got %s\nwant %s", b, a)
			}
		})
	}
}

// allFields sets fields of everything.
const allFields = "\x08\x05\x10\x06\x18\xff\xff\xff\xff\x0f\x20\x07\x28\x09\x30\x0b\x3d\xff\xff\xff\xff\x41\x01\x00\x00\x00\x00\x00\x00\x80" +
	"\x4d\xfe\xff\xff\xff\x51\x02\x00\x00\x00\x00\x00\x00\x00\x5d\x00\x00\xc0\x3f\x61\x00\x00\x00\x00\x00\x00\xf8\x3f\x68\x01\x72\x01x\x7a\x02\x00\xff" +
	"\x80\x01\x00\x88\x01\x7f\x92\x01\x03\x01\x02\x03\x9a\x01\x01a\x9a\x01\x00\xa2\x01\x07\x0a\x01k\x12\x02\x08\x01" +
	"\xb0\x01\x02\xba\x01\x02\x01\x00\xca\x01\x02\x08\x09\xda\x01\x02\x08\x05\xe2\x01\x03\x0a\x01q" +
	"\xea\x01\x07\x08\xe4\x0f\x10\x02\x18\x1d\xf2\x01\x02\x08\x17\xfa\x01\x06\x0a\x02\x04\xd2\x18\x02\xc2\x0c\x02\x08\x07"

// TestNoBlowUp decodes bodies that are made to cost more than their size: messages in parts at every level, and fields that
// take turns.
func TestNoBlowUp(t *testing.T) {
	t.Parallel()
	var parts []byte
	for range 90 {
		inner := parts
		body := append(appendTag(nil, 33, wireLen), 0)
		body = sized(append(body, inner...), len(body))
		parts = append(body, "\x8a\x02\x02\x08\x01\x8a\x02\x00"...)
	}
	turns := bytes.Repeat([]byte("\x8a\x02\x02\x08\x01\x90\x01\x01\x9a\x01\x01a\xca\x01\x00\xc0\x01\x01\xa2\x01\x00\xc2\x0c\x00"), 1<<16)
	for name, body := range map[string][]byte{"parts": parts, "turns": turns} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rd := readerOf(t, everything, defaults())
			done := make(chan error, 1)
			go func() {
				_, err := new(decoder).decode(nil, rd, body)
				done <- err
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("%d bytes take more than 30 s", len(body))
			}
		})
	}
}
