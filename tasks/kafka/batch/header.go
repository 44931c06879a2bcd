package batch

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kgo"
)

// headerSize is the size of what stands before a batch's records.
const headerSize = 61

// header is what stands before a batch's records. Of the old formats only first, last and magic are known.
type header struct {
	first, last       int64 // offsets
	magic             int8
	crc               uint32
	attributes        uint16
	timestamp, newest int64 // of the first record, and the greatest
	producer          int64
	count             int
}

func (h *header) codec() kgo.CompressionCodecType { return kgo.CompressionCodecType(h.attributes & 7) }
func (h *header) logAppend() bool                 { return h.attributes&(1<<3) != 0 }
func (h *header) transactional() bool             { return h.attributes&(1<<4) != 0 }
func (h *header) control() bool                   { return h.attributes&(1<<5) != 0 }

// split returns the first batch of b and its header; ok is false when there is none that is whole, for brokers cut off the
// last one.
func split(b []byte) (h header, batch []byte, ok bool) {
	if len(b) < 17 {
		return h, nil, false
	}
	be := binary.BigEndian
	size := int64(int32(be.Uint32(b[8:]))) + 12
	if size < 17 || size > int64(len(b)) {
		return h, nil, false
	}
	batch = b[:size]
	h.first = int64(be.Uint64(batch))
	h.last, h.magic = h.first, int8(batch[16])
	if h.magic < 2 { // the offset of a compressed set is that of its last message
		return h, batch, true
	}
	if size < headerSize {
		return h, nil, false
	}
	h.crc = be.Uint32(batch[17:])
	h.attributes = be.Uint16(batch[21:])
	h.last += int64(int32(be.Uint32(batch[23:])))
	h.timestamp = int64(be.Uint64(batch[27:]))
	h.newest = int64(be.Uint64(batch[35:]))
	h.producer = int64(be.Uint64(batch[43:]))
	h.count = int(int32(be.Uint32(batch[57:])))
	return h, batch, true
}

// End returns the offset behind the last whole batch of b, or from when that is greater: the offset to fetch next. What it finds there
// may be gone from the log or aborted; the batches say so themselves.
func End(b []byte, from int64) int64 {
	for {
		h, batch, ok := split(b)
		if !ok {
			return from
		}
		from, b = max(from, h.last+1), b[len(batch):]
	}
}
