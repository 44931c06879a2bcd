package broker

import (
	"errors"
	"os"
	"time"
)

// clean applies the topic's retention and compaction and writes the snapshot.
// The last batch of a log always stays: without it the offsets would begin
// again at zero.
func (p *partition) clean(now time.Time) error {
	if len(p.segments) == 0 {
		return nil
	}
	if err := p.dropExpired(now); err != nil {
		return err
	}
	if p.config.compacted() {
		if err := p.compact(now); err != nil {
			return err
		}
	}
	return p.writeSnapshot()
}

// dropExpired removes the oldest segments that retention has no use for, whole
// ones only and never the last, as Kafka does.
func (p *partition) dropExpired(now time.Time) error {
	age, aged, limit, sized := p.config.retention()
	var size int64
	for _, s := range p.segments {
		size += s.size
	}
	for len(p.segments) > 1 {
		s := &p.segments[0]
		old := aged && s.maxTimestamp < now.Add(-age).UnixMilli()
		tooMuch := sized && size-s.size >= limit
		if !old && !tooMuch {
			return nil
		}
		if err := errors.Join(os.Remove(s.log()), removeIfThere(s.index())); err != nil {
			return err
		}
		size -= s.size
		p.segments = p.segments[1:]
		p.start = max(p.start, p.segments[0].base)
	}
	return nil
}
