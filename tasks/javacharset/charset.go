package javacharset

import "unicode/utf8"

// Charset is a character set of one byte for each character, or of one to four.
type Charset struct {
	names  []string
	single [256]uint16
	// pairs holds, for the bytes that lead a pair, the characters by the second byte; triples those behind 0x8f.
	pairs, triples [256]*row
	odd            []oddity
	reverse        func() map[rune][]byte
	// fours holds the characters of GB18030 that have four bytes, as far as they are in the basic plane.
	fours func() []rune
}

// oddity is a character that is written otherwise than it is read; it has no bytes when it is not written at all.
type oddity struct {
	r     rune
	bytes []byte
}

// row holds characters by a byte, from 0x40 on.
type row [192]uint16

// unmappable marks bytes without a character.
const unmappable = 0xfffd

func (r *row) at(b byte) uint16 {
	if r == nil || b < 0x40 {
		return unmappable
	}
	return r[b-0x40]
}

// Names returns its names in lower case, the first one being Java's own.
func (c *Charset) Names() []string { return c.names }

// Single reports whether each byte is a character.
func (c *Charset) Single() bool { return c.pairs == [256]*row{} }

// ASCII reports whether the bytes below 128 are ASCII where they begin a character.
func (c *Charset) ASCII() bool {
	for b, r := range c.single[:128] {
		if int(r) != b {
			return false
		}
	}
	return true
}

// Append appends the text of b in UTF-8; what has no character becomes U+FFFD.
func (c *Charset) Append(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := c.next(b)
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// next returns the first character of b and its length in bytes.
func (c *Charset) next(b []byte) (rune, int) {
	r := c.single[b[0]]
	if r != unmappable || len(b) == 1 {
		return rune(r), 1
	}
	switch {
	case c.names[0] == "gb18030" && c.pairs[b[0]] != nil && b[1] >= '0':
		return c.nextOfMany(b)
	case c.names[0] == "euc-jp" && b[0] == 0x8f:
		if len(b) < 3 {
			return unmappable, len(b)
		}
		return rune(c.triples[b[1]].at(b[2])), 3
	case c.names[0] == "euc-jp":
		return rune(c.pairs[b[0]].at(b[1])), 2
	}
	if r = c.pairs[b[0]].at(b[1]); r == unmappable && c.malformed(b[0], b[1]) {
		return unmappable, 1
	}
	return rune(r), 2
}

// malformed reports whether a pair without a character is one malformed byte and something else, not two bytes of an
// unknown character.
func (c *Charset) malformed(b1, b2 byte) bool {
	return c.pairs[b1] == nil || c.pairs[b2] != nil || c.single[b2] != unmappable
}

// Encode appends the bytes of a character; false when it has none.
func (c *Charset) Encode(dst []byte, r rune) ([]byte, bool) {
	b, ok := c.reverse()[r]
	if !ok && c.names[0] == "gb18030" && utf8.ValidRune(r) {
		return c.appendFour(dst, r), true
	}
	return append(dst, b...), ok
}

// inverse maps characters to their first bytes.
func (c *Charset) inverse() map[rune][]byte {
	m := map[rune][]byte{}
	put := func(r uint16, b ...byte) {
		if _, ok := m[rune(r)]; !ok && r != unmappable {
			m[rune(r)] = b
		}
	}
	for i, r := range c.single {
		put(r, byte(i))
	}
	for lead, row := range c.pairs {
		if row == nil {
			continue
		}
		for i, r := range row {
			put(r, byte(lead), byte(i+0x40))
		}
	}
	for second, row := range c.triples {
		if row == nil {
			continue
		}
		for i, r := range row {
			put(r, 0x8f, byte(second), byte(i+0x40))
		}
	}
	for _, o := range c.odd {
		if len(o.bytes) == 0 {
			delete(m, o.r)
			continue
		}
		m[o.r] = o.bytes
	}
	return m
}
