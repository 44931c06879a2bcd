package tasktest

import (
	"fmt"
	"testing"
)

const batches = (total + batchSize - 1) / batchSize

func (b *bench) whole() {
	b.stands(b.open(0, total, true, offsets(0, total)).rest(total), total)
	b.holds(offsets(0, total))
}

func (b *bench) twice() {
	for range 3 {
		b.stands(b.open(0, total, true, offsets(0, total)).rest(total), total)
		b.holds(offsets(0, total))
	}
}

// each runs a case once for each number of batches that an attempt gets done, on the same destination but in slices that
// follow one another.
func (b *bench) each(run func(b *bench, from, to int64, done int)) {
	for done := range batches + 1 {
		ok := b.Run(fmt.Sprintf("after %d batches", done), func(t *testing.T) {
			run(&bench{T: t, sut: b.sut}, int64(done)*total, int64(done+1)*total, done)
		})
		if !ok {
			return
		}
	}
}

// some gets a number of batches done.
func (a *attempt) some(batches int) {
	a.Helper()
	for range batches {
		if _, err := a.put(); err != nil {
			a.Fatalf("put into %s: %v", a.slice, err)
		}
	}
}

func (b *bench) dies() {
	b.each(func(b *bench, from, to int64, done int) {
		a := b.open(from, to, true, offsets(from, to))
		a.some(done)
		a.writer.Abort()
		b.stands(b.open(from, to, true, offsets(from, to)).rest(to), to)
		b.holds(offsets(0, to))
	})
}

func (b *bench) late() {
	b.each(func(b *bench, from, to int64, done int) {
		zombie := b.open(from, to, true, offsets(from, to))
		zombie.some(done)
		b.stands(b.open(from, to, true, offsets(from, to)).rest(to), to)
		zombie.wake()
		b.holds(offsets(0, to))
	})
}

func (b *bench) latest() {
	b.each(func(b *bench, from, to int64, done int) {
		from, to = 2*from, 2*to
		zombie := b.open(from, from+total, true, offsets(from, from+total))
		zombie.some(done)
		b.stands(b.open(from, from+total, true, offsets(from, from+total)).rest(from+total), from+total)
		b.stands(b.open(from+total, to, true, offsets(from+total, to)).rest(to), to)
		zombie.wake()
		b.holds(offsets(0, to))
	})
}

func (b *bench) gaps() {
	at := []int64{2, 3, 7, 8, 9, 15, 16, 30, 41}
	for range 2 {
		b.stands(b.open(0, 50, true, at).rest(50), 50)
		b.holds(at)
	}
}

// before returns the offsets below p.
func before(at []int64, p int64) []int64 {
	for i, o := range at {
		if o >= p {
			return at[:i]
		}
	}
	return at
}

func (b *bench) tail() {
	at := offsets(0, total)
	p := b.open(0, total, false, at).rest(total)
	b.holds(before(at, p))
	b.stands(b.open(p, total, true, offsets(p, total)).rest(total), total)
	b.holds(at)
}

func (b *bench) early() {
	at := offsets(0, total)
	for end := int64(1); end < total; end += 4 {
		p := b.open(0, total, true, at[:end]).rest(end)
		if p > end {
			b.Errorf("position = %d although the slice was read to %d only", p, end)
		}
		b.holds(before(at, p))
	}
	b.stands(b.open(0, total, true, at).rest(total), total)
	b.holds(at)
}

func (b *bench) slices() {
	const end = 5 * total
	lengths := []int64{7, 1, 13, 4, 20, 2, 11}
	p := int64(0)
	for i := 0; p < end && i < 200; i++ {
		to := min(p+lengths[i%len(lengths)]*int64(1+i/len(lengths)), end)
		next := b.open(p, to, to == end, offsets(p, to)).rest(to)
		b.holds(offsets(0, next))
		p = next
	}
	b.stands(p, end)
}

func (b *bench) empty() {
	b.stands(b.open(0, 10, true, nil).rest(10), 10)
	b.stands(b.open(10, 25, false, nil).rest(25), 25)
	b.holds(nil)
}

func (b *bench) abort() {
	a := b.open(0, total, true, offsets(0, total))
	a.writer.Abort()
	a.writer.Abort()
	a = b.open(0, total, true, offsets(0, total))
	a.rest(total)
	a.writer.Abort()
	b.stands(a.writer.Position(), total)
	b.holds(offsets(0, total))
}
