package simulate

import (
	"slices"
	"sort"
	"time"
)

// Arrivals is how a partition's end offset grows: straight lines between points.
type Arrivals struct {
	Topic     string
	Partition int32
	// Committed is the offset that is delivered at the start.
	Committed int64
	points    []point
}

// point says that the end offset is end at a time since the start.
type point struct {
	at  time.Duration
	end float64
}

// add appends a point. Neither time nor offset goes back.
func (a *Arrivals) add(at time.Duration, end float64) {
	if n := len(a.points); n > 0 {
		at, end = max(at, a.points[n-1].at), max(end, a.points[n-1].end)
	}
	a.points = append(a.points, point{at, end})
}

// last is when the load ends.
func (a *Arrivals) last() time.Duration { return a.points[len(a.points)-1].at }

// start and total are the first and the last end offset.
func (a *Arrivals) start() int64 { return int64(a.points[0].end) }
func (a *Arrivals) total() int64 { return int64(a.points[len(a.points)-1].end) }

// end is the end offset at a time.
func (a *Arrivals) end(at time.Duration) int64 {
	i, exact := slices.BinarySearchFunc(a.points, at, func(p point, at time.Duration) int { return int(min(1, max(-1, p.at-at))) })
	if exact {
		for i+1 < len(a.points) && a.points[i+1].at == at { // a jump: what came at that moment is there
			i++
		}
		return int64(a.points[i].end)
	}
	switch i {
	case 0:
		return a.start()
	case len(a.points):
		return a.total()
	}
	p, q := a.points[i-1], a.points[i]
	return int64(p.end + (q.end-p.end)*float64(at-p.at)/float64(q.at-p.at))
}

// when is the time at which the record at an offset came; false when it does not come.
func (a *Arrivals) when(offset int64) (time.Duration, bool) {
	need := float64(offset + 1)
	i := sort.Search(len(a.points), func(i int) bool { return a.points[i].end >= need })
	switch i {
	case 0:
		return a.points[0].at, true
	case len(a.points):
		return 0, false
	}
	p, q := a.points[i-1], a.points[i]
	at := p.at + time.Duration(float64(q.at-p.at)*(need-p.end)/(q.end-p.end))
	for a.end(at) <= offset && at < q.at { // the division may fall a nanosecond short
		at++
	}
	return at, true
}
