package broker

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
)

// windowSize is how many of a producer's last batches in a partition the
// broker remembers, to answer a repeated one instead of appending it again.
const windowSize = 5

// maxWindows bounds how many producers are remembered per partition over a
// restart: those that wrote last.
const maxWindows = 256

// A window is a producer's last batches in one partition. Recovery reads the
// windows from the log, so that a producer that lives through a restart and
// repeats what was not acknowledged does not write it twice.
type window struct {
	epoch   int16
	next    int32 // next sequence number
	batches []windowBatch
}

type windowBatch struct {
	First  int32 `json:"first_seq"`
	Next   int32 `json:"next_seq"`
	Offset int64 `json:"offset"`
}

// add takes in the producer's next batch in the log.
func (w *window) add(b *batch) {
	if b.producerEpoch != w.epoch {
		w.batches = nil
	}
	w.epoch = b.producerEpoch
	w.next = int32((int64(b.sequence) + b.last - b.first + 1) % (1<<31 - 1))
	w.batches = append(w.batches, windowBatch{b.sequence, w.next, b.first})
	if n := len(w.batches); n > windowSize {
		w.batches = w.batches[n-windowSize:]
	}
}

func (w *window) lastOffset() int64 { return w.batches[len(w.batches)-1].Offset }

// windowsFile is seq_windows.json.
type windowsFile struct {
	Version int           `json:"version"`
	Windows []windowEntry `json:"windows"`
}

type windowEntry struct {
	Producer  int64                   `json:"pid"`
	Topic     string                  `json:"topic"`
	Partition int32                   `json:"partition"`
	Entries   [windowSize]windowBatch `json:"entries"`
	Count     uint8                   `json:"count"`
	At        uint8                   `json:"at"`
	Epoch     int16                   `json:"epoch"`
	Seen      bool                    `json:"seen"`
	Next      int32                   `json:"next_seq"`
}

func windowsPath(dir string) string { return filepath.Join(dir, "seq_windows.json") }

// writeWindows stores the windows of all partitions, and returns the ids of
// the producers that have one. Compacted partitions are left out: the batch
// that says where a producer stands may be gone there, and a repeated record
// does no harm.
func writeWindows(dir string, partitions []*partition) (map[int64]bool, error) {
	f := windowsFile{Version: 1}
	ids := map[int64]bool{}
	for _, p := range partitions {
		if p.config.compacted() {
			continue
		}
		for _, id := range newest(p.producers) {
			w := p.producers[id]
			e := windowEntry{
				Producer: id, Topic: p.topic, Partition: p.index,
				Count: uint8(len(w.batches)), At: uint8(len(w.batches) % windowSize),
				Epoch: w.epoch, Seen: true, Next: w.next,
			}
			copy(e.Entries[:], w.batches)
			f.Windows = append(f.Windows, e)
			ids[id] = true
		}
	}
	return ids, writeJSON(windowsPath(dir), f)
}

// newest returns the producers that wrote last, at most maxWindows.
func newest(producers map[int64]*window) []int64 {
	ids := slices.SortedFunc(maps.Keys(producers), func(a, b int64) int {
		return cmp.Compare(producers[b].lastOffset(), producers[a].lastOffset())
	})
	return ids[:min(len(ids), maxWindows)]
}
