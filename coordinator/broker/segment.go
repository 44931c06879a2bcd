package broker

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A segment is one file of a partition's log and its index.
type segment struct {
	dir                string
	base               int64 // offset in the file's name
	size               int64
	batches            int
	maxTimestamp       int64
	minEpoch, maxEpoch int32
}

func (s *segment) log() string   { return filepath.Join(s.dir, strconv.FormatInt(s.base, 10)+".dat") }
func (s *segment) index() string { return filepath.Join(s.dir, strconv.FormatInt(s.base, 10)+".idx") }

// segmentBases lists the segments of a partition's directory in order. A
// directory that does not exist has none: the partition was never written.
func segmentBases(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var bases []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".dat")
		if base, err := strconv.ParseInt(name, 10, 64); ok && err == nil {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// repairSegment reads a segment and calls visit for each of its batches. What
// a death in the middle of a write can leave is put right on the way: bytes
// after the last whole batch are cut off, and the index is rewritten where it
// does not hold exactly one entry per batch. A segment without a batch is
// removed (its batches are 0).
func repairSegment(dir string, base int64, visit func(*batch)) (segment, error) {
	s := segment{dir: dir, base: base, maxTimestamp: -1}
	index, err := os.ReadFile(s.index())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	var right []byte // the index as it must be
	whole, err := scanSegment(s.log(), func(b *batch) {
		open, ok := openFlag(index, s.batches)
		if !ok {
			open = b.attributes&attrTransactional != 0 && !b.control()
		}
		b.open = open
		e := indexEntry(b.leaderEpoch, open)
		if ok { // keep what the broker wrote, to the byte
			e = [indexEntrySize]byte(index[s.batches*indexEntrySize:])
		}
		right = append(right, e[:]...)
		s.add(b)
		visit(b)
	})
	if err != nil {
		return s, err
	}
	if s.batches == 0 {
		return s, errors.Join(os.Remove(s.log()), removeIfThere(s.index()))
	}
	if !whole {
		if err := os.Truncate(s.log(), s.size); err != nil {
			return s, err
		}
	}
	if !bytes.Equal(right, index) {
		return s, replaceFile(s.index(), right)
	}
	return s, nil
}

// add counts a batch that the segment holds.
func (s *segment) add(b *batch) {
	if s.batches == 0 {
		s.minEpoch, s.maxEpoch = b.leaderEpoch, b.leaderEpoch
	}
	s.batches++
	s.size += int64(len(b.raw))
	s.maxTimestamp = max(s.maxTimestamp, b.maxTimestamp)
	s.minEpoch = min(s.minEpoch, b.leaderEpoch)
	s.maxEpoch = max(s.maxEpoch, b.leaderEpoch)
}

// append writes one more batch and its index entry.
func (s *segment) append(raw []byte, open bool) error {
	b, err := parseBatch(raw)
	if err != nil {
		return err
	}
	e := indexEntry(b.leaderEpoch, open)
	if err := errors.Join(appendFile(s.log(), raw), appendFile(s.index(), e[:])); err != nil {
		return err
	}
	s.add(&b)
	return nil
}

// scanSegment calls visit for each batch of a log file up to its end or to
// the first damage, and says whether it came to the end.
func scanSegment(path string, visit func(*batch)) (whole bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	r, left := bufio.NewReaderSize(f, 256<<10), info.Size()
	var raw []byte
	for {
		prefix, err := r.Peek(12)
		if errors.Is(err, io.EOF) {
			return len(prefix) == 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, err)
		}
		n, ok := batchSize(prefix, left)
		if !ok {
			return false, nil
		}
		raw = slices.Grow(raw[:0], n)[:n]
		if _, err := io.ReadFull(r, raw); err != nil {
			return false, fmt.Errorf("read %s: %w", path, err)
		}
		left -= int64(n)
		b, err := parseBatch(raw)
		if err != nil {
			return false, nil
		}
		visit(&b)
	}
}
