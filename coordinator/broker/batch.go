package broker

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// headerSize is the length of a version 2 record batch up to its records.
const headerSize = 61

const (
	attrCodec         = 0x07
	attrTransactional = 0x10
	attrControl       = 0x20
)

var errDamaged = errors.New("damaged record batch")

// castagnoli is the polynomial of Kafka's batches and of kfake's logs.
func castagnoli(b []byte) uint32 {
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}

// A batch is one record batch as it lies in a segment file. Its raw bytes are
// the scanner's buffer: valid until the next batch is read.
type batch struct {
	raw           []byte
	first, last   int64 // offsets
	leaderEpoch   int32
	attributes    uint16
	maxTimestamp  int64
	producer      int64
	producerEpoch int16
	sequence      int32
	records       int32

	// open says that the batch was written inside a transaction and that a
	// marker of the same producer, further on, decides about it. It comes from
	// the index; compaction clears it where it drops the marker.
	open bool
}

func (b *batch) control() bool { return b.attributes&attrControl != 0 }

// batchSize returns the whole length of the batch that starts with these
// first 12 bytes; ok is false unless it can lie in the left bytes of its file.
func batchSize(prefix []byte, left int64) (n int, ok bool) {
	size := int64(int32(binary.BigEndian.Uint32(prefix[8:]))) + 12
	return int(size), size >= headerSize && size <= left
}

// parseBatch checks the checksum of raw and reads its header.
func parseBatch(raw []byte) (batch, error) {
	be := binary.BigEndian
	if len(raw) < headerSize || raw[16] != 2 || castagnoli(raw[21:]) != be.Uint32(raw[17:]) {
		return batch{}, errDamaged
	}
	first := int64(be.Uint64(raw))
	b := batch{
		raw:           raw,
		first:         first,
		last:          first + int64(int32(be.Uint32(raw[23:]))),
		leaderEpoch:   int32(be.Uint32(raw[12:])),
		attributes:    be.Uint16(raw[21:]),
		maxTimestamp:  int64(be.Uint64(raw[35:])),
		producer:      int64(be.Uint64(raw[43:])),
		producerEpoch: int16(be.Uint16(raw[51:])),
		sequence:      int32(be.Uint32(raw[53:])),
		records:       int32(be.Uint32(raw[57:])),
	}
	if first < 0 || b.last < first || b.records < 0 {
		return batch{}, errDamaged
	}
	return b, nil
}

// committed reports whether a control batch commits its transaction. Anything
// that cannot be read as a commit is an abort, as the broker takes it.
func (b *batch) committed() bool {
	var r kmsg.Record
	if err := r.ReadFrom(b.raw[headerSize:]); err != nil || len(r.Key) < 4 {
		return false
	}
	return binary.BigEndian.Uint16(r.Key[2:]) == uint16(kmsg.ControlRecordKeyTypeCommit)
}

// marker encodes the control batch that ends the transaction of a producer at
// the given offset.
func marker(offset int64, leaderEpoch int32, producer int64, epoch int16, commit bool, now time.Time) []byte {
	key := kmsg.ControlRecordKey{Type: kmsg.ControlRecordKeyTypeAbort}
	if commit {
		key.Type = kmsg.ControlRecordKeyTypeCommit
	}
	rec := kmsg.Record{Key: key.AppendTo(nil), Value: new(kmsg.EndTxnMarker).AppendTo(nil)}
	// The length excludes itself: one byte for a record this short.
	rec.Length = int32(len(rec.AppendTo(nil)) - 1)
	rb := kmsg.RecordBatch{
		FirstOffset:          offset,
		PartitionLeaderEpoch: leaderEpoch,
		Magic:                2,
		Attributes:           attrControl | attrTransactional,
		FirstTimestamp:       now.UnixMilli(),
		MaxTimestamp:         now.UnixMilli(),
		ProducerID:           producer,
		ProducerEpoch:        epoch,
		FirstSequence:        -1,
		NumRecords:           1,
		Records:              rec.AppendTo(nil),
	}
	return seal(&rb)
}

// seal encodes a batch with the length and checksum of its content.
func seal(rb *kmsg.RecordBatch) []byte {
	raw := rb.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], castagnoli(raw[21:]))
	return raw
}
