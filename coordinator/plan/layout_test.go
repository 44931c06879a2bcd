package plan_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

var seed = flag.Uint64("seed", 0, "run this seed alone")

// TestLayout runs random histories of a partition whose every offset holds a record: whatever the order in which slices end, fail, are cut
// short by a coordinator's end, the files are those of one slice after the other.
func TestLayout(t *testing.T) {
	t.Parallel()
	first, last := uint64(1), uint64(100)
	if *seed != 0 {
		first, last = *seed, *seed
	}
	for n := first; n <= last; n++ {
		h := newHistory(t, n)
		h.run()
		if t.Failed() {
			t.Fatalf("replay with: go test ./coordinator/plan -run TestLayout -seed %d", n)
		}
	}
}

// history is one partition, and the leases of it that run.
type history struct {
	t       *testing.T
	rnd     *rand.Rand
	now     time.Time
	flush   int64
	spec    plan.ConnectorSpec
	st      *plan.State
	end     int64
	epoch   int64
	stored  plan.Checkpoint
	entries map[int]tasks.Lease // by lane
	running []tasks.Lease
	files   map[int64]int64 // start and end
}

func newHistory(t *testing.T, n uint64) *history {
	h := &history{t: t, rnd: rand.New(rand.NewPCG(n, 0)), now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), entries: map[int]tasks.Lease{},
		files: map[int64]int64{}, stored: plan.Checkpoint{Connector: "c", Stream: tasks.Stream{Topic: "t"}, Epoch: -1}}
	h.flush = 1 + h.rnd.Int64N(40)
	h.spec = plan.ConnectorSpec{Name: "c", Kind: tasks.SinkKind, Target: plan.Started, Tasks: 2 + h.rnd.IntN(7), ConfigVersion: 1,
		Order: tasks.OrderNone, Cut: tasks.Cut{FlushSize: h.flush}}
	return h
}

// boot starts a coordinator from what is stored; it hears nothing of the leases that run, until they end.
func (h *history) boot() {
	h.st = plan.NewState(tasks.Lease{}, plan.Limits{SliceBytes: 100 << 10, Silence: time.Hour})
	h.st.ConnectorChanged(h.spec)
	h.st.Restore(h.stored)
	for lane := range len(h.entries) {
		if l := h.entries[lane]; !h.stored.Ended(l.Epoch) {
			h.st.Resume(l, h.now)
		}
	}
	h.observe()
}

func (h *history) observe() {
	h.st.Observed(plan.Observation{Connector: "c", Stream: h.stored.Stream, End: h.end}, h.now)
	h.turn()
}

func (h *history) turn() {
	actions, _ := plan.Next(h.st, h.now)
	for _, a := range actions {
		switch a := a.(type) {
		case plan.Commit:
			h.commit(a.Checkpoint)
		case plan.Grant:
			h.epoch++
			l := a.Lease
			l.Epoch = h.epoch
			h.st.Granted(l)
			h.entries[l.Lane] = l
			h.running = append(h.running, l)
		default:
			h.t.Errorf("unexpected: %s", a)
		}
	}
	if n := h.st.InFlight(); n > h.spec.Tasks {
		h.t.Errorf("%d leases are live, of a connector with tasks.max=%d", n, h.spec.Tasks)
	}
}

// commit checks that nothing is said to be done that is in no file, and that what is kept stays small.
func (h *history) commit(cp plan.Checkpoint) {
	if cp.Position < h.stored.Position {
		h.t.Errorf("the position goes back from %d to %d", h.stored.Position, cp.Position)
	}
	for _, done := range append([]plan.Interval{{From: h.stored.Position, To: cp.Position}}, cp.Done...) {
		for at := done.From; at < done.To; {
			to, ok := h.files[at]
			if !ok {
				h.t.Errorf("%d is before %d or in %v, and begins no file", at, cp.Position, cp.Done)
				return
			}
			at = to
		}
	}
	if len(cp.Done) > h.spec.Tasks || len(cp.Open) > h.spec.Tasks || len(h.entries) > h.spec.Tasks {
		h.t.Errorf("%d intervals, %d open grants and %d entries with tasks.max=%d", len(cp.Done), len(cp.Open), len(h.entries), h.spec.Tasks)
	}
	h.stored = cp
}

func (h *history) run() {
	h.boot()
	for range 200 {
		h.now = h.now.Add(time.Duration(h.rnd.IntN(2000)) * time.Millisecond)
		switch n := h.rnd.IntN(10); {
		case n == 0:
			h.boot()
		case n < 3:
			h.end += h.rnd.Int64N(800)
			h.observe()
		default:
			h.one()
		}
	}
	for idle := 0; idle < 3; idle++ { // until nothing is left to do
		h.now = h.now.Add(time.Minute)
		h.turn()
		if len(h.running)+h.st.InFlight() > 0 {
			idle = 0
		}
		for len(h.running) > 0 {
			h.one()
		}
	}
	want := map[int64]int64{}
	for at := int64(0); at+h.flush <= h.end; at += h.flush {
		want[at] = at + h.flush
	}
	if d := cmp.Diff(want, h.files); d != "" {
		h.t.Errorf("the files differ from those of one slice after the other (-want +got):\n%s", d)
	}
	if at := h.end - h.end%h.flush; h.stored.Position != at || len(h.stored.Done) > 0 {
		h.t.Errorf("committed at %d with %v behind it, want %d", h.stored.Position, h.stored.Done, at)
	}
}

// one ends one of the leases that run: whole, or with an error somewhere.
func (h *history) one() {
	if len(h.running) == 0 {
		return
	}
	i := h.rnd.IntN(len(h.running))
	l := h.running[i]
	h.running = slices.Delete(h.running, i, i+1)
	upTo, fails := l.Slice.To, h.rnd.IntN(5) == 0
	if fails {
		upTo = l.Slice.From + h.rnd.Int64N(upTo-l.Slice.From+1)
	}
	r := tasks.NewResult(&l)
	for r.Position+h.flush <= upTo {
		h.file(r.Position, r.Position+h.flush)
		r.Position += h.flush
	}
	if l.Slice.CloseTail && upTo == l.Slice.To && r.Position < upTo {
		h.file(r.Position, upTo)
		r.Position = upTo
	}
	r.ReadTo, r.Counts.TailFiled = upTo, upTo-r.Position
	if fails {
		r.Fail(tasks.Retriable(errors.New("the bucket is away")), "", -1)
	}
	h.st.Result(r, h.now)
	h.turn()
}

func (h *history) file(from, to int64) {
	if old, ok := h.files[from]; ok && old != to {
		h.t.Errorf("the file of %d ends at %d, and again at %d", from, old, to)
	}
	h.files[from] = to
}
