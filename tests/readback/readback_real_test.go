//go:build real

package readback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/real"
	"github.com/mayfly-connect/mayfly/sinks/aiven"
	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// copies is how often the rows are written, so that a file has several blocks, and pages of several rows.
const copies = 700

// formats are all formats of columns and of containers with each of their codecs.
func formats() map[string]object.Format {
	out := map[string]object.Format{}
	fields := []aiven.Field{aiven.Value}
	for _, codec := range []string{"none", "snappy", "gzip", "brotli", "lz4", "zstd", "lz4_raw"} {
		out["parquet/"+codec] = object.Parquet{Options: avro.DefaultOptions(), Codec: parquet.CodecOf(codec)}
	}
	out["aiven-parquet"] = aiven.Parquet{Fields: fields, Codec: parquet.CodecOf("snappy"), Options: avro.DefaultOptions()}
	for _, codec := range []string{"null", "deflate", "snappy", "bzip2"} {
		out["avro/"+codec] = object.Avro{Options: avro.DefaultOptions(), Codec: codec}
	}
	for _, codec := range []string{"null", "deflate", "snappy", "bzip2", "zstandard", "xz"} {
		out["aiven-avro/"+codec] = aiven.Avro{Fields: fields, Codec: codec, Options: avro.DefaultOptions()}
	}
	return out
}

func TestReadBack(t *testing.T) {
	t.Parallel()
	python := real.Python(t)
	records := records(t)
	want := lines(t, readFile(t, "testdata/expected.jsonl"))
	for name, f := range formats() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, f, records)
			if strings.HasSuffix(name, "/xz") { // which Avro's library for Python does not know, Java's does
				path = recode(t, path)
			}
			got := lines(t, read(t, python, path))
			if len(got) != copies*len(want) {
				t.Fatalf("%d rows, want %d", len(got), copies*len(want))
			}
			for i, row := range got {
				if !reflect.DeepEqual(row, want[i%len(want)]) {
					t.Fatalf("row %d\ngot  %v\nwant %v", i, row, want[i%len(want)])
				}
			}
		})
	}
}

// records are the rows of testdata, through Connect's JSON converter.
func records(t *testing.T) []tasks.Record {
	t.Helper()
	c, err := convert.New(convert.JSONClass, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	schema := string(readFile(t, "testdata/schema.json"))
	arena := new(tasks.Arena)
	var out []tasks.Record
	for row := range strings.Lines(string(readFile(t, "testdata/rows.jsonl"))) {
		s, v, err := c.ToConnect(context.Background(), arena, "t", nil, fmt.Appendf(nil, `{"schema":%s,"payload":%s}`, schema, row))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tasks.Record{Topic: "t", KeySchema: tasks.StringSchema, Key: tasks.NewString("k"), ValueSchema: s, Value: v, Raw: &tasks.Raw{Topic: "t", Offset: int64(len(out))}})
	}
	return out
}

// write makes a file of the records, again and again.
func write(t *testing.T, f object.Format, records []tasks.Record) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "object")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	enc := f.New(object.Values)
	if err := enc.Begin("object", &records[0]); err != nil {
		t.Fatal(err)
	}
	for i := range copies {
		for j := range records {
			if err := enc.Add(&records[j]); err != nil {
				t.Fatal(err)
			}
		}
		if h, ok := enc.(object.Hoarder); ok && i%300 == 299 { // several row groups
			if err := h.Flush(out); err != nil {
				t.Fatal(err)
			}
		}
		if err := enc.Spill(out, i == copies-1); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func read(t *testing.T, python, path string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, "testdata/read.py", path)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.Bytes())
	}
	return out
}

// recode has Avro's Java library read a container and write its records without compression.
func recode(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "java", "-cp", real.ClientJars(t), "testdata/Recode.java", path, path+".null")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return path + ".null"
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines parses JSON lines, with numbers as they stand but for those that are floats.
func lines(t *testing.T, b []byte) (out []any) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, numbers(v))
	}
	return out
}

// numbers makes floats of the numbers with a fraction or exponent: 1e100 is 1.0E100.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			f, _ := v.Float64()
			return f
		}
	}
	return v
}
