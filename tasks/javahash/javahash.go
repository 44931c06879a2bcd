// Package javahash has the hashes of Java and the order in which a java.util.HashMap hands out its keys, which users see in
// whatever the originals keep in one. It is pure.
package javahash

import (
	"math/bits"
	"unicode/utf8"
)

// String is String.hashCode, over UTF-16 units. Half of a surrogate pair that stands alone, encoded in three bytes as if it
// were a character, counts as itself.
func String[T ~string | ~[]byte](s T) (h uint32) {
	i := 0
	for ; i+4 <= len(s) && s[i]|s[i+1]|s[i+2]|s[i+3] < utf8.RuneSelf; i += 4 {
		h = 31*31*31*31*h + 31*31*31*uint32(s[i]) + 31*31*uint32(s[i+1]) + 31*uint32(s[i+2]) + uint32(s[i+3])
	}
	for ; i < len(s) && s[i] < utf8.RuneSelf; i++ {
		h = 31*h + uint32(s[i])
	}
	if i == len(s) {
		return h
	}
	return wide(h, s[i:])
}

// wide goes on with a hash over any characters.
func wide[T ~string | ~[]byte](h uint32, s T) uint32 {
	for i := 0; i < len(s); {
		if len(s)-i >= 3 && s[i] == 0xed && s[i+1] >= 0xa0 {
			h = 31*h + (0xd000 | uint32(s[i+1]&0x3f)<<6 | uint32(s[i+2]&0x3f))
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		i += n
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + uint32(0xd800+r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
	}
	return h
}

// Bucket is where a hash lies in a HashMap's table of a size, which is a power of two.
func Bucket(h uint32, size int) int { return int((h ^ h>>16) & uint32(size-1)) }

// DefaultTable is the table of a HashMap that is made without a size.
const DefaultTable = 16

// Table is the table of a new HashMap(capacity): the power of two from it on.
func Table(capacity int) int {
	if capacity <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(capacity-1))
}

// CopyTable is the table of a new HashMap(map) of a map with n keys, as Java up to 18 makes it; later ones may make a smaller one.
func CopyTable(n int) int {
	if n == 0 {
		return DefaultTable
	}
	return Table(int(float32(n)/0.75 + 1))
}

// Grown is the table of a HashMap that began with a table and was given n keys: doubled when more than three quarters of it
// are taken.
func Grown(table, n int) int {
	for n*4 > table*3 {
		table *= 2
	}
	return table
}
