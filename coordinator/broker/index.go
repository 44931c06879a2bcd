package broker

import "encoding/binary"

// Beside each segment lies an index with one entry of 15 bytes per batch:
// version, low byte of the checksum of what follows, leader epoch, a running
// maximum of the timestamps (recomputed by every load), and a flag that says
// whether the batch is part of a transaction.
const (
	indexVersion   = 1
	indexEntrySize = 15
)

// indexEntry encodes the entry of a batch.
func indexEntry(leaderEpoch int32, open bool) [indexEntrySize]byte {
	var e [indexEntrySize]byte
	e[0] = indexVersion
	binary.LittleEndian.PutUint32(e[2:], uint32(leaderEpoch))
	if open {
		e[14] = 1
	}
	e[1] = byte(castagnoli(e[2:]))
	return e
}

// openFlag reads entry n of an index. The second result is false for an entry
// that is missing or damaged.
func openFlag(index []byte, n int) (open, ok bool) {
	if (n+1)*indexEntrySize > len(index) {
		return false, false
	}
	e := index[n*indexEntrySize:][:indexEntrySize]
	if byte(castagnoli(e[2:])) != e[1] {
		return false, false
	}
	return e[14]&1 != 0, true
}
