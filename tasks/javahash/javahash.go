// Package javahash has the hashes of Java and the order in which a java.util.HashMap hands out its keys, which users see in
// whatever the originals keep in one. It is pure.
package javahash

import "unicode/utf8"

// String is String.hashCode, over UTF-16 units. Half of a surrogate pair that stands alone, encoded in three bytes as if it
// were a character, counts as itself.
func String[T ~string | ~[]byte](s T) (h uint32) {
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

// Size is the table of a HashMap that began empty and was given n keys, one by one: doubled when more than three quarters of
// it are taken.
func Size(n int) int {
	size := 16
	for n*4 > size*3 {
		size *= 2
	}
	return size
}
