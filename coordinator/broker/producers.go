package broker

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// A producer is what pids.log says about one producer id.
type producer struct {
	id            int64
	epoch         int16
	transactional string // id; empty for a merely idempotent producer
	timeout       int32  // of its transactions, in milliseconds
	ended         bool   // the transaction of this epoch was ended, and logged
	commit        bool   // ... by a commit
}

// producerEntry is an entry of pids.log.
type producerEntry struct {
	Type    string `json:"type"` // init, endtx, timeout
	ID      int64  `json:"pid"`
	Epoch   int16  `json:"epoch"`
	TxID    string `json:"txid,omitempty"`
	Timeout int32  `json:"timeout,omitempty"`
	Commit  *bool  `json:"commit,omitempty"`
}

func producersPath(dir string) string { return filepath.Join(dir, "pids.log") }

// readProducers folds pids.log.
func readProducers(dir string) (map[int64]*producer, error) {
	log, err := os.ReadFile(producersPath(dir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	producers := map[int64]*producer{}
	readFrames(log, func(data []byte) {
		var e producerEntry
		if json.Unmarshal(data, &e) != nil {
			return
		}
		p := producers[e.ID]
		switch {
		case e.Type == "init":
			p = &producer{id: e.ID, transactional: e.TxID, timeout: e.Timeout}
			producers[e.ID] = p
		case p == nil:
			return
		default:
			p.ended = true
		}
		p.epoch = e.Epoch
		p.commit = e.Commit != nil && *e.Commit
	})
	return producers, nil
}

// halfCommitted reports whether a death interrupted the commit of t, the
// producer's open transaction in some partition: another one holds its commit
// marker already. Only an epoch that ended no transaction yet can tell, which
// is each one of a client that speaks KIP-890 (franz-go, Java from 4.0); of an
// older client every such transaction but its first is aborted.
func (p *producer) halfCommitted(t transaction, partitions []*partition) bool {
	if p == nil || p.ended || p.epoch != t.epoch {
		return false
	}
	return slices.ContainsFunc(partitions, func(q *partition) bool {
		epoch, ok := q.commits[t.producer]
		return ok && epoch == t.epoch
	})
}

// writeProducers rewrites pids.log. Every transactional producer gets the next
// epoch: whatever one had in flight was ended by recovery, so what it would
// still send for that transaction has to be refused. An idempotent producer is
// kept only while there is a window for it.
func writeProducers(dir string, producers map[int64]*producer, committed map[int64]bool, windows map[int64]bool) error {
	sorted := make([]*producer, 0, len(producers))
	for _, p := range producers {
		if p.transactional != "" || windows[p.id] {
			sorted = append(sorted, p)
		}
	}
	slices.SortFunc(sorted, func(a, b *producer) int { return cmp.Compare(a.id, b.id) })
	var log []byte
	for _, p := range sorted {
		e := producerEntry{Type: "init", ID: p.id, Epoch: p.epoch, TxID: p.transactional, Timeout: p.timeout}
		if p.transactional != "" {
			commit := committed[p.id]
			e.Epoch, e.Commit = min(p.epoch, math.MaxInt16-1)+1, &commit
		}
		var err error
		if log, err = appendFrame(log, e); err != nil {
			return err
		}
	}
	return replaceFile(producersPath(dir), log)
}
