package sim_test

import (
	"cmp"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/history"
)

// world is one run: logs, a durable store, a coordinator, executors, and a destination. All randomness is drawn from rng, in
// one goroutine.
type world struct {
	rng   *rand.Rand
	now   time.Time
	queue events
	seq   int

	spec  plan.ConnectorSpec
	logs  []*partition
	store store
	st    *plan.State
	life  int // which coordinator this is; events of an earlier one's timers are void
	born  time.Time
	sink  destination
	err   error
	// told is what the store was told, and fault what its checker says of it; broken is what a test breaks on purpose.
	told   *history.History
	fault  error
	broken string
	// deaths counts executors that were told to be gone, by stream; executors those that have not done their last.
	deaths    map[tasks.Stream]int
	executors int
	// lively holds each grant by its epoch until it is told to be over.
	lively map[int64]*vital
}

// vital is what tells whether a grant may be replaced.
type vital struct {
	end   time.Time // of its time
	life  int       // the coordinator that granted it
	heard time.Time // when its executor last gave a sign of life, or the zero time
}

// An executor's time, what is added to it before its grant is dead, and how long one may be silent that nobody watches.
const ttl, margin, silence = time.Minute, 10 * time.Second, 3 * time.Second

// What a test breaks to see that it is found: the lock of coordinators (I2), and what a new one reads back, grants and checkpoints.
const (
	unfenced  = "a former coordinator is not fenced"
	careless  = "a new coordinator does not read grants back"
	forgetful = "a new coordinator does not read checkpoints back"
)

// partition is a log: true is a record, false a gap or a marker.
type partition struct {
	id      tasks.Stream
	records []bool
}

// store is what survives a coordinator.
type store struct {
	epoch       int64
	checkpoints map[tasks.Stream]plan.Checkpoint
	grants      map[lane]tasks.Lease
}

// lane is a key of a store's grants.
type lane struct {
	stream tasks.Stream
	number int
}

// event is something that happens at a time.
type event struct {
	at  time.Time
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	x := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return x
}

func newWorld(seed uint64, kind string) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 0)), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		told: history.New(), deaths: map[tasks.Stream]int{}, lively: map[int64]*vital{},
		store: store{checkpoints: map[tasks.Stream]plan.Checkpoint{}, grants: map[lane]tasks.Lease{}}}
	w.spec = plan.ConnectorSpec{Name: "c", Kind: tasks.SinkKind, Target: plan.Started, ConfigVersion: 1, Tasks: 1 + w.rng.IntN(4)}
	switch kind {
	case "object":
		w.spec.Cut.FlushSize = 1 + w.rng.Int64N(50)
		w.sink = &objects{flush: w.spec.Cut.FlushSize, files: map[string]string{}}
	case "parallel":
		w.spec.Order, w.spec.Tasks = tasks.OrderNone, 1+w.rng.IntN(8)
		w.spec.Cut.FlushSize, w.spec.Cut.CloseTail = 10+w.rng.Int64N(40), w.rng.IntN(4) == 0
		w.spec.Config = flushConfig(w.spec.Cut.FlushSize)
		w.sink = &named{files: map[tasks.Stream]map[int64][]int64{}}
	default:
		w.spec.Cut.CloseTail = true
		w.sink = &fenced{at: map[tasks.Stream]int64{}}
	}
	for p := range 1 + w.rng.IntN(4) {
		w.logs = append(w.logs, &partition{id: tasks.Stream{Topic: "orders", Partition: int32(p)}})
	}
	return w
}

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, event{w.now.Add(d), w.seq, do})
}

func (w *world) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rng.Int64N(int64(hi-lo)))
}

