package text

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Charset decodes the bytes of one character set. Its zero value is UTF-8.
type Charset struct{ table *charmap.Charmap }

// NewCharset finds a character set by its Java or IANA name. Only those in which the bytes below 128 are ASCII are known,
// since rows are found by their bytes.
func NewCharset(name string) (Charset, error) {
	key := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	switch key {
	case "utf8", "usascii", "ascii":
		return Charset{}, nil
	case "latin1":
		return Charset{charmap.ISO8859_1}, nil
	}
	for _, e := range charmap.All {
		m, ok := e.(*charmap.Charmap)
		if !ok {
			continue
		}
		known := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(m.String()))
		if known == key && (strings.HasPrefix(known, "iso8859") || strings.HasPrefix(known, "windows125")) {
			return Charset{m}, nil
		}
	}
	return Charset{}, fmt.Errorf("character set %q is not known; use UTF-8, US-ASCII, ISO-8859-n or windows-125n", name)
}

// Plain reports whether b needs no decoding: its bytes are the UTF-8 text.
func (c Charset) Plain(b []byte) bool {
	if c.table == nil {
		return utf8.Valid(b)
	}
	for _, x := range b {
		if x >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Append appends the UTF-8 text of b to dst. What cannot be decoded becomes U+FFFD, as Java's decoders do.
func (c Charset) Append(dst, b []byte) []byte {
	if c.table == nil {
		return appendUTF8(dst, b)
	}
	for _, x := range b {
		dst = utf8.AppendRune(dst, c.table.DecodeByte(x))
	}
	return dst
}

// appendUTF8 replaces each malformed sequence by one U+FFFD; how many bytes are one sequence follows Java's UTF-8 decoder.
func appendUTF8(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = malformed(b)
		}
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// malformed returns how many bytes at the start of b are one malformed sequence.
func malformed(b []byte) int {
	tail := func(i int) bool { return i < len(b) && b[i]&0xC0 == 0x80 }
	switch c := b[0]; {
	case c >= 0xE0 && c < 0xF0:
		switch {
		case !tail(1) || c == 0xE0 && b[1] < 0xA0:
			return 1
		case !tail(2):
			return 2
		}
		return 3 // a surrogate
	case c >= 0xF0 && c <= 0xF4:
		switch {
		case !tail(1) || c == 0xF0 && b[1] < 0x90 || c == 0xF4 && b[1] > 0x8F:
			return 1
		case !tail(2):
			return 2
		}
		return 3
	}
	return 1
}
