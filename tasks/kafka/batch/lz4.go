package batch

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/pierrec/lz4/v4"
)

const (
	lz4Magic = 0x184D2204
	// The flags of a frame's first byte, behind the version in its upper two bits.
	lz4Independent   = 1 << 5
	lz4BlockChecksum = 1 << 4
	lz4Size          = 1 << 3
	lz4Checksum      = 1 << 2
	lz4Dictionary    = 1 << 0
)

// unpackLZ4 decompresses an LZ4 frame straight into dst, which grows as needed, and leaves its checksums alone: the batch has one of
// its own. ok is false for what is not one frame of independent blocks; the long way says what is wrong with it.
func unpackLZ4(dst, src []byte) (out []byte, ok bool) {
	if len(src) < 7 || binary.LittleEndian.Uint32(src) != lz4Magic {
		return dst, false
	}
	flags, scale := src[4], int(src[5]>>4&7)-4
	if flags>>6 != 1 || flags&lz4Independent == 0 || flags&lz4Dictionary != 0 || scale < 0 {
		return dst, false
	}
	size := 64 << 10 << (2 * scale) // of the largest block
	src = src[6:]
	if flags&lz4Size != 0 {
		src = src[min(8, len(src)):]
	}
	src = src[min(1, len(src)):] // the header's checksum
	for len(src) >= 4 {
		head := binary.LittleEndian.Uint32(src)
		src = src[4:]
		if head == 0 { // the frame's end, and its checksum
			if flags&lz4Checksum != 0 {
				src = src[min(4, len(src)):]
			}
			return dst, len(src) == 0
		}
		n := int(head &^ (1 << 31))
		if n > size || n > len(src) {
			return dst, false
		}
		block := src[:n]
		src = src[n:]
		if flags&lz4BlockChecksum != 0 {
			src = src[min(4, len(src)):]
		}
		if head>>31 == 1 {
			dst = append(dst, block...)
		} else if dst, ok = unpackBlock(dst, block, size); !ok {
			return dst, false
		}
	}
	return dst, false
}

// unpackBlock appends a block of at most most bytes, for which it makes room as needed: few blocks are as large as they may be.
func unpackBlock(dst, block []byte, most int) ([]byte, bool) {
	for room := min(4*len(block), most); ; room = min(2*room, most) {
		dst = slices.Grow(dst, room)
		free := dst[len(dst):cap(dst)]
		free = free[:min(len(free), most)]
		n, err := lz4.UncompressBlock(block, free)
		if err == nil {
			return dst[:len(dst)+n], true
		}
		if !errors.Is(err, lz4.ErrInvalidSourceShortBuffer) || len(free) >= most {
			return dst, false
		}
		room = max(room, len(free))
	}
}
