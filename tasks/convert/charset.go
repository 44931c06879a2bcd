package convert

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javacharset"
)

// charset is a character encoding: what it cannot decode becomes U+FFFD, what it cannot encode a question mark.
type charset struct {
	name  string
	table *javacharset.Charset // nil for those that are built in
}

// javaNames are Java's own names of encodings, in lower case.
var javaNames = map[string]string{"utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "latin1": "iso-8859-1", "iso8859_1": "iso-8859-1",
	"iso8859-1": "iso-8859-1", "l1": "iso-8859-1", "ascii": "us-ascii", "ascii7": "us-ascii", "utf16": "utf-16", "utf_16": "utf-16", "unicode": "utf-16",
	"utf_16le": "utf-16le", "utf_16be": "utf-16be", "utf32": "utf-32", "utf_32": "utf-32"}

func findCharset(name string) (charset, bool) {
	n := strings.ToLower(strings.TrimSpace(name))
	if j, ok := javaNames[n]; ok {
		n = j
	}
	switch n {
	case "utf-8", "iso-8859-1", "us-ascii", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be":
		return charset{name: n}, true
	}
	table := javacharset.Find(n)
	return charset{name: n, table: table}, table != nil
}

func (c charset) decode(a *tasks.Arena, b []byte) []byte {
	switch c.name {
	case "utf-8":
		if utf8.Valid(b) {
			return b
		}
		return javacharset.AppendUTF8(nil, b)
	case "iso-8859-1", "us-ascii":
		return c.decodeBytes(a, b)
	case "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be":
		return c.decodeWide(b)
	}
	return c.table.Append(a.Bytes(3 * len(b))[:0], b)
}

func (c charset) decodeBytes(a *tasks.Arena, b []byte) []byte {
	high := 0
	for _, x := range b {
		high += int(x >> 7)
	}
	if high == 0 {
		return b
	}
	out := a.Bytes(len(b) + 2*high)[:0]
	for _, x := range b {
		switch {
		case x < 0x80:
			out = append(out, x)
		case c.name == "us-ascii":
			out = append(out, "\ufffd"...)
		default:
			out = utf8.AppendRune(out, rune(x))
		}
	}
	return out
}

// layout returns the bytes of a unit and their order; without a mark at the start of b, it is big-endian.
func (c charset) layout(b []byte) (size int, order binary.ByteOrder, rest []byte) {
	size, order = 2, binary.BigEndian
	if strings.HasPrefix(c.name, "utf-32") {
		size = 4
	}
	switch {
	case strings.HasSuffix(c.name, "le"):
		return size, binary.LittleEndian, b
	case strings.HasSuffix(c.name, "be"):
		return size, order, b
	case size == 2 && bytes.HasPrefix(b, []byte{0xfe, 0xff}), size == 4 && bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return size, order, b[size:]
	case size == 2 && bytes.HasPrefix(b, []byte{0xff, 0xfe}), size == 4 && bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return size, binary.LittleEndian, b[size:]
	}
	return size, order, b
}

func (c charset) decodeWide(b []byte) []byte {
	size, order, b := c.layout(b)
	var out []byte
	for ; len(b) >= size; b = b[size:] {
		if size == 4 {
			out = utf8.AppendRune(out, rune(order.Uint32(b)))
			continue
		}
		r := rune(order.Uint16(b))
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(b) >= 4 {
				pair = utf16.DecodeRune(r, rune(order.Uint16(b[2:])))
			}
			if r = pair; r != utf8.RuneError {
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	if len(b) > 0 {
		out = append(out, "\ufffd"...)
	}
	return out
}

// encode appends text, whose lone halves of pairs (see [Lexer.escape]) no encoding has.
func (c charset) encode(dst, s []byte) []byte {
	if c.name == "utf-8" && utf8.Valid(s) {
		return appendSome(dst, s)
	}
	if c.name == "utf-16" && len(s) > 0 {
		dst = append(dst, 0xfe, 0xff)
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		known := r != utf8.RuneError || n > 1
		if _, half := surrogate(s[i:]); half {
			n = 3
		}
		dst = c.encodeRune(dst, r, s[i:i+n], known)
		i += n
	}
	return appendSome(dst, nil)
}

// encodeRune appends one character; known is false for what is none.
func (c charset) encodeRune(dst []byte, r rune, text []byte, known bool) []byte {
	_, order, _ := c.layout(nil)
	switch {
	case strings.HasPrefix(c.name, "utf-16"):
		for _, u := range utf16.AppendRune(nil, r) {
			var b [2]byte
			order.PutUint16(b[:], u)
			dst = append(dst, b[:]...)
		}
		return dst
	case strings.HasPrefix(c.name, "utf-32"):
		var b [4]byte
		order.PutUint32(b[:], uint32(r))
		return append(dst, b[:]...)
	case !known:
		return append(dst, '?')
	case c.name == "utf-8":
		return append(dst, text...)
	case c.name == "us-ascii" && r < 0x80, c.name == "iso-8859-1" && r < 0x100:
		return append(dst, byte(r))
	case c.table != nil:
		if b, ok := c.table.Encode(dst, r); ok {
			return b
		}
	}
	return append(dst, '?')
}
