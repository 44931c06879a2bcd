package jsonschema

import (
	"cmp"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// hashOrder returns the order in which Java's HashMap hands out keys that were put into it in their given order: by the
// place of the key's hash in a table that doubles when it is three quarters full. The original keeps properties and
// parameters so, and Connect's fields follow it.
func hashOrder(keys []string) []int {
	size := javahash.Grown(javahash.DefaultTable, len(keys))
	order := make([]int, len(keys))
	places := make([]int, len(keys))
	for i, k := range keys {
		order[i], places[i] = i, javahash.Bucket(javahash.String(k), size)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })
	return order
}
