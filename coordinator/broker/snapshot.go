package broker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// snapshot is what the broker stores about a partition when it closes and
// believes at the next start if the sizes of the segments still agree. Without
// one it would hold the whole partition in memory to reconstruct it.
type snapshot struct {
	Version          int               `json:"version"`
	HighWatermark    int64             `json:"high_watermark"`
	LastStableOffset int64             `json:"last_stable_offset"`
	LogStartOffset   int64             `json:"log_start_offset"`
	Epoch            int32             `json:"epoch"`
	CreatedAt        time.Time         `json:"created_at"`
	Aborted          []snapshotAborted `json:"aborted_txns,omitempty"`
	Segments         []snapshotSegment `json:"segments"`
}

type snapshotAborted struct {
	Producer int64 `json:"producer_id"`
	First    int64 `json:"first_offset"`
	Last     int64 `json:"last_offset"`
}

type snapshotSegment struct {
	Base     int64 `json:"base_offset"`
	Size     int64 `json:"size"`
	MinEpoch int32 `json:"min_epoch,omitempty"`
	MaxEpoch int32 `json:"max_epoch,omitempty"`
}

func (p *partition) snapshotPath() string { return filepath.Join(p.dir, "snapshot.json") }

// readSnapshot takes from the last snapshot what the log cannot tell: where
// records were deleted from the front, and when the partition was created.
func (p *partition) readSnapshot() error {
	data, err := os.ReadFile(p.snapshotPath())
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var s snapshot
	if json.Unmarshal(data, &s) != nil {
		return nil // cut short by a crash; it is written anew
	}
	p.created = s.CreatedAt
	p.epoch = max(p.epoch, s.Epoch)
	if s.LogStartOffset <= p.end {
		p.start = max(p.start, s.LogStartOffset)
	}
	return nil
}

// writeSnapshot stores the partition for the broker to load. Every
// transaction must be decided.
func (p *partition) writeSnapshot() error {
	s := snapshot{
		Version:          1,
		HighWatermark:    p.end,
		LastStableOffset: p.end,
		LogStartOffset:   p.start,
		Epoch:            p.epoch,
		CreatedAt:        p.created,
	}
	for _, t := range p.aborted {
		s.Aborted = append(s.Aborted, snapshotAborted{t.producer, t.first, t.last})
	}
	for _, seg := range p.segments {
		s.Segments = append(s.Segments, snapshotSegment{seg.base, seg.size, seg.minEpoch, seg.maxEpoch})
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(p.snapshotPath(), data, 0o644)
}
