package batch_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka/batch"
)

const (
	transactional = 1 << 4
	control       = 1 << 5
	logAppend     = 1 << 3
)

// records makes n records, some with null keys, headers, or values of some length.
func records(n int) []kmsg.Record {
	rs := make([]kmsg.Record, n)
	for i := range rs {
		rs[i] = kmsg.Record{OffsetDelta: int32(i), TimestampDelta64: int64(i * 7), Value: []byte(strings.Repeat(fmt.Sprint("value ", i), 1+i%300))}
		if i%3 == 0 {
			rs[i].Key = []byte(fmt.Sprint("key", i))
		}
		if i%5 == 0 {
			rs[i].Headers = []kmsg.Header{{Key: "kind", Value: []byte{byte(i)}}, {Key: "none"}}
		}
	}
	return rs
}

// pack makes a batch.
func pack(first, producer int64, attributes int16, codec kgo.CompressionCodec, rs []kmsg.Record) []byte {
	var raw []byte
	for _, r := range rs {
		body := r.AppendTo(nil)[1:] // behind the length of 0, which is one byte
		raw = append(binary.AppendVarint(raw, int64(len(body))), body...)
	}
	if c, _ := kgo.DefaultCompressor(codec); c != nil {
		var kind kgo.CompressionCodecType
		raw, kind = c.Compress(&bytes.Buffer{}, raw)
		attributes |= int16(kind)
	}
	b := kmsg.RecordBatch{FirstOffset: first, Magic: 2, Attributes: attributes, LastOffsetDelta: int32(len(rs) - 1), FirstTimestamp: 1000,
		MaxTimestamp: 9000, ProducerID: producer, NumRecords: int32(len(rs)), Records: raw}
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	out := b.AppendTo(nil)
	binary.BigEndian.PutUint32(out[17:], crc32.Checksum(out[21:], crc32.MakeTable(crc32.Castagnoli)))
	return out
}

// long is franz-go's reading of the same.
func long(p *kmsg.FetchResponseTopicPartition, from, to int64, committed bool) (out []tasks.Raw, next int64, err error) {
	level := kgo.ReadUncommitted()
	if committed {
		level = kgo.ReadCommitted()
	}
	fp, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: from, IsolationLevel: level, Topic: "t", Partition: 3}, p, kgo.DefaultDecompressor(), nil)
	for _, k := range fp.Records {
		if k.Offset < to {
			out = append(out, tasks.Raw{})
			batch.FromRecord(&out[len(out)-1], k)
		}
	}
	return out, next, fp.Err
}

// short is the Reader's; it copies what is only valid until the next call.
func short(r *batch.Reader, p *kmsg.FetchResponseTopicPartition, from, to int64, committed bool, size int) (out []tasks.Raw, err error) {
	r.Reset(p, from, to, committed)
	into := make([]tasks.Raw, size)
	for {
		n, err := r.Read(into)
		if n == 0 || err != nil {
			return out, err
		}
		for _, raw := range into[:n] {
			raw.Key, raw.Value, raw.Headers = slices.Clone(raw.Key), slices.Clone(raw.Value), slices.Clone(raw.Headers)
			for i := range raw.Headers {
				raw.Headers[i].Value = slices.Clone(raw.Headers[i].Value)
			}
			out = append(out, raw)
		}
	}
}

