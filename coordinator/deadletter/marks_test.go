package deadletter

import (
	"math/rand/v2"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Whatever the order in which letters are marked, exactly they are marked, in as few ranges as can be, and an entry that was
// written and read says the same.
func TestMarks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		m, want := &marks{topic: "dlq", id: "a", by: map[block][][2]int64{}}, map[int64]bool{}
		for range 200 {
			o := markBlock - 50 + random.Int64N(100)
			m.add(&Letter{Offset: o})
			want[o] = true
		}
		read := &marks{topic: "dlq", id: "a", by: map[block][][2]int64{}}
		for b := range m.by {
			r, err := m.record(b)
			if err != nil {
				t.Fatal(err)
			}
			got, ranges, mine, err := read.decode(r)
			if err != nil || !mine || got != b {
				t.Fatalf("seed %d: %s: block %v, mine %v, error %v", seed, r.Key, got, mine, err)
			}
			read.by[got] = ranges
			for i := 1; i < len(ranges); i++ {
				if ranges[i-1][1] >= ranges[i][0] {
					t.Fatalf("seed %d: ranges %v touch", seed, ranges)
				}
			}
		}
		for o := int64(markBlock - 60); o < markBlock+60; o++ {
			if got := read.has(&Letter{Offset: o}); got != want[o] {
				t.Fatalf("seed %d: offset %d marked: %v, want %v, of %v", seed, o, got, want[o], read.by)
			}
		}
	}
}

func FuzzDecodeMark(f *testing.F) {
	f.Add([]byte("dlq/0/3"), []byte(`{"version":1,"topicId":"a","ranges":[[1,2]]}`))
	f.Add([]byte("dlq/0"), []byte(`{"version":2}`))
	f.Add([]byte("other/0/0"), []byte(`null`))
	f.Add([]byte("dlq"), []byte(`{"version":1,"topicId":"a","home":"x"}`))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		m := &marks{topic: "dlq", id: "a"}
		if err := m.readClaim(&kgo.Record{Key: key, Value: value}); err != nil && m.home != "" {
			t.Errorf("a claim that cannot be read counts: %v", err)
		}
		if _, _, mine, err := m.decode(&kgo.Record{Key: key, Value: value}); mine && err != nil {
			t.Errorf("an entry that cannot be read counts: %v", err)
		}
	})
}
