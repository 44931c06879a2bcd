package broker

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzRepairSegment feeds recovery the files of a segment that anything may
// have happened to: it must come to an end, and leave what it can read again.
func FuzzRepairSegment(f *testing.F) {
	now := time.UnixMilli(1_700_000_000_000)
	log := append(marker(0, 0, 1, 2, true, now), marker(1, 0, 1, 3, false, now)...)
	e := indexEntry(0, false)
	index := append(e[:], e[:]...)
	f.Add(log, index)
	f.Add(log[:len(log)-1], index)
	f.Add(log, index[:20])
	f.Add(append(bytes.Clone(log), 0xff), append(bytes.Clone(index), 1, 2, 3))
	f.Fuzz(func(t *testing.T, log, index []byte) {
		dir := t.TempDir()
		s := segment{dir: dir}
		if os.WriteFile(s.log(), log, 0o644) != nil || os.WriteFile(s.index(), index, 0o644) != nil {
			t.Fatal("cannot write")
		}
		first, err := repairSegment(dir, 0, func(b *batch) { b.committed() })
		if err != nil {
			t.Fatal(err)
		}
		if first.batches == 0 {
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Fatalf("an empty segment left %v", left)
			}
			return
		}
		second, err := repairSegment(dir, 0, func(*batch) {})
		if err != nil || second != first {
			t.Fatalf("repaired: %+v\nread again: %+v, %v", first, second, err)
		}
		if got, _ := os.ReadFile(s.log()); !bytes.Equal(got, log[:first.size]) {
			t.Fatal("the log is not the whole part of what was there")
		}
		if got, _ := os.ReadFile(s.index()); len(got) != first.batches*indexEntrySize {
			t.Fatalf("%d bytes of index for %d batches", len(got), first.batches)
		}
	})
}

func FuzzReadFrames(f *testing.F) {
	log, err := appendFrame(nil, producerEntry{Type: "init", ID: 7, TxID: "w"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(log)
	f.Add(append(bytes.Clone(log), log[:11]...))
	f.Fuzz(func(t *testing.T, log []byte) {
		whole := readFrames(log, func([]byte) {})
		if again := readFrames(log[:whole], func([]byte) {}); again != whole {
			t.Fatalf("%d bytes are whole, of these %d", whole, again)
		}
	})
}

func TestMarkerIsABatch(t *testing.T) {
	t.Parallel()
	for _, commit := range []bool{true, false} {
		b, err := parseBatch(marker(42, 3, 7, 2, commit, time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if !b.control() || b.committed() != commit || b.first != 42 || b.last != 42 || b.producer != 7 || b.producerEpoch != 2 || b.leaderEpoch != 3 {
			t.Errorf("%+v", b)
		}
	}
}
