package spooldir

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// readAll reads data row by row; step cuts what is seen at once, to meet each row at the edge of a window.
func readAll(t *testing.T, data []byte, step int) (all [][]string, bad bool) {
	d := newDialect(',', '"', 0, false)
	f := csvFormat{dialect: d}
	seen := min(step, len(data))
	for at := 0; at < len(data); {
		fields, n, err := d.split(data[at:seen], seen == len(data), nil)
		if err != nil {
			return all, true
		}
		if n == 0 {
			if seen == len(data) {
				t.Fatalf("no row at %d of %q, although all of it was seen", at, data)
			}
			seen = min(seen+step, len(data))
			continue
		}
		raw := bytes.Clone(data[at : at+n])
		at += n
		seen = max(seen, at)
		if len(fields) == 1 && blank(raw) {
			continue
		}
		var row []string
		for _, x := range fields {
			row = append(row, f.text(raw, x, true))
		}
		all = append(all, row)
	}
	return all, false
}

// FuzzCSV compares the rows with those of encoding/csv, which keeps to the same rules but for an escape character.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",\r\n\"x\r\ny\"\n", "\n\r\n,", "a\rb\n", "\"", "a\"b", "\"a\"b", "\"\r", "a\r", "x,\"\n\n\"\r"} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		if !utf8.Valid(data) || len(data) > 2000 {
			return // the text is another, as encoding/csv keeps what cannot be decoded; long data takes long in small steps
		}
		want, wantErr := reference(data)
		got, bad := readAll(t, data, 1+int(step))
		if bad != (wantErr != nil) {
			t.Fatalf("%q: bad is %v, encoding/csv says %v", data, bad, wantErr)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q (-encoding/csv +ours):\n%s", data, d)
		}
	})
}

func reference(data []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	var all [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, row)
	}
}

// FuzzJSON reads any bytes as JSON values, with a schema and as text: no panic, always forward, and each value that
// is accepted is accepted again from its own bytes.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"{\"a\":1}", "{\"a\":[1,{\"b\":null}]} \n[\"\\\"]\"]", "{\"a\":\"\\u00e9\"}{", "7", "{]", "{\"a\":1.5e3,\"a\":2}"} {
		f.Add([]byte(s))
	}
	schema, err := parseSchema([]byte(`{"type":"STRUCT","fieldSchemas":{"a":{"type":"STRING","isOptional":true},"m":{"type":"MAP","isOptional":true,"keySchema":{"type":"STRING"},"valueSchema":{"type":"INT64","isOptional":true}}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []*jsonFormat{{astext: true}, {schemas: schemas{value: schema}}} {
			rows := &jsonRows{jsonFormat: format, schema: schema}
			w := text.NewWindow(bytes.NewReader(data), 0, int64(len(data)))
			for at := int64(0); ; {
				var rec tasks.Record
				if err := rows.next(w, nil, &rec); err != nil {
					break
				}
				if w.Offset() <= at {
					t.Fatalf("the window did not move from %d", at)
				}
				at = w.Offset()
				if format.astext {
					again := text.NewWindow(bytes.NewReader([]byte(rec.Value.Str())), 0, int64(len(rec.Value.Str())))
					var same tasks.Record
					if err := rows.next(again, nil, &same); err != nil || !same.Value.Equal(rec.Value) {
						t.Fatalf("%q read again: %v", rec.Value.Str(), err)
					}
				}
			}
		}
	})
}

// FuzzConfig reads any text as a schema, a date pattern and a position.
func FuzzConfig(f *testing.F) {
	f.Add(`{"type":"STRUCT","fieldSchemas":{"a":{"type":"INT64"}}}`)
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
	f.Add(`{"offset":12,"head":"00"}`)
	f.Fuzz(func(t *testing.T, s string) {
		if schema, err := parseSchema([]byte(s)); err == nil && schema == nil {
			t.Fatal("neither schema nor error")
		}
		if l, err := layoutOf(s); err == nil {
			p := parser{zone: time.UTC, layouts: []string{l}}
			_, _ = p.date(tasks.TimestampName, s)
		}
		if p, err := parsePosition(tasks.Position(s)); err == nil && p.Offset < 0 {
			t.Fatal("a negative offset")
		}
	})
}
