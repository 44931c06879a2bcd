package object_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

func TestAvroFilesAreReadable(t *testing.T) {
	t.Parallel()
	schema := tasks.NewStruct("Order", tasks.Field{Name: "id", Schema: tasks.Int64Schema}, tasks.Field{Name: "name", Schema: tasks.StringSchema})
	const n = 5000 // several blocks
	var records []tasks.Record
	for o := range int64(n) {
		r := record(o, "")
		r.ValueSchema = schema
		r.Value = tasks.NewStructValue(&tasks.Struct{Schema: schema, Slots: []tasks.Value{tasks.NewInt64(o), tasks.NewString(fmt.Sprintf("name-%d-%s", o, strings.Repeat("x", 30)))}})
		records = append(records, r)
	}
	for _, codec := range []string{"null", "deflate", "snappy"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			var first string
			for range 2 {
				m, s := newMemory(), settings(n)
				s.Format = object.Avro{Options: avro.DefaultOptions(), Codec: codec}
				if out := (lease{to: n, records: records}).run(t, m, s); out.err != nil || out.position != n {
					t.Fatalf("position = %d, err = %v", out.position, out.err)
				}
				content := m.content(dir + "0000000000.avro")
				if first != "" && content != first {
					t.Error("the same records give other bytes the second time")
				}
				first = content
			}
			file, err := goavro.NewOCFReader(strings.NewReader(first))
			if err != nil {
				t.Fatal(err)
			}
			if got := file.CompressionName(); got != codec {
				t.Errorf("codec = %s, want %s", got, codec)
			}
			count := int64(0)
			for ; file.Scan(); count++ {
				v, err := file.Read()
				if err != nil {
					t.Fatalf("record %d: %v", count, err)
				}
				want := map[string]any{"id": count, "name": records[count].Value.Struct().Slots[1].Str()}
				if d := cmp.Diff(want, v); d != "" {
					t.Fatalf("record %d (-want +got):\n%s", count, d)
				}
			}
			if err := file.Err(); err != nil || count != n {
				t.Errorf("%d records, err = %v; want %d", count, err, n)
			}
		})
	}
}
