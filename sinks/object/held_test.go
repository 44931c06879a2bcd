package object_test

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Many open Parquet files hold no more together than a few: what they make does not depend on who asks for it when.
func TestManyOpenParquetFiles(t *testing.T) {
	const dirs, rounds, size = 40, 20, 4096
	write := func(batch int) (*memory, uint64) {
		s := settings(1 << 40)
		s.Partitioner, s.Format, s.PartSize = object.ByField{Fields: []string{"dir"}, Delim: "/"}, object.Parquet{Codec: parquet.CodecOf("snappy")}, 1<<30
		bucket := newMemory()
		w, err := object.NewWriter(&s, bucket, tasks.SinkTask{Log: slog.New(slog.DiscardHandler),
			Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, To: dirs * rounds * 32, CloseTail: true}})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		schema := tasks.NewStruct("row", tasks.Field{Name: "dir", Schema: tasks.Int32Schema}, tasks.Field{Name: "text", Schema: tasks.BytesSchema})
		random := rand.New(rand.NewPCG(1, 2))
		var most uint64
		var records []tasks.Record
		for o := range int64(dirs * rounds * 32) {
			text := make([]byte, size)
			for i := range 64 {
				text[i] = byte(random.Uint32())
			}
			records = append(records, tasks.Record{Topic: "orders", ValueSchema: schema, Raw: &tasks.Raw{Topic: "orders", Offset: o},
				Value: tasks.NewStructValue(&tasks.Struct{Schema: schema, Slots: []tasks.Value{tasks.NewInt32(int32(o % dirs)), tasks.NewBytes(text)}})})
			if len(records) < batch {
				continue
			}
			if err := w.Put(t.Context(), records); err != nil {
				t.Fatal(err)
			}
			records = records[:0]
			if o%2048 == 2047 && batch == 64 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		if err := w.Put(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(t.Context(), dirs*rounds*32); err != nil {
			t.Fatal(err)
		}
		return bucket, most
	}
	before := new(runtime.MemStats)
	runtime.GC()
	runtime.ReadMemStats(before)
	bucket, most := write(64)
	if grown := int64(most) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if n := len(bucket.names()); n != dirs {
		t.Fatalf("%d objects", n)
	}
	again, _ := write(1000)
	rows := int64(0)
	for _, name := range bucket.names() {
		content := []byte(bucket.content(name))
		if !bytes.Equal(content, []byte(again.content(name))) {
			t.Fatalf("%s has other bytes", name)
		}
		r, err := file.NewParquetReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		rows += r.NumRows()
	}
	if rows != dirs*rounds*32 {
		t.Errorf("%d rows", rows)
	}
}