func TestReadsWhatFranzGoReads(t *testing.T) {
	t.Parallel()
	abort, commit := []kmsg.Record{{Key: []byte{0, 0, 0, 0}, Value: []byte{}}}, []kmsg.Record{{Key: []byte{0, 0, 0, 1}, Value: []byte{}}}
	plain := kgo.NoCompression()
	transactions := slices.Concat(pack(0, 7, transactional, plain, records(3)), pack(3, 8, transactional, kgo.Lz4Compression(), records(3)),
		pack(6, 7, transactional|control, plain, abort), pack(7, 7, transactional, plain, records(2)), pack(9, 8, transactional|control, plain, commit),
		pack(10, 7, transactional|control, plain, abort), pack(11, 7, transactional, plain, records(2)), pack(13, 9, 0, plain, records(1)))
	lz4 := pack(0, -1, 0, kgo.Lz4Compression(), records(900))
	for _, c := range []struct {
		name     string
		batches  []byte
		from, to int64
		aborted  []int64 // of producer 7
	}{
		{"nothing", nil, 0, 9, nil},
		{"plain", pack(5, -1, 0, plain, records(40)), 5, 99, nil},
		{"lz4", lz4, 0, 900, nil},
		{"snappy", pack(0, -1, 0, kgo.SnappyCompression(), records(900)), 0, 900, nil},
		{"gzip", pack(0, -1, 0, kgo.GzipCompression(), records(900)), 0, 900, nil},
		{"zstd", pack(0, -1, 0, kgo.ZstdCompression(), records(900)), 0, 900, nil},
		{"append time", pack(0, -1, logAppend, plain, records(4)), 0, 4, nil},
		{"a part of a batch", lz4, 17, 555, nil},
		{"a batch before", slices.Concat(lz4, pack(900, -1, 0, plain, records(3))), 901, 999, nil},
		{"cut off", slices.Concat(pack(0, -1, 0, plain, records(3)), lz4[:len(lz4)-1]), 0, 99, nil},
		{"emptied by compaction", pack(4, -1, 0, plain, nil), 0, 99, nil},
		{"transactions", transactions, 0, 99, []int64{7, 0}},
		{"transactions from the middle", transactions, 4, 99, []int64{0, 7}},
	} {
		for _, committed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, committed %t", c.name, committed), func(t *testing.T) {
				t.Parallel()
				p := &kmsg.FetchResponseTopicPartition{Partition: 3, RecordBatches: c.batches}
				for _, first := range c.aborted {
					p.AbortedTransactions = append(p.AbortedTransactions, kmsg.FetchResponseTopicPartitionAbortedTransaction{ProducerID: 7, FirstOffset: first})
				}
				want, next, err := long(p, c.from, c.to, committed)
				if err != nil {
					t.Fatal(err)
				}
				if end := batch.End(c.batches, c.from); end != max(next, c.from) {
					t.Errorf("the end is %d, want %d", end, next)
				}
				r := &batch.Reader{Topic: "t", Partition: 3}
				for _, size := range []int{1, 64, 5000} { // one reader, so that its memory is used again
					got, err := short(r, p, c.from, c.to, committed, size)
					if err != nil || !reflect.DeepEqual(want, got) { // cmp takes seconds for so much
						t.Errorf("in steps of %d: error %v, %d records, want %d", size, err, len(got), len(want))
					}
				}
			})
		}
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	whole := pack(0, -1, 0, kgo.Lz4Compression(), records(50))
	for _, c := range []struct {
		name string
		at   int
		want string
	}{
		{"a bit of the data", len(whole) - 5, "is damaged"},
		{"a bit of the header", 40, "is damaged"},
		{"the format", 16, "unknown format"},
	} {
		b := slices.Clone(whole)
		b[c.at] ^= 4
		_, err := short(&batch.Reader{}, &kmsg.FetchResponseTopicPartition{RecordBatches: b}, 0, 99, true, 10)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

// TestNoMemoryPerRecord reads batch after batch into the same memory.
func TestNoMemoryPerRecord(t *testing.T) {
	p := &kmsg.FetchResponseTopicPartition{RecordBatches: pack(0, -1, 0, kgo.Lz4Compression(), records(2000))}
	r, into := &batch.Reader{}, make([]tasks.Raw, 512)
	read := func() {
		r.Reset(p, 0, 2000, true)
		for n := 1; n > 0; {
			var err error
			if n, err = r.Read(into); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := testing.AllocsPerRun(10, read); n > 2 {
		t.Errorf("%.0f allocations for 2000 records", n)
	}
}

// FuzzReader reads anything, with a right checksum or not: no panic, no end of the loop missing, and never more records than franz-go.
func FuzzReader(f *testing.F) {
	f.Add(pack(0, -1, 0, kgo.Lz4Compression(), records(20)), true)
	f.Add(pack(0, 7, transactional|control, kgo.NoCompression(), records(1)), false)
	f.Add(pack(3, -1, 0, kgo.NoCompression(), records(9)), true)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if mend && len(b) > 21 {
			binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
			binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		p := &kmsg.FetchResponseTopicPartition{RecordBatches: b, AbortedTransactions: []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 7}}}
		done := make(chan struct{})
		go func() { defer close(done); _, _ = short(&batch.Reader{}, p, 0, 1<<40, true, 100) }()
		select {
		case <-done:
		case <-ctx.Done():
			t.Error("it does not end")
		}
	})
}
