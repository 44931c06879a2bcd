package broker

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Compaction starts above this size and if at least half of the records would
// go; below, reading the log is as fast as it gets.
const compactAbove = 1 << 20

// A compaction rewrites one partition so that each key keeps its newest
// committed record. Offsets stay, with gaps between them.
type compaction struct {
	newest map[string]int64 // offset by key
	keep   int64            // from here on batches stay as they are
	oldest int64            // timestamp below which a tombstone goes
	p      *partition
}

// compact rewrites the partition if that is worth it. Every transaction in it
// must be decided.
func (p *partition) compact(now time.Time) error {
	var size int64
	for _, s := range p.segments {
		size += s.size
	}
	if size < compactAbove {
		return nil
	}
	c := compaction{newest: map[string]int64{}, oldest: now.Add(-p.config.tombstoneAge()).UnixMilli(), p: p}
	records, err := c.index()
	if err != nil {
		return err
	}
	if int64(len(c.newest)) > records/2 {
		return nil
	}
	return c.rewrite()
}

// each calls visit for every batch of the partition.
func (c *compaction) each(visit func(*batch) error) error {
	for i := range c.p.segments {
		var failed error
		whole, err := scanSegment(c.p.segments[i].log(), func(b *batch) {
			if failed == nil {
				failed = visit(b)
			}
		})
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		if !whole {
			return fmt.Errorf("compact %s: %w", c.p.segments[i].log(), errDamaged)
		}
	}
	return nil
}

// index finds the newest record of each key and counts all records.
func (c *compaction) index() (records int64, err error) {
	err = c.each(func(b *batch) error {
		c.keep = b.first
		if b.control() {
			return nil
		}
		records += int64(b.records)
		if c.aborted(b) {
			return nil
		}
		_, rs, err := decode(b)
		for _, r := range rs {
			if r.Key != nil {
				c.newest[string(r.Key)] = b.first + int64(r.OffsetDelta)
			}
		}
		return err
	})
	return records, err
}

// rewrite writes the partition anew beside the old one and swaps them.
func (c *compaction) rewrite() error {
	p, dir := c.p, c.p.dir+newSuffix
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	w := segmentWriter{dir: dir}
	err := c.each(func(b *batch) error {
		raw, err := c.filter(b)
		if err != nil || raw == nil {
			return err
		}
		return w.write(raw)
	})
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	p.segments, p.aborted = w.done, nil
	for i := range p.segments {
		p.segments[i].dir = p.dir
	}
	return swap(p.dir)
}

// filter returns what stays of a batch, or nil.
func (c *compaction) filter(b *batch) ([]byte, error) {
	switch {
	case b.first == c.keep:
		return b.raw, nil
	case b.control(), c.aborted(b):
		return nil, nil
	}
	rb, records, err := decode(b)
	if err != nil {
		return nil, err
	}
	var kept []byte
	var n int32
	for _, r := range records {
		tombstone := r.Value == nil && rb.FirstTimestamp+r.TimestampDelta64 < c.oldest
		if r.Key == nil || tombstone || c.newest[string(r.Key)] != b.first+int64(r.OffsetDelta) {
			continue
		}
		kept = r.AppendTo(kept)
		n++
	}
	if n == 0 {
		return nil, nil
	}
	// The batch covers the same offsets as before. It is no longer part of a
	// transaction, as the marker that committed it goes.
	rb.Attributes &^= attrTransactional
	if n < b.records {
		rb.Attributes &^= attrCodec // written uncompressed
		rb.NumRecords, rb.Records = n, kept
	}
	return seal(rb), nil
}

func (c *compaction) aborted(b *batch) bool {
	for _, t := range c.p.aborted {
		if t.producer == b.producer && t.first <= b.first && b.first < t.last {
			return true
		}
	}
	return false
}

func decode(b *batch) (*kmsg.RecordBatch, []kmsg.Record, error) {
	var rb kmsg.RecordBatch
	if err := rb.ReadFrom(b.raw); err != nil {
		return nil, nil, fmt.Errorf("batch at offset %d: %w", b.first, err)
	}
	records, err := kfake.BatchRecords(rb)
	if err != nil {
		return nil, nil, fmt.Errorf("batch at offset %d: %w", b.first, err)
	}
	return &rb, records, nil
}
