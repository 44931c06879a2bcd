package javacharset

import "unicode/utf8"

// AppendUTF8 appends b with one U+FFFD for each malformed sequence; how many bytes are one sequence follows Java's decoder.
func AppendUTF8(dst, b []byte) []byte {
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
