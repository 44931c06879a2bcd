package parquet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
)

const user = `{"type":"record","name":"User","fields":[{"name":"id","type":"long"},{"name":"name","type":["null","string"]}]}`

// write makes a file of n records, with null for each third name; every fifth record is added and taken back.
func write(t *testing.T, codec string, n int) []byte {
	t.Helper()
	p, err := parquet.Compile(user, parquet.Auto)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.NewFile(parquet.CodecOf(codec))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for i := range n {
		record := []byte{byte(2 * (i % 60)), 2, 4, 'a', byte('a' + i%20)}
		if i%3 == 0 {
			record = []byte{byte(2 * (i % 60)), 0}
		}
		if i%5 == 0 {
			if err := f.Add(record); err != nil {
				t.Fatal(err)
			}
			f.Drop()
		}
		if err := f.Add(record); err != nil {
			t.Fatal(err)
		}
		if err := f.Spill(&out, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Spill(&out, true); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{"none", "snappy", "gzip", "brotli", "lz4", "zstd", "lz4_raw"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			b := write(t, codec, 1000)
			if !bytes.Equal(b, write(t, codec, 1000)) {
				t.Error("the same records make other bytes")
			}
			r, err := file.NewParquetReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if n := r.NumRows(); n != 1000 {
				t.Fatalf("%d rows", n)
			}
			c, err := r.RowGroup(0).Column(0)
			if err != nil {
				t.Fatal(err)
			}
			ids := make([]int64, 1000)
			n, _, err := c.(*file.Int64ColumnChunkReader).ReadBatch(1000, ids, nil, nil)
			if err != nil || n != 1000 {
				t.Fatalf("%d ids: %v", n, err)
			}
			for i, id := range ids {
				if id != int64(i%60) {
					t.Fatalf("id %d is %d", i, id)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no record":   `"string"`,
		"itself":      `{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}`,
		"scale":       `{"type":"record","name":"D","fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}}]}`,
		"empty group": `{"type":"record","name":"E","fields":[]}`,
	} {
		if _, err := parquet.Compile(text, parquet.Auto); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
	p, err := parquet.Compile(`{"type":"record","name":"L","fields":[{"name":"l","type":{"type":"array","items":["null","int"]}}]}`, parquet.TwoLevels)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.NewFile(parquet.CodecOf("none"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Add([]byte{2, 2, 6, 0}); err != nil {
		t.Errorf("a list without null: %v", err)
	}
	if err := f.Add([]byte{2, 0, 0}); err == nil || !strings.Contains(err.Error(), "null element") {
		t.Errorf("a list with null: %v", err)
	}
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte{2, 2, 4, 'a', 'b'})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, record []byte) {
		p, err := parquet.Compile(`{"type":"record","name":"R","fields":[{"name":"m","type":{"type":"map","values":["null","string"]}},`+
			`{"name":"a","type":{"type":"array","items":["null","long"]}}]}`, parquet.Auto)
		if err != nil {
			t.Fatal(err)
		}
		file, err := p.NewFile(parquet.CodecOf("none"))
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Add(record)
		if err := file.Spill(&bytes.Buffer{}, true); err != nil {
			t.Error(err)
		}
	})
}
