package transform

import (
	"cmp"
	"slices"
	"unicode/utf16"

	"github.com/mayfly-connect/mayfly/tasks"
)

// hashOrder returns the entries of a map in the order in which a java.util.HashMap of the same keys, put one by one,
// hands them out: by the low bits of their hashes, in a table that doubles when it is three quarters full.
func hashOrder(entries []tasks.Entry) []tasks.Entry {
	size := 16
	for len(entries) > size*3/4 {
		size *= 2
	}
	bucket := func(e tasks.Entry) uint32 {
		h := hashCode(e.Key.Str())
		return (h ^ h>>16) & uint32(size-1)
	}
	return slices.SortedStableFunc(slices.Values(entries), func(a, b tasks.Entry) int { return cmp.Compare(bucket(a), bucket(b)) })
}

// hashCode is Java's String.hashCode.
func hashCode(s string) (h uint32) {
	for _, r := range s {
		if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			h = 31*(31*h+uint32(high)) + uint32(low)
			continue
		}
		h = 31*h + uint32(r)
	}
	return h
}
