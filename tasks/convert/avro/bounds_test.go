package avro_test

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

// A few bytes may declare any length or number of items; that must cost neither memory nor time.
func TestDeclaredLengths(t *testing.T) {
	for _, c := range []struct {
		name, schema string
		body         []byte
	}{
		{"string", `"string"`, binary.AppendVarint(nil, 1<<40)},
		{"negative string", `"string"`, binary.AppendVarint(nil, -5)},
		{"bytes", `"bytes"`, binary.AppendVarint(nil, 1<<31-1)},
		{"array", `{"type":"array","items":"int"}`, binary.AppendVarint(nil, 1<<40)},
		{"array of empty records", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, append(binary.AppendVarint(nil, 1<<40), 0)},
		{"array of empty fixed", `{"type":"array","items":{"type":"fixed","name":"F","size":0}}`, append(binary.AppendVarint(nil, 1<<40), 0)},
		{"array with a size", `{"type":"array","items":"int"}`, binary.AppendVarint(binary.AppendVarint(nil, -1<<40), 1<<40)},
		{"many blocks of nothing", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, append([]byte(strings.Repeat("\xfe\xff\xff\xff\x0f", 100)), 0)},
		{"map", `{"type":"map","values":"int"}`, binary.AppendVarint(nil, 1<<40)},
		{"fixed", `{"type":"fixed","name":"F","size":1073741824}`, []byte{1}},
		{"nested nothing", `{"type":"array","items":{"type":"array","items":{"type":"fixed","name":"F","size":0}}}`, append(binary.AppendVarint(nil, 1<<40), binary.AppendVarint(nil, 1<<40)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			tasktest.Bounded(t, len(c.body), func() {
				s, err := avro.Parse(c.schema)
				if err != nil {
					t.Fatal(err)
				}
				d, err := avro.NewDecoder(s, avro.DefaultOptions(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := d.Decode(new(tasks.Arena), c.body); err == nil {
					t.Error("no error")
				}
			})
		})
	}
}

// Nesting may be deep, in schemas and in data.
func TestDeepNesting(t *testing.T) {
	for _, c := range []struct {
		name, schema string
		body         []byte
	}{
		{"schema", strings.Repeat(`{"type":"array","items":`, 100_000) + `"int"` + strings.Repeat("}", 100_000), nil},
		{"unclosed schema", strings.Repeat(`[`, 1_000_000), nil},
		{"a map of itself", `{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},` +
			`{"name":"value","type":["null",{"type":"array","items":"MapEntry"}]}]}}`, []byte{0}},
		{"data", `{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}`, []byte(strings.Repeat("\x02", 1_000_000) + "\x00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			tasktest.Bounded(t, len(c.schema)+len(c.body), func() {
				s, err := avro.Parse(c.schema)
				if err == nil {
					var d *avro.Decoder
					if d, err = avro.NewDecoder(s, avro.DefaultOptions(), nil); err == nil {
						_, _, err = d.Decode(new(tasks.Arena), c.body)
					}
				}
				if err == nil {
					t.Error("no error")
				}
			})
		})
	}
}

// A map may have as many entries as there are bytes for.
func TestManyEntries(t *testing.T) {
	const n = 60_000
	var byText, byNumber []byte
	byText, byNumber = binary.AppendVarint(nil, n), binary.AppendVarint(nil, n)
	for i := range n {
		key := strconv.Itoa(i)
		byText = append(append(binary.AppendVarint(byText, int64(len(key))), key...), 2)
		byNumber = append(binary.AppendVarint(byNumber, int64(i)), 2)
	}
	for schema, body := range map[string][]byte{
		`{"type":"map","values":"int"}`: append(byText, 0),
		`{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":"int"}]}}`: append(byNumber, 0),
	} {
		tasktest.Bounded(t, len(body), func() {
			s, err := avro.Parse(schema)
			if err != nil {
				t.Fatal(err)
			}
			d, err := avro.NewDecoder(s, avro.DefaultOptions(), nil)
			if err != nil {
				t.Fatal(err)
			}
			v, _, err := d.Decode(new(tasks.Arena), body)
			if err != nil || len(v.Map().Entries) != n {
				t.Errorf("%v", err)
			}
		})
	}
}
