package sim_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// named is a sink of named objects whose slices run side by side, under configurations that change. What exists under a name with other
// content is adopted, as the object sinks do where the objects of a stream follow each other.
type named struct {
	files map[tasks.Stream]map[int64][]int64 // the offsets in each file, by its first one
}

func (n *named) of(id tasks.Stream) map[int64][]int64 {
	if n.files[id] == nil {
		n.files[id] = map[int64][]int64{}
	}
	return n.files[id]
}

func (n *named) deliver(p *partition, l *tasks.Lease, upTo int64, r *tasks.Result) {
	flush, _ := strconv.Atoi(l.Config[flushKey])
	w := &namedWriter{there: n.of(p.id), flush: max(1, flush), at: l.Slice.From}
	ok, offset := true, l.Slice.From
	for ; ok && offset < upTo; offset++ {
		if p.records[offset] && offset >= w.skip {
			ok = w.add(offset)
		}
	}
	if ok && len(w.open) > 0 && l.Slice.CloseTail && upTo == l.Slice.To {
		ok = w.finish()
	}
	if ok && len(w.open) == 0 {
		w.at = max(w.at, upTo)
	}
	if !ok {
		r.Fail(tasks.Stale(fmt.Errorf("an object stands there")), "", -1)
	}
	r.Position, r.ReadTo, r.Counts.TailFiled = w.at, offset, int64(len(w.open))
}

type namedWriter struct {
	there    map[int64][]int64
	flush    int
	open     []int64
	at, skip int64
}

func (w *namedWriter) add(offset int64) bool {
	if len(w.open) == 0 {
		w.at = max(w.at, offset)
	}
	w.open = append(w.open, offset)
	return len(w.open) < w.flush || w.finish()
}

// finish writes the open file, or adopts what stands there. It returns false when that ends before.
func (w *namedWriter) finish() bool {
	start, last := w.open[0], w.open[len(w.open)-1]
	old, exists := w.there[start]
	switch {
	case !exists:
		w.there[start] = w.open
	case !slices.Equal(old, w.open):
		next := old[len(old)-1] + 1
		w.at, w.skip, w.open = max(w.at, next), next, nil
		return next > last
	}
	w.at, w.open = max(w.at, last+1), nil
	return true
}

// covers checks that each record of what a checkpoint says is done is in a file.
func (n *named) covers(p *partition, old, cp plan.Checkpoint) error {
	have := map[int64]bool{}
	for _, offsets := range n.of(p.id) {
		for _, o := range offsets {
			have[o] = true
		}
	}
	for _, done := range append([]plan.Interval{{From: old.Position, To: cp.Position}}, cp.Done...) {
		for o := done.From; o < done.To; o++ {
			if p.records[o] && !have[o] {
				return fmt.Errorf("%s: offset %d is in no file, but before the position %d or in %v", p.id, o, cp.Position, cp.Done)
			}
		}
	}
	return nil
}

func (n *named) check(p *partition) error {
	times := map[int64]int{}
	for _, start := range slices.Sorted(maps.Keys(n.of(p.id))) {
		for _, o := range n.of(p.id)[start] {
			times[o]++
		}
	}
	for o := range p.records {
		if times[int64(o)] > 1 {
			return fmt.Errorf("%s: offset %d is in %d files: %v", p.id, o, times[int64(o)], n.of(p.id))
		}
	}
	return nil
}
