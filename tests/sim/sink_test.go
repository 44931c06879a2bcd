package sim_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// destination is a model of a sink: it delivers a lease's records before upTo, where the executor stops or dies, and fills
// the result.
type destination interface {
	deliver(p *partition, l *tasks.Lease, upTo int64, r *tasks.Result)
	check(p *partition) error
}

// objects is a sink of named objects: names and bytes are a function of the slice, and what exists is compared.
type objects struct {
	flush    int64
	files    map[string]string
	conflict error
}

func (o *objects) deliver(p *partition, l *tasks.Lease, upTo int64, r *tasks.Result) {
	files, next, tail := layout(p, l.Slice.From, upTo, o.flush)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if old, exists := o.files[name]; exists && old != files[name] {
			o.conflict = fmt.Errorf("%s exists with other content: %q, not %q", name, old, files[name])
		}
		o.files[name] = files[name]
	}
	r.Position, r.ReadTo, r.Counts.TailFiled = next, upTo, tail
}

// layout is the sequential truth: files of flush records from an offset on, the first offset that no file holds, and how many
// records lie behind it.
func layout(p *partition, from, to, flush int64) (files map[string]string, next, tail int64) {
	files, next = map[string]string{}, from
	var body strings.Builder
	start := int64(-1)
	for at := from; at < to; at++ {
		if !p.records[at] {
			continue
		}
		if start < 0 {
			start = at
		}
		fmt.Fprintf(&body, "%d ", at)
		if tail++; tail == flush {
			files[fmt.Sprintf("%s+%010d", p.id, start)] = body.String()
			body.Reset()
			next, tail, start = at+1, 0, -1
		}
	}
	return files, next, tail
}

func (o *objects) check(p *partition) error {
	if o.conflict != nil {
		return o.conflict
	}
	want, _, _ := layout(p, 0, int64(len(p.records)), o.flush)
	got := map[string]string{}
	for name, body := range o.files {
		if strings.HasPrefix(name, p.id.String()+"+") {
			got[name] = body
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Errorf("files of %s (-want +got):\n%s", p.id, d)
	}
	return nil
}

// fenced is a sink that keeps its position with its data, and refuses a lease that begins elsewhere.
type fenced struct {
	at   map[tasks.Stream]int64
	rows []string
}

func (f *fenced) deliver(p *partition, l *tasks.Lease, upTo int64, r *tasks.Result) {
	if at := f.at[p.id]; at != l.Slice.From {
		r.Fail(tasks.Stale(fmt.Errorf("the destination stands at %d", at)), "", -1)
		r.Position, r.ReadTo = at, at
		return
	}
	for at := l.Slice.From; at < upTo; at++ {
		if p.records[at] {
			f.rows = append(f.rows, fmt.Sprintf("%s@%d", p.id, at))
		}
	}
	f.at[p.id] = upTo
	r.Position, r.ReadTo = upTo, upTo
}

func (f *fenced) check(p *partition) error {
	var want, got []string
	for at, record := range p.records {
		if record {
			want = append(want, fmt.Sprintf("%s@%d", p.id, at))
		}
	}
	for _, row := range f.rows {
		if strings.HasPrefix(row, p.id.String()+"@") {
			got = append(got, row)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Errorf("rows of %s (-want +got):\n%s", p.id, d)
	}
	return nil
}

// check compares the destination and the positions with what was produced.
func (w *world) check() error {
	for _, p := range w.logs {
		if err := w.sink.check(p); err != nil {
			return err
		}
		cp := w.store.checkpoints[p.id]
		if w.spec.Order == tasks.OrderNone { // where files end depends on how slices were cut
			left := int64(0)
			for at := cp.Position; at < int64(len(p.records)); at++ {
				if p.records[at] {
					left++
				}
			}
			if len(cp.Done) > 0 || left > 0 && (w.spec.Cut.CloseTail || left >= w.spec.Cut.FlushSize) {
				return fmt.Errorf("%s is committed at %d with %v behind it, and %d records wait for a file of %d", p.id, cp.Position, cp.Done, left, w.spec.Cut.FlushSize)
			}
			continue
		}
		flush := max(1, w.spec.Cut.FlushSize)
		_, next, tail := layout(p, 0, int64(len(p.records)), flush)
		if w.spec.Cut.CloseTail {
			next, tail = int64(len(p.records)), 0
		}
		if at := cp.Position; at != next {
			return fmt.Errorf("%s is committed at %d, want %d (%d records wait)", p.id, at, next, tail)
		}
	}
	return nil
}
