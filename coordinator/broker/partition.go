package broker

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A partition is what recovery knows of one partition after reading its log.
type partition struct {
	topic    string
	index    int32
	config   topicConfig
	dir      string
	segments []segment
	start    int64 // log start offset
	end      int64 // offset of the next record
	epoch    int32 // leader epoch
	created  time.Time

	open      map[int64]transaction // undecided, by producer
	aborted   []transaction
	commits   map[int64]int16 // epoch of each producer's newest commit marker
	producers map[int64]*window
}

// A transaction is a producer's records in one partition between two markers.
type transaction struct {
	producer    int64
	epoch       int16
	first, last int64 // last is the marker's offset once there is one
}

// partitionDir is where the broker keeps a partition.
func partitionDir(dir, topic string, index int32) string {
	return filepath.Join(dir, "partitions", url.PathEscape(topic)+"-"+strconv.Itoa(int(index)))
}

func newPartition(dir string, t *topic, index int32) *partition {
	return &partition{
		topic: t.Name, index: index, config: t.Configs, dir: partitionDir(dir, t.Name, index), created: time.Now(),
		open: map[int64]transaction{}, commits: map[int64]int16{}, producers: map[int64]*window{},
	}
}

// read reads the partition's log and repairs its files on the way.
func (p *partition) read() error {
	if err := finishSwap(p.dir); err != nil {
		return err
	}
	bases, err := segmentBases(p.dir)
	if err != nil {
		return err
	}
	p.start = -1
	for _, base := range bases {
		s, err := repairSegment(p.dir, base, p.visit)
		if err != nil {
			return err
		}
		if s.batches > 0 {
			p.segments = append(p.segments, s)
		}
	}
	p.start = max(p.start, 0)
	return p.readSnapshot()
}

// visit takes in the next batch of the log.
func (p *partition) visit(b *batch) {
	if p.start < 0 {
		p.start = b.first
	}
	p.end = b.last + 1
	p.epoch = max(p.epoch, b.leaderEpoch)
	switch {
	case b.control():
		p.decide(b)
	case b.open:
		t, ok := p.open[b.producer]
		if !ok {
			t = transaction{producer: b.producer, first: b.first}
		}
		t.epoch, t.last = b.producerEpoch, b.last
		p.open[b.producer] = t
	}
	if b.producer >= 0 && b.sequence >= 0 && !b.control() {
		w := p.producers[b.producer]
		if w == nil {
			w = new(window)
			p.producers[b.producer] = w
		}
		w.add(b)
	}
}

// decide takes in a marker.
func (p *partition) decide(b *batch) {
	t, undecided := p.open[b.producer]
	delete(p.open, b.producer)
	if b.committed() {
		p.commits[b.producer] = b.producerEpoch
	} else if undecided {
		t.last = b.first
		p.aborted = append(p.aborted, t)
	}
}

// finish ends every transaction that the log leaves open, with a marker as
// the broker would have written it. commit tells which of them to commit.
func (p *partition) finish(commit func(transaction) bool, now time.Time) error {
	undecided := make([]transaction, 0, len(p.open))
	for _, t := range p.open {
		undecided = append(undecided, t)
	}
	slices.SortFunc(undecided, func(a, b transaction) int { return cmp.Compare(a.first, b.first) })
	for _, t := range undecided {
		raw := marker(p.end, p.epoch, t.producer, t.epoch, commit(t), now)
		if err := p.segments[len(p.segments)-1].append(raw, false); err != nil {
			return err
		}
		b, err := parseBatch(raw)
		if err != nil {
			return err
		}
		p.visit(&b)
	}
	return nil
}
