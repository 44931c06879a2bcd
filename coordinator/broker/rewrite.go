package broker

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// segmentBytes is where the log of a partition rolls over to a new segment.
// The broker reads a segment whole when it starts, all partitions at once.
const segmentBytes = 32 << 20

// A rewritten partition lies beside the old one under newSuffix until it is
// whole; the old one steps aside under oldSuffix.
const (
	newSuffix = ".new"
	oldSuffix = ".old"
)

// swap puts the rewritten partition in the place of the old one.
func swap(dir string) error {
	if err := os.RemoveAll(dir + oldSuffix); err != nil {
		return err
	}
	if err := os.Rename(dir, dir+oldSuffix); err != nil {
		return err
	}
	return finishSwap(dir)
}

// finishSwap completes a swap that a death interrupted after it had moved the
// old partition away, and removes what else one can leave.
func finishSwap(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := os.Rename(dir+newSuffix, dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return errors.Join(os.RemoveAll(dir+oldSuffix), os.RemoveAll(dir+newSuffix))
}

// A segmentWriter writes batches into new segments in dir.
type segmentWriter struct {
	dir   string
	done  []segment
	log   *os.File
	buf   *bufio.Writer
	index []byte
}

// write adds a batch outside any transaction.
func (w *segmentWriter) write(raw []byte) error {
	b, err := parseBatch(raw)
	if err != nil {
		return fmt.Errorf("rewrite batch: %w", err)
	}
	if w.log == nil || w.done[len(w.done)-1].size >= segmentBytes {
		if err := w.roll(b.first); err != nil {
			return err
		}
	}
	e := indexEntry(b.leaderEpoch, false)
	w.index = append(w.index, e[:]...)
	w.done[len(w.done)-1].add(&b)
	_, err = w.buf.Write(raw)
	return err
}

func (w *segmentWriter) roll(base int64) error {
	if err := w.close(); err != nil {
		return err
	}
	s := segment{dir: w.dir, base: base, maxTimestamp: -1}
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	w.done = append(w.done, s)
	w.log, w.buf, w.index = log, bufio.NewWriterSize(log, 256<<10), nil
	return nil
}

// close finishes the last segment and brings it to the disk.
func (w *segmentWriter) close() error {
	if w.log == nil {
		return nil
	}
	err := errors.Join(w.buf.Flush(), w.log.Sync(), w.log.Close())
	w.log = nil
	return errors.Join(err, replaceFile(w.done[len(w.done)-1].index(), w.index))
}
