package simulate

import (
	"math"
	"sort"
	"time"
)

// demand is the load of all partitions together, as the records that come in steps of a second or more.
type demand struct {
	width time.Duration
	came  []int64
}

func newDemand(all []Arrivals) demand {
	var length time.Duration
	for i := range all {
		length = max(length, all[i].last())
	}
	d := demand{width: max(time.Second, length/100_000)}
	before := int64(0)
	for i := range all {
		before += all[i].Committed
	}
	for at := time.Duration(0); at < length || at == 0; at += d.width {
		end := int64(0)
		for i := range all {
			end += all[i].end(at + d.width)
		}
		d.came, before = append(d.came, end-before), end
	}
	return d
}

// units is the least number of always-running units, each of a rate, under which no record waits longer than patience.
func (d demand) units(rate float64, patience time.Duration) int {
	enough := func(n int) bool {
		capacity, lag := float64(n)*rate, 0.0
		for _, c := range d.came {
			if lag = math.Max(0, lag+float64(c)-capacity*d.width.Seconds()); lag > capacity*patience.Seconds() {
				return false
			}
		}
		return true
	}
	most := 1
	for !enough(most) && most < 1<<20 {
		most *= 2
	}
	return 1 + sort.Search(most-1, func(i int) bool { return enough(i + 1) })
}
