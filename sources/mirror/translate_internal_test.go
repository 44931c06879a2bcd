package mirror

import (
	"math/rand/v2"
	"testing"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	p := partition{"t", 0}
	tr := translator{}
	for _, s := range [][2]int64{{10, 100}, {20, 108}, {21, 109}} {
		tr.add(offsetSync{p, s[0], s[1]})
	}
	for _, tt := range []struct {
		name     string
		at, want int64
		ok       bool
	}{
		{"before all syncs", 9, 0, false},
		{"at a sync", 10, 100, true},
		{"between two", 15, 101, true},
		{"behind the last", 1000, 110, true},
	} {
		if got, ok := tr.downstream(p, tt.at); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %d, %v", tt.name, got, ok)
		}
	}
	if _, ok := tr.downstream(partition{"u", 0}, 10); ok {
		t.Error("a partition without syncs is translated")
	}
	tr.add(offsetSync{p, 12, 5}) // the target's topic was made anew
	if got, ok := tr.downstream(p, 12); got != 5 || !ok {
		t.Errorf("after a new beginning: %d, %v", got, ok)
	}
	if _, ok := tr.downstream(p, 11); ok {
		t.Error("what was before the new beginning is translated")
	}
}

// However many syncs there are: what a group will read is never left out.
func TestTranslationIsNeverAhead(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	p, tr := partition{"t", 0}, translator{}
	var all [][2]int64
	up, down := int64(0), int64(0)
	for range 5000 {
		up, down = up+1+rnd.Int64N(3), down+1+rnd.Int64N(2)
		all = append(all, [2]int64{up, down})
		if rnd.IntN(3) == 0 {
			tr.add(offsetSync{p, up, down})
		}
	}
	if len(tr[p]) > mostSyncs {
		t.Errorf("%d syncs are kept", len(tr[p]))
	}
	for _, r := range all {
		if at, ok := tr.downstream(p, r[0]); ok && at > r[1] {
			t.Fatalf("the record at %d is at %d, translated %d", r[0], r[1], at)
		}
	}
}
