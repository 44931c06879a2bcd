package simulate

import (
	"math"
	"time"
)

// bins is into how many pieces of time a run is cut for its timeline.
const bins = 240

// samples is of how many records of a slice the latency is looked at, each for its share of the slice.
const samples = 16

// Outcome is what a run saw.
type Outcome struct {
	// Length is how long records came; Drained is when the last of them was delivered or nothing more happened.
	Length, Drained time.Duration
	// Records came (those that waited at the start included), Delivered of them arrived; the others Wait for a file to fill.
	Records, Delivered, Wait int64
	// Leases ran, Reused of them on an executor that was there; Busy is the time of all together, starts included.
	Leases, Reused int64
	Busy           time.Duration
	Executors      int // the most at once
	MaxLag         int64
	Latency        Latency
	Timeline       []Bin

	width   time.Duration
	busy    int // executors since changed
	changed time.Duration
	runs    map[time.Duration]int64 // how many leases took how long, in ms rounded up
}

// Bin is a piece of a run.
type Bin struct {
	At        time.Duration `json:"-"`
	Seconds   float64       `json:"at"`
	Executors int           `json:"executors"` // the most at once
	Lag       int64         `json:"lag"`       // the most records that waited
	Arrived   int64         `json:"arrived"`
	Delivered int64         `json:"delivered"`
}

func newOutcome(all []Arrivals) *Outcome {
	o := &Outcome{runs: map[time.Duration]int64{}}
	for i := range all {
		o.Length = max(o.Length, all[i].last())
		o.Records += all[i].total() - all[i].Committed
	}
	o.width = max(time.Second, o.Length/bins)
	before := make([]int64, len(all))
	for p := range all {
		before[p] = all[p].Committed
	}
	for at := time.Duration(0); at < o.Length; at += o.width {
		b := o.bin(at)
		for p := range all {
			end := all[p].end(min(at+o.width, o.Length))
			b.Arrived += end - before[p]
			before[p] = end
		}
	}
	return o
}

// bin is the piece that holds a time.
func (o *Outcome) bin(at time.Duration) *Bin {
	n := int(at / o.width)
	for len(o.Timeline) <= n {
		begin := time.Duration(len(o.Timeline)) * o.width
		o.Timeline = append(o.Timeline, Bin{At: begin, Seconds: begin.Seconds()})
	}
	return &o.Timeline[n]
}

func (o *Outcome) granted(took time.Duration) {
	o.Leases++
	o.Busy += took
	o.runs[roundUp(took, time.Millisecond)]++
}

// executors notes that from now on another number of them is busy.
func (o *Outcome) executors(now time.Duration, busy int) {
	for at := o.changed; at < now; at += o.width {
		b := o.bin(at)
		b.Executors = max(b.Executors, o.busy)
	}
	o.changed, o.busy = now, busy
	o.Executors = max(o.Executors, busy)
	b := o.bin(now)
	b.Executors = max(b.Executors, busy)
}

func (o *Outcome) arrived(now time.Duration, lag int64) {
	o.MaxLag = max(o.MaxLag, lag)
	b := o.bin(now)
	b.Lag = max(b.Lag, lag)
}

func (o *Outcome) delivered(a *Arrivals, from, to int64, now time.Duration) {
	n := to - from
	if n <= 0 {
		return
	}
	o.Delivered += n
	o.bin(now).Delivered += n
	o.Drained = now
	parts := min(n, samples)
	for i := range parts {
		if at, ok := a.when(from + n*(2*i+1)/(2*parts)); ok {
			o.Latency.add(now-at, float64(n)/float64(parts))
		}
	}
}

func (o *Outcome) finish(now time.Duration, waiting int64) {
	o.Wait = waiting
	o.Drained = max(o.Drained, min(now, o.Length))
}

// billed is the time of all leases, each rounded up to a unit and at least a minimum.
func (o *Outcome) billed(unit, least time.Duration) (sum time.Duration) {
	for took, n := range o.runs {
		sum += time.Duration(n) * max(least, roundUp(took, unit))
	}
	return sum
}

func roundUp(d, unit time.Duration) time.Duration { return (d + unit - 1).Truncate(unit) }

// Latency is how long records took from their arrival to their delivery: a histogram of steps of 2 %.
type Latency struct {
	counts  []float64
	total   float64
	Longest time.Duration
}

const step = 1.02

func (l *Latency) add(d time.Duration, weight float64) {
	l.Longest = max(l.Longest, d)
	i := 0
	if d > time.Millisecond {
		i = int(math.Ceil(math.Log(float64(d)/float64(time.Millisecond)) / math.Log(step)))
	}
	for len(l.counts) <= i {
		l.counts = append(l.counts, 0)
	}
	l.counts[i] += weight
	l.total += weight
}

// Quantile returns the latency that a share q of the records did not exceed.
func (l *Latency) Quantile(q float64) time.Duration {
	left := q * l.total
	for i, n := range l.counts {
		if left -= n; left <= 0 && n > 0 {
			return min(l.Longest, time.Duration(math.Pow(step, float64(i))*float64(time.Millisecond)))
		}
	}
	return l.Longest
}
