package javacharset

import (
	"slices"
	"unicode/utf8"
)

// In GB18030 the characters without a pair have four bytes, 0x81 to 0xfe, 0 to 9, 0x81 to 0xfe, 0 to 9: from 0x81308130 on
// those of the basic plane in their order, from 0x90308130 on the others.
const supplementary = (0x90 - 0x81) * 12600

// dismissed are the characters whose pairs the standards of 2005 and 2022 gave to others. Those left their four bytes to them.
var dismissed, admitted = []rune{0xe7c7, 0xe78d, 0xe78f, 0xe78e, 0xe790, 0xe791, 0xe792, 0xe793, 0xe794, 0xe795, 0xe796,
	0xe81e, 0xe826, 0xe82b, 0xe82c, 0xe832, 0xe843, 0xe854, 0xe864}, []rune{0x1e3f, 0xfe10, 0xfe11, 0xfe12, 0xfe13, 0xfe14,
	0xfe15, 0xfe16, 0xfe17, 0xfe18, 0xfe19, 0x9fb4, 0x9fb5, 0x9fb6, 0x9fb7, 0x9fb8, 0x9fb9, 0x9fba, 0x9fbb}

// nextOfMany reads a character of two or four bytes, the second of which is at least '0'.
func (c *Charset) nextOfMany(b []byte) (rune, int) {
	switch {
	case b[1] > '9':
		return rune(c.pairs[b[0]].at(b[1])), 2
	case len(b) < 4:
		return unmappable, len(b)
	case b[2] < 0x81 || b[2] == 0xff:
		return unmappable, 3
	case b[3] < '0' || b[3] > '9':
		return unmappable, 4
	}
	i := ((int(b[0]-0x81)*10+int(b[1]-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	if i >= supplementary && i <= supplementary+utf8.MaxRune-0x10000 {
		return rune(i - supplementary + 0x10000), 4
	}
	if plain := c.fours(); i < len(plain) {
		return exchange(plain[i], admitted, dismissed), 4
	}
	return unmappable, 4
}

func (c *Charset) appendFour(dst []byte, r rune) []byte {
	i := supplementary + int(r) - 0x10000
	if r < 0x10000 {
		i, _ = slices.BinarySearch(c.fours(), exchange(r, dismissed, admitted))
	}
	return append(dst, byte(0x81+i/12600), byte('0'+i/1260%10), byte(0x81+i/10%126), byte('0'+i%10))
}

// unpaired returns the characters of the basic plane that have four bytes, in their order.
func (c *Charset) unpaired() []rune {
	var out []rune
	for r := rune(0x80); r < 0x10000; r++ {
		if _, ok := c.reverse()[r]; utf8.ValidRune(r) && (!ok || slices.Contains(admitted, r)) && !slices.Contains(dismissed, r) {
			out = append(out, r)
		}
	}
	return out
}

// exchange returns what stands in one list where r stands in the other, r itself when it does not.
func exchange(r rune, from, to []rune) rune {
	if i := slices.Index(from, r); i >= 0 {
		return to[i]
	}
	return r
}
