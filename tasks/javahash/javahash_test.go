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

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 16, 12: 16, 13: 32, 24: 32, 25: 64} {
		if got := javahash.Size(n); got != want {
			t.Errorf("%d keys: %d, want %d", n, got, want)
		}
	}
}
