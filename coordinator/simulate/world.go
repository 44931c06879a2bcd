package simulate

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	// look is how soon the end of a partition is looked at again while records come.
	look = 100 * time.Millisecond
	// drainLimit bounds how long a run goes on after the last record.
	drainLimit = 24 * time.Hour
	connector  = "simulated"
)

// Setting is what a run simulates.
type Setting struct {
	Arrivals    []Arrivals
	RecordBytes int64
	// Cut, Order and Tasks are those of the connector.
	Cut    tasks.Cut
	Order  tasks.Order
	Tasks  int
	Limits plan.Limits
	// Executor is what leases run on.
	Executor Executor
}

// Executor models what leases run on.
type Executor struct {
	// Cold is the start of a new one, Warm of one that has run and is kept for Keep.
	Cold, Warm, Keep time.Duration
	// RecordsPerSecond is what one delivers; PerLease is what each lease takes besides: the first fetch, the put, the report.
	RecordsPerSecond float64
	PerLease         time.Duration
}

// world is a run in virtual time.
type world struct {
	Setting
	st        *plan.State
	index     map[tasks.Stream]int // of Arrivals
	now       time.Duration
	events    events
	seq       int64
	epoch     int64
	wake      time.Duration // the planner's next wish that is in line; 0 for none
	delivered []int64       // by partition, offsets
	watched   []time.Duration
	busy      int
	warm      []time.Duration // until when each kept executor is there, the one that is used next last
	out       *Outcome
}

// zero is when every run begins: midnight UTC, so that slots of rotations are where a reader expects them.
var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Run simulates until all that can be delivered is. It returns ctx's error when that ends first.
func Run(ctx context.Context, s Setting) (*Outcome, error) {
	w := &world{Setting: s, delivered: make([]int64, len(s.Arrivals)), watched: make([]time.Duration, len(s.Arrivals)),
		index: map[tasks.Stream]int{}}
	w.out = newOutcome(s.Arrivals)
	w.st = plan.NewState(tasks.Lease{Version: tasks.WireVersion}, s.Limits)
	w.st.ConnectorChanged(plan.ConnectorSpec{Name: connector, Kind: tasks.SinkKind, Target: plan.Started, ConfigVersion: 1,
		Config: map[string]string{}, Tasks: s.Tasks, Cut: s.Cut, Order: s.Order})
	for p := range s.Arrivals {
		w.begin(p)
	}
	w.turn()
	for n := 0; len(w.events) > 0; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e := heap.Pop(&w.events).(event)
		if e.at > w.out.Length+drainLimit {
			break
		}
		w.now = e.at
		e.do()
	}
	w.out.finish(w.now, w.waiting())
	return w.out, nil
}

// begin puts a partition where its group stands, and watches it.
func (w *world) begin(p int) {
	a := &w.Arrivals[p]
	from := max(a.Committed, 0)
	w.delivered[p] = from
	w.index[a.stream()] = p
	w.st.Restore(plan.Checkpoint{Connector: connector, Stream: a.stream(), Position: from, Epoch: -1, ConfigVersion: 1})
	w.watch(p, from)
}

func (a *Arrivals) stream() tasks.Stream { return tasks.Stream{Topic: a.Topic, Partition: a.Partition} }

// watch sees the partition's end when the record at the offset has come, or soon after when it was seen just now.
func (w *world) watch(p int, offset int64) {
	at, ok := w.Arrivals[p].when(offset)
	if !ok {
		return
	}
	at = max(at, w.watched[p])
	w.after(at-w.now, func() {
		w.watched[p] = w.now + look
		a := &w.Arrivals[p]
		end := a.end(w.now)
		w.st.Observed(plan.Observation{Connector: connector, Stream: a.stream(), End: end}, zero.Add(w.now))
		w.out.arrived(w.now, w.waiting())
		w.watch(p, end)
		w.turn()
	})
}

// waiting is how many records are there and not delivered.
func (w *world) waiting() (lag int64) {
	for p := range w.Arrivals {
		lag += max(0, w.Arrivals[p].end(w.now)-w.delivered[p])
	}
	return lag
}

// turn lets the planner decide, and starts what it grants.
func (w *world) turn() {
	actions, wake := plan.Next(w.st, zero.Add(w.now))
	for _, a := range actions {
		if g, ok := a.(plan.Grant); ok {
			w.epoch++
			g.Lease.Epoch = w.epoch
			w.st.Granted(g.Lease)
			w.launch(g.Lease)
		}
	}
	if wake.IsZero() {
		return
	}
	if at := wake.Sub(zero); w.wake <= w.now || at < w.wake {
		w.wake = at
		w.after(at-w.now, func() {
			if w.wake == at {
				w.wake = 0
			}
			w.turn()
		})
	}
}

// launch runs a lease on a kept executor or on a new one.
func (w *world) launch(l tasks.Lease) {
	start := w.Executor.Cold
	if n := len(w.warm); n > 0 && w.warm[n-1] >= w.now {
		w.warm, start = w.warm[:n-1], w.Executor.Warm
		w.out.Reused++
	}
	records := l.Slice.To - l.Slice.From
	took := start + w.Executor.PerLease + time.Duration(float64(records)/w.Executor.RecordsPerSecond*float64(time.Second))
	w.busy++
	w.out.granted(took)
	w.out.executors(w.now, w.busy)
	w.after(took, func() {
		w.busy--
		w.out.executors(w.now, w.busy)
		w.keep()
		r := w.result(l)
		p := w.index[l.Slice.Stream]
		w.out.delivered(&w.Arrivals[p], l.Slice.From, r.Position, w.now)
		w.delivered[p] += r.Position - l.Slice.From
		w.st.Result(r, zero.Add(w.now))
		w.out.arrived(w.now, w.waiting())
		w.turn()
	})
}

// keep holds an executor for the next lease.
func (w *world) keep() {
	for len(w.warm) > 0 && w.warm[0] < w.now {
		w.warm = w.warm[1:]
	}
	if w.Executor.Keep > 0 {
		w.warm = append(w.warm, w.now+w.Executor.Keep)
	}
}

// result is what an executor reports of a slice where each offset holds a record: whole files, unless its tail is closed.
func (w *world) result(l tasks.Lease) tasks.Result {
	r := tasks.NewResult(&l)
	n := l.Slice.To - l.Slice.From
	done := n
	if flush := max(1, w.Cut.FlushSize); !l.Slice.CloseTail {
		done = n - n%flush
	}
	r.Position, r.ReadTo = l.Slice.From+done, l.Slice.To
	r.Counts = tasks.Counts{Records: n, Bytes: n * w.RecordBytes, Delivered: done, Tail: n - done, TailFiled: n - done}
	return r
}

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.events, event{w.now + max(0, d), w.seq, do})
}

// event is something that happens at a time; those of one time in the order in which they were planned.
type event struct {
	at  time.Duration
	seq int64
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	old[len(old)-1] = event{}
	*e = old[:len(old)-1]
	return x
}

// String returns the setting for people.
func (s Setting) String() string {
	return fmt.Sprintf("%d partitions, %d tasks, order %s", len(s.Arrivals), s.Tasks, s.Order)
}
