package broker

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// recoverDir brings a data directory into the state that the broker would
// have left by closing in an orderly way with no transaction open. It runs at
// every start, so that there is one way to start and not two, and it may die
// at any point and be run again. In the order of its steps:
//
//   - Each partition's files are repaired (see repairSegment).
//   - Transactions that the death of the broker left open are ended. They are
//     aborted, but for one whose commit was under way: if any partition holds
//     its commit marker, the others get theirs.
//   - Retention and compaction are applied.
//   - Producer state is rewritten: epochs of transactional producers move on,
//     the windows that detect repeated batches are read from the logs.
//   - Torn ends of the broker's state logs are cut off.
//
// A directory that holds no broker yet is left alone.
func recoverDir(dir string, now time.Time) error {
	partitions, err := recoverPartitions(dir)
	if err != nil {
		return err
	}
	producers, err := readProducers(dir)
	if err != nil {
		return err
	}
	committed := map[int64]bool{}
	for _, p := range partitions {
		for id, t := range p.open {
			committed[id] = committed[id] || producers[id].halfCommitted(t, partitions)
		}
	}
	if err := eachPartition(partitions, func(p *partition) error {
		if err := p.finish(func(t transaction) bool { return committed[t.producer] }, now); err != nil {
			return err
		}
		return p.clean(now)
	}); err != nil {
		return err
	}
	windows, err := writeWindows(dir, partitions)
	if err != nil {
		return err
	}
	if err := writeProducers(dir, producers, committed, windows); err != nil {
		return err
	}
	if err := trimLog(filepath.Join(dir, "groups.log")); err != nil {
		return err
	}
	// What the broker keeps of sessions over an orderly restart includes the
	// transactions that have just been ended.
	return removeIfThere(filepath.Join(dir, "session_state.json"))
}

// recoverPartitions reads and repairs all partitions.
func recoverPartitions(dir string) ([]*partition, error) {
	topics, err := readTopics(dir)
	if err != nil {
		return nil, err
	}
	var partitions []*partition
	for _, t := range topics {
		for i := range t.Partitions {
			partitions = append(partitions, newPartition(dir, &t, i))
		}
	}
	return partitions, eachPartition(partitions, (*partition).read)
}

// eachPartition calls f for every partition, for as many at once as there are
// processors, and waits.
func eachPartition(partitions []*partition, f func(*partition) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range partitions {
		group.Go(func() error {
			if err := f(p); err != nil {
				return fmt.Errorf("partition %s/%d: %w", p.topic, p.index, err)
			}
			return nil
		})
	}
	return group.Wait()
}
