package javahash_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// The values are what Java prints.
func TestString(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int32{"": 0, "a": 97, "connector.class": -862495593, "é中": 27236, "😀": 1772899, "\xed\xa0\xbd": 0xd83d} {
		if got := int32(javahash.String(s)); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
		if javahash.String([]byte(s)) != javahash.String(s) {
			t.Errorf("%q: text and bytes differ", s)
		}
	}
}

func TestStringAllocatesNothing(t *testing.T) {
	key := []byte("connector.class\u00e9\U0001f600")
	if n := testing.AllocsPerRun(100, func() { javahash.String(key) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, grown, made, copied int }{{0, 16, 1, 16}, {1, 16, 1, 2}, {2, 16, 2, 4}, {3, 16, 4, 8}, {5, 16, 8, 8},
		{6, 16, 8, 16}, {12, 16, 16, 32}, {13, 32, 16, 32}, {24, 32, 32, 64}, {25, 64, 32, 64}, {40, 64, 64, 64}} {
		if got := javahash.Grown(javahash.DefaultTable, c.n); got != c.grown {
			t.Errorf("%d keys put: %d, want %d", c.n, got, c.grown)
		}
		if got := javahash.Table(c.n); got != c.made {
			t.Errorf("new HashMap(%d): %d, want %d", c.n, got, c.made)
		}
		if got := javahash.CopyTable(c.n); got != c.copied {
			t.Errorf("new HashMap of %d keys: %d, want %d", c.n, got, c.copied)
		}
	}
}
