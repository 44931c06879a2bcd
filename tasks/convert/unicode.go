package convert

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// utf8Text returns JSON text as UTF-8: as it is, or without its byte order mark, or translated when its first bytes show
// 16 or 32 bits for each character.
func utf8Text(a *tasks.Arena, b []byte) ([]byte, error) {
	if len(b) < 2 || b[0] != 0 && b[1] != 0 && b[0] < 0xef {
		return b, nil
	}
	if len(b) >= 4 {
		switch q := binary.BigEndian.Uint32(b); {
		case q == 0x0000feff:
			return wide(a, b[4:], 4, binary.BigEndian)
		case q == 0xfffe0000:
			return wide(a, b[4:], 4, binary.LittleEndian)
		case q>>16 == 0xfeff:
			return wide(a, b[2:], 2, binary.BigEndian)
		case q>>16 == 0xfffe:
			return wide(a, b[2:], 2, binary.LittleEndian)
		case q>>8 == 0xefbbbf:
			return b[3:], nil
		case q>>8 == 0:
			return wide(a, b, 4, binary.BigEndian)
		case q&0x00ffffff == 0:
			return wide(a, b, 4, binary.LittleEndian)
		}
	}
	switch {
	case len(b) >= 3 && string(b[:3]) == "\xef\xbb\xbf":
		return b[3:], nil
	case len(b) < 4 && len(b) != 2:
		return b, nil
	case b[0] == 0:
		return wide(a, b, 2, binary.BigEndian)
	case b[1] == 0:
		return wide(a, b, 2, binary.LittleEndian)
	}
	return b, nil
}

func wide(a *tasks.Arena, b []byte, size int, order binary.ByteOrder) ([]byte, error) {
	out := a.Bytes(2 * len(b))[:0]
	for ; len(b) >= size; b = b[size:] {
		var r rune
		if size == 4 {
			r = rune(order.Uint32(b))
		} else {
			r = rune(order.Uint16(b))
			if r >= 0xd800 && r < 0xdc00 && len(b) >= 4 {
				if low := rune(order.Uint16(b[2:])); low >= 0xdc00 && low < 0xe000 {
					r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
					b = b[2:]
				}
			}
		}
		if !utf8.ValidRune(r) {
			return nil, errUTF8
		}
		out = utf8.AppendRune(out, r)
	}
	if len(b) > 0 {
		return nil, errEnd
	}
	return out, nil
}
