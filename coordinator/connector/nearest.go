package connector

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns up to three candidates that name is likely a slip of the keyboard for, the nearest first.
func Nearest(name string, candidates []string) []string {
	type scored struct {
		text string
		far  int
	}
	limit := max(2, len(name)/4)
	var near []scored
	for _, c := range candidates {
		if far := distance(strings.ToLower(name), strings.ToLower(c)); name != "" && far <= limit {
			near = append(near, scored{c, far})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Or(cmp.Compare(a.far, b.far), strings.Compare(a.text, b.text)) })
	out := []string{}
	for _, n := range near[:min(3, len(near))] {
		out = append(out, n.text)
	}
	return out
}

// distance is Levenshtein's: the fewest bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
