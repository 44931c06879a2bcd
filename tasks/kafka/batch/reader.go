// Package batch reads the records of Kafka's record batches without memory of its own per record.
//
// It stands beside franz-go's decoder because it is the hottest path of an executor: that one makes an object and a decompression
// buffer anew for each record and batch, which under an executor's small heap is mostly garbage collection. What is not
// of the present format (messages of Kafka before 0.11) goes through franz-go, and a test compares both.
package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Reader reads the records of what fetches of one partition brought. Its zero value with topic and partition is ready. Not safe for concurrent
// use.
type Reader struct {
	Topic     string
	Partition int32

	pos, to int64  // offsets wanted: [pos, to)
	rest    []byte // batches not yet begun
	part    *kmsg.FetchResponseTopicPartition
	aborted map[int64][]int64 // aborted transactions' first offsets, ascending, by producer; nil when they are wanted too
	old     []*kgo.Record     // records of the old format, not yet given

	open    header // of the batch in reading
	records []byte // its records, not yet given
	left    int    // and how many they are

	unpacked     []byte // the open batch when it was compressed; used again
	headers      []tasks.RawHeader
	names        map[string]string
	decompressor kgo.Decompressor
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Reset begins with the batches of a fetch. Records of [from, to) are wanted; with committed, those of aborted
// transactions are not. The batches must stay as they are until they are read.
func (r *Reader) Reset(part *kmsg.FetchResponseTopicPartition, from, to int64, committed bool) {
	r.pos, r.to, r.part, r.rest = from, to, part, part.RecordBatches
	r.old, r.records, r.left, r.aborted = nil, nil, 0, nil
	if !committed || len(part.AbortedTransactions) == 0 {
		return
	}
	r.aborted = map[int64][]int64{}
	for _, t := range part.AbortedTransactions {
		r.aborted[t.ProducerID] = append(r.aborted[t.ProducerID], t.FirstOffset)
	}
	for _, first := range r.aborted { // not every broker has them in order
		slices.Sort(first)
	}
}

// Read fills into with the next records and returns how many; 0 means that there are no more. What they refer to is valid
// until the next call. Control records are left out.
func (r *Reader) Read(into []tasks.Raw) (int, error) {
	for {
		n, err := 0, error(nil)
		switch {
		case len(r.old) > 0:
			n = r.readOld(into)
		case r.left > 0:
			n, err = r.readOpen(into)
		default:
			if more, err := r.next(); !more || err != nil {
				return 0, err
			}
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens the next batch that has records which are wanted, if there is one.
func (r *Reader) next() (more bool, err error) {
	for {
		h, batch, ok := split(r.rest)
		if !ok || h.first >= r.to {
			return false, nil
		}
		if h.magic < 2 {
			return true, r.long()
		}
		r.rest = r.rest[len(batch):]
		if h.last < r.pos {
			continue
		}
		if h.magic > 2 {
			return false, fmt.Errorf("the batch at offset %d has the unknown format %d", h.first, h.magic)
		}
		if sum := crc32.Checksum(batch[21:], castagnoli); sum != h.crc {
			return false, fmt.Errorf("the batch at offset %d is damaged: its checksum is %x, not %x", h.first, sum, h.crc)
		}
		if err := r.begin(h, batch[headerSize:]); err != nil {
			return false, fmt.Errorf("the batch at offset %d: %w", h.first, err)
		}
		if r.left > 0 {
			return true, nil
		}
	}
}

// begin opens a batch. It leaves left at 0 when none of its records is wanted.
func (r *Reader) begin(h header, records []byte) error {
	drop := r.aborts(h)
	if h.control() {
		if drop && abortMarker(records) {
			r.aborted[h.producer] = r.aborted[h.producer][1:]
		}
		return nil
	}
	if drop || h.count == 0 {
		return nil
	}
	if h.count < 0 {
		return fmt.Errorf("it claims to have %d records", h.count)
	}
	var err error
	if records, err = r.decompress(records, h.codec()); err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	r.open, r.records, r.left = h, records, h.count
	return nil
}

// aborts reports whether a batch is part of an aborted transaction.
func (r *Reader) aborts(h header) bool {
	first := r.aborted[h.producer]
	return h.transactional() && len(first) > 0 && h.first >= first[0]
}

// abortMarker reports whether the records of a control batch are an abort marker: the key of the one record is a version and a type,
// of two bytes each, and the type of an abort is 0.
func abortMarker(records []byte) bool {
	var f fields
	_, f.b = varint(records)
	f.skipPrefix()
	key := f.bytes()
	return !f.bad && len(key) >= 4 && binary.BigEndian.Uint16(key[2:]) == 0
}

var errRecord = errors.New("a record is cut off or damaged")

// readOpen gives records of the open batch.
func (r *Reader) readOpen(into []tasks.Raw) (n int, err error) {
	r.headers = r.headers[:0]
	for ; n < len(into) && r.left > 0; r.left-- {
		size, rest := varint(r.records)
		if rest == nil || size < 0 || size > int64(len(rest)) {
			return 0, fmt.Errorf("the batch at offset %d: %w", r.open.first, errRecord)
		}
		f := fields{b: rest[:size]}
		r.records = rest[size:]
		f.skip(1)
		raw := &into[n]
		raw.Timestamp = r.open.timestamp + f.varint()
		raw.Offset = r.open.first + f.varint()
		raw.Key, raw.Value = f.bytes(), f.bytes()
		raw.Headers = r.readHeaders(&f)
		if f.bad {
			return 0, fmt.Errorf("the batch at offset %d: %w", r.open.first, errRecord)
		}
		if raw.Offset < r.pos {
			continue
		}
		if raw.Offset >= r.to {
			r.left, r.rest = 0, nil
			return n, nil
		}
		raw.Topic, raw.Partition, raw.TimestampType = r.Topic, r.Partition, tasks.CreateTime
		if r.open.logAppend() {
			raw.Timestamp, raw.TimestampType = r.open.newest, tasks.LogAppendTime
		}
		raw.Timestamp = timestamp(raw.Timestamp)
		n++
	}
	return n, nil
}

// timestamp is a record's time; Kafka writes -1 for none.
func timestamp(ms int64) int64 {
	if ms == -1 {
		return tasks.NoTimestamp
	}
	return ms
}

// readHeaders reads a record's headers into memory that is used again; their names are kept, for there are few.
func (r *Reader) readHeaders(f *fields) []tasks.RawHeader {
	n := f.varint()
	if n <= 0 || n > int64(len(f.b)) {
		f.bad = f.bad || n != 0
		return nil
	}
	at := len(r.headers)
	for range n {
		name := f.bytes()
		r.headers = append(r.headers, tasks.RawHeader{Key: r.name(name), Value: f.bytes()})
	}
	return r.headers[at:len(r.headers):len(r.headers)]
}

// mostNames bounds the names kept.
const mostNames = 256

func (r *Reader) name(b []byte) string {
	if s, ok := r.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if r.names == nil {
		r.names = map[string]string{}
	}
	if len(r.names) < mostNames {
		r.names[s] = s
	}
	return s
}