// run plays the events until nothing is left to do, and checks the destination.
func (w *world) run() error {
	w.boot()
	for _, p := range w.logs {
		w.produce(p, 3+w.rng.IntN(20))
	}
	for range w.rng.IntN(4) {
		w.after(w.between(0, 30*time.Minute), w.boot)
	}
	if w.spec.Order == tasks.OrderNone {
		for range w.rng.IntN(3) {
			w.after(w.between(0, 20*time.Minute), w.reconfigure)
		}
		w.after(w.between(0, 40*time.Minute), w.reset)
	}
	for steps := 0; len(w.queue) > 0 && w.err == nil && w.fault == nil; steps++ {
		if steps > 100_000 {
			return fmt.Errorf("no end after %d events: a busy loop", steps)
		}
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	if err := cmp.Or(w.err, w.fault); err != nil {
		return err
	}
	return w.check()
}

// produce appends to a log n times, and the observer tells the coordinator of the day.
func (w *world) produce(p *partition, n int) {
	if n == 0 {
		return
	}
	w.after(w.between(0, 2*time.Minute), func() {
		for range 1 + w.rng.IntN(60) {
			p.records = append(p.records, w.rng.IntN(10) > 0)
		}
		w.observe(p)
		w.produce(p, n-1)
	})
}

// flushKey is how executors learn how long files are.
const flushKey = "flush.size"

func flushConfig(n int64) map[string]string { return map[string]string{flushKey: fmt.Sprint(n)} }

// reconfigure changes how long files are.
func (w *world) reconfigure() {
	w.spec.ConfigVersion++
	w.spec.Cut.FlushSize = 10 + w.rng.Int64N(40)
	w.spec.Config = flushConfig(w.spec.Cut.FlushSize)
	w.st.ConnectorChanged(w.spec)
	w.turn()
}

// reset begins a stream again from its start, with files of another length: the objects that stand there are found by name. A user does
// that while nothing runs.
func (w *world) reset() {
	if w.executors > 0 {
		w.after(time.Minute, w.reset)
		return
	}
	w.reconfigure()
	if w.executors > 0 {
		return
	}
	id := w.logs[0].id
	old, ok := w.store.checkpoints[id]
	if !ok {
		return
	}
	var grants []tasks.Lease
	for k, l := range w.store.grants {
		if k.stream == id {
			grants = append(grants, l)
			delete(w.store.grants, k)
		}
	}
	cp := old.Again(grants)
	w.store.checkpoints[id] = cp
	w.told.Moved(cp)
	w.st.Restore(cp)
	w.turn()
}

func (w *world) observe(p *partition) {
	w.st.Observed(plan.Observation{Connector: "c", Stream: p.id, End: int64(len(p.records))}, w.now)
	w.turn()
}

// boot starts a coordinator; the one before is dead, or a zombie that the store fences.
func (w *world) boot() {
	w.life++
	w.born = w.now
	if former := w.st; former != nil && w.broken == unfenced {
		w.after(w.between(0, 5*time.Minute), func() { w.zombie(former) })
	}
	limits := plan.Limits{MaxExecutors: 3, SliceBytes: 100 << 10, TTL: ttl, Margin: margin, Silence: silence}
	w.st = plan.NewState(tasks.Lease{}, limits)
	w.st.ConnectorChanged(w.spec)
	for _, p := range w.logs {
		if cp, ok := w.store.checkpoints[p.id]; ok && w.broken != forgetful {
			w.st.Restore(cp)
		}
		for n := range maxLanes {
			if l, ok := w.store.grants[lane{p.id, n}]; ok && w.broken != careless {
				w.st.Resume(l, w.now)
			}
		}
	}
	for _, p := range w.logs {
		w.observe(p)
	}
	w.turn()
}

// turn does what the control loop does. The coordinator may die between the write and the launch, or be cut off before the write:
// the transaction is aborted then.
func (w *world) turn() {
	actions, wake := plan.Next(w.st, w.now)
	if len(actions) > 0 && w.rng.IntN(50) == 0 {
		w.boot()
		return
	}
	launch := w.decide(actions)
	if len(actions) > 0 && w.rng.IntN(50) == 0 {
		w.boot()
		return
	}
	for _, l := range launch {
		w.launch(l)
	}
	if !wake.IsZero() {
		life := w.life
		w.after(wake.Sub(w.now), func() {
			if w.life == life {
				w.turn()
			}
		})
	}
}

// decide writes a turn's actions and returns what is to be launched.
func (w *world) decide(actions []plan.Action) []tasks.Lease {
	var t history.Turn
	for _, a := range actions {
		switch a := a.(type) {
		case plan.Commit:
			w.commit(a.Checkpoint)
			t.Checkpoints = append(t.Checkpoints, a.Checkpoint)
		case plan.Grant:
			t.Grants = append(t.Grants, w.write(a.Lease))
		case plan.FailTask:
			if !strings.Contains(a.Trace, "executors die on") {
				w.err = fmt.Errorf("a task failed: %s", a.Trace)
			}
			w.after(time.Minute, func() { w.st.Restart("c", -1); w.turn() }) // bad luck looked like a bad record; a person helps
		default:
			w.err = fmt.Errorf("unexpected: %s", a)
		}
	}
	w.fault = cmp.Or(w.fault, w.told.Turn(t))
	return t.Grants
}

// zombie has a former coordinator decide as if it still led, which nobody fences.
func (w *world) zombie(former *plan.State) {
	actions, _ := plan.Next(former, w.now)
	for _, l := range w.decide(actions) {
		w.launch(l)
	}
}

// maxLanes bounds the lanes of a stream here: those of its tasks, and of the halves of a slice on which executors died.
const maxLanes = 8 + 16

func (w *world) commit(cp plan.Checkpoint) {
	old, ok := w.store.checkpoints[cp.Stream]
	if ok && (cp.Position < old.Position || cp.Epoch < old.Epoch) {
		w.err = fmt.Errorf("I5: %s goes back from %+v to %+v", cp.Stream, old, cp)
	}
	if len(cp.Done) > maxLanes || len(cp.Open) > maxLanes || len(cp.Seams) > 2*maxLanes {
		w.err = fmt.Errorf("the checkpoint of %s grows: %+v", cp.Stream, cp)
	}
	for i, d := range cp.Done {
		if before := cp.Position; d.From >= d.To || i == 0 && d.From <= before || i > 0 && d.From <= cp.Done[i-1].To {
			w.err = fmt.Errorf("intervals of %s are not in order: %+v", cp.Stream, cp)
		}
	}
	w.store.checkpoints[cp.Stream] = cp
	for k, l := range w.store.grants {
		if k.stream == cp.Stream && cp.Ended(l.Epoch) {
			delete(w.store.grants, k)
		}
	}
	if n, ok := w.sink.(*named); ok && w.err == nil {
		w.err = n.covers(w.logs[cp.Stream.Partition], old, cp)
	}
}

// write makes a grant durable. One that replaces a grant without result must be the same slice (I1), or one that
// is cut anew after executors have died on it, or under another configuration.
func (w *world) write(l tasks.Lease) tasks.Lease {
	key := lane{l.Slice.Stream, l.Lane}
	old, ok := w.store.grants[key]
	if ok && old.ConfigVersion == l.ConfigVersion && (old.Slice != l.Slice || old.PlanTime != l.PlanTime) && !w.recut(old, l) {
		w.err = fmt.Errorf("I1: %s was granted, %s replaces it", old.Slice, l.Slice)
	}
	if l.Lane >= maxLanes {
		w.err = fmt.Errorf("%s has lane %d", l.Slice, l.Lane)
	}
	for k, g := range w.store.grants {
		v := w.lively[g.Epoch]
		beside := w.spec.Order == tasks.OrderNone && (g.Slice.To <= l.Slice.From || l.Slice.To <= g.Slice.From)
		if k.stream == key.stream && v != nil && !beside && w.now.Before(w.dead(v)) {
			w.err = fmt.Errorf("%s is granted while a grant of %s is live", l.Slice, g.Slice)
		}
	}
	w.store.epoch++
	w.lively[w.store.epoch] = &vital{end: w.now.Add(ttl + margin), life: w.life}
	l.Epoch = w.store.epoch
	w.store.grants[key] = l
	w.st.Granted(l)
	return l
}

// dead returns from when on a grant may be replaced without word of its end: its deadline, and where another coordinator had
// granted it, sooner if it is silent.
func (w *world) dead(v *vital) time.Time {
	if v.life == w.life {
		return v.end
	}
	since := w.born
	if v.heard.After(since) {
		since = v.heard
	}
	if at := since.Add(silence); at.Before(v.end) {
		return at
	}
	return v.end
}

// beat has an executor give signs of life until it ends.
func (w *world) beat(l tasks.Lease, took time.Duration) {
	r := tasks.NewResult(&l)
	r.Progress = true
	for at := time.Second; at < took; at += time.Second {
		w.after(at, func() {
			if v := w.lively[l.Epoch]; v != nil {
				v.heard = w.now
			}
			w.st.Progress(r, w.now)
			w.turn()
		})
	}
}

func (w *world) recut(old, l tasks.Lease) bool {
	return l.Slice.From == old.Slice.From && w.deaths[l.Slice.Stream] > 0
}

// result brings a result to the coordinator of the day, perhaps twice.
func (w *world) result(r tasks.Result, in time.Duration) {
	w.after(in, func() {
		delete(w.lively, r.Epoch)
		w.st.Result(r, w.now)
		w.turn()
	})
	if w.rng.IntN(5) == 0 {
		w.after(in+w.between(0, 2*time.Minute), func() {
			if w.st.Result(r, w.now) {
				if cp := w.store.checkpoints[r.Slice.Stream]; cp.Ended(r.Epoch) {
					w.err = fmt.Errorf("I4: the result of %s under epoch %d counted twice", r.Slice, r.Epoch)
				}
			}
			w.turn()
		})
	}
}

// launch decides an executor's fate.
func (w *world) launch(l tasks.Lease) {
	w.executors++
	run := func(upTo int64) tasks.Result {
		w.executors--
		r := tasks.NewResult(&l)
		w.sink.deliver(w.logs[l.Slice.Stream.Partition], &l, upTo, &r)
		return r
	}
	some := l.Slice.From + w.rng.Int64N(l.Slice.To-l.Slice.From+1)
	took := w.between(10*time.Millisecond, 20*time.Second)
	gone := func() {
		w.deaths[l.Slice.Stream]++
		delete(w.lively, l.Epoch)
		w.st.ExecutorGone("c", l.Slice.Stream, l.Epoch, w.now)
		w.turn()
	}
	fate := w.rng.IntN(14)
	if fate != 0 && fate != 3 {
		w.beat(l, took)
	}
	switch fate {
	case 0: // lost before it began; nobody says so
		w.executors--
	case 1: // dies in the middle, and it is told
		w.after(took, func() { run(some); gone() })
	case 2: // dies after the work, without a word
		w.after(took, func() { run(l.Slice.To) })
	case 3: // a zombie: works long after the deadline, and reports
		w.after(w.between(80*time.Second, 20*time.Minute), func() { w.result(run(l.Slice.To), time.Second) })
	case 4: // doubled by the platform
		w.executors++
		w.after(took, func() { w.result(run(l.Slice.To), time.Second) })
		w.after(w.between(0, 5*time.Minute), func() { w.result(run(l.Slice.To), time.Second) })
	case 5: // the destination is not there
		w.after(took, func() {
			r := run(some)
			r.Fail(tasks.Retriable(fmt.Errorf("connection refused")), "", -1)
			w.result(r, time.Second)
		})
	case 6: // stops early, at the deadline
		w.after(took, func() { w.result(run(some), time.Second) })
	default:
		w.after(took, func() { w.result(run(l.Slice.To), w.between(0, 5*time.Second)) })
	}
}
