package rest

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// place is one value within a document, which can be replaced.
type place struct {
	get func() any
	set func(any)
}

var token = regexp.MustCompile(`^(?:\.\.([A-Za-z0-9_-]+)|\.([A-Za-z0-9_{}-]+)|\[(\*|-?\d+)\]|\['([^']*)'\])`)

// find returns the places that a path names: $.a[*].b, $..trace, $.x['a b'].
func find(t *testing.T, doc *any, path string) []place {
	t.Helper()
	at := []place{{func() any { return *doc }, func(v any) { *doc = v }}}
	for rest := path[1:]; rest != ""; {
		m := token.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("the recording has a path that the test cannot read: %s", path)
		}
		rest = rest[len(m[0]):]
		var next []place
		for _, p := range at {
			next = append(next, within(p.get(), m)...)
		}
		at = next
	}
	return at
}

func within(v any, m []string) []place {
	deep, key, index := m[1], m[2]+m[4], m[3]
	switch v := v.(type) {
	case map[string]any:
		switch {
		case deep != "":
			var out []place
			for k := range v {
				if k == deep {
					out = append(out, member(v, k))
				}
				out = append(out, within(v[k], m)...)
			}
			return out
		case index == "*":
			var out []place
			for k := range v {
				out = append(out, member(v, k))
			}
			return out
		case index == "":
			if _, ok := v[key]; ok {
				return []place{member(v, key)}
			}
		}
	case []any:
		var out []place
		for i := range v {
			if n, err := strconv.Atoi(index); index == "*" || err == nil && (n == i || n == i-len(v)) {
				out = append(out, place{func() any { return v[i] }, func(x any) { v[i] = x }})
			}
			if deep != "" {
				out = append(out, within(v[i], m)...)
			}
		}
		return out
	}
	return nil
}

func member(m map[string]any, k string) place {
	return place{func() any { return m[k] }, func(x any) { m[k] = x }}
}

func TestFind(t *testing.T) {
	t.Parallel()
	doc := any(map[string]any{"a": []any{map[string]any{"b": 1}, map[string]any{"b": 2, "c": map[string]any{"b": 3}}}})
	for path, want := range map[string][]int{"$.a[*].b": {1, 2}, "$..b": {1, 2, 3}, "$.a[-1].b": {2}, "$['a'][0].b": {1}, "$.x": nil} {
		var got []int
		for _, p := range find(t, &doc, path) {
			got = append(got, p.get().(int))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
