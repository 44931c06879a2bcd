package jsonschema

import (
	"cmp"
	"slices"
	"unicode/utf16"
)

// hashOrder returns the order in which Java's HashMap hands out keys that were put into it in their given order: by the
// place of the key's hash in a table that doubles when it is three quarters full. The original keeps properties and
// parameters so, and Connect's fields follow it.
func hashOrder(keys []string) []int {
	size := uint32(16)
	for len(keys)*4 > int(size)*3 {
		size *= 2
	}
	order := make([]int, len(keys))
	places := make([]uint32, len(keys))
	for i, k := range keys {
		h := hashCode(k)
		order[i], places[i] = i, (h^h>>16)&(size-1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })
	return order
}

// hashCode is Java's String.hashCode.
func hashCode(s string) uint32 {
	h := uint32(0)
	for _, r := range s {
		if r > 0xffff {
			a, b := utf16.EncodeRune(r)
			h = (h*31+uint32(a))*31 + uint32(b)
			continue
		}
		h = h*31 + uint32(r)
	}
	return h
}
