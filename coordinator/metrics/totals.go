package metrics

import (
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// totals is what the results of one task add up to.
type totals struct {
	since   time.Time
	counts  tasks.Counts
	results int64
	// retriable and bad are the results that failed and are tried again, and those that a bad record ended.
	retriable, bad int64
	lastError      time.Time
	busy           time.Duration
	put, finish    step
	poll, commit   step
	batch          float64 // records of the largest mean batch
	// lease is how many records a lease had in hand, transaction how many a source wrote in one transaction.
	lease, transaction size
	rate               window
}

// step is what the steps of one name add up to.
type step struct {
	parts         int64
	busy, longest time.Duration
}

func (s *step) add(t *tasks.Step) {
	s.parts += t.Parts
	s.busy += time.Duration(t.Busy) * time.Microsecond
	s.longest = max(s.longest, time.Duration(t.Longest)*time.Microsecond)
}

// size is what numbers of records add up to, with the least and the most of them.
type size struct {
	records, of, least, most float64
}

// add adds records that came in n parts of about the same size.
func (s *size) add(records, n int64) {
	if records == 0 || n == 0 {
		return
	}
	each := share(float64(records), float64(n))
	if s.of == 0 || each < s.least {
		s.least = each
	}
	s.records, s.of, s.most = s.records+float64(records), s.of+float64(n), max(s.most, each)
}

func (s *size) mean() float64 { return share(s.records, s.of) }

func (s *step) mean() float64 { return share(float64(s.busy.Milliseconds()), float64(s.parts)) }

func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// add adds a result that counts.
func (t *totals) add(r *tasks.Result, now time.Time) {
	c := &t.counts
	c.Records += r.Counts.Records - r.Counts.Tail // the tail is read again
	c.Delivered += r.Counts.Delivered
	c.Filtered += r.Counts.Filtered
	c.DeadLetters += r.Counts.DeadLetters
	c.Tolerated += r.Counts.Tolerated
	c.Retries += r.Counts.Retries
	t.lease.add(r.Counts.Records, 1)
	t.results++
	t.busy += time.Duration(r.DurationMs) * time.Millisecond
	if f := r.Failure; f != nil && f.Kind == tasks.KindRetriable.String() {
		t.retriable++
	} else if f != nil {
		t.bad++
	}
	if r.Failure != nil || r.Counts.DeadLetters+r.Counts.Tolerated > 0 {
		t.lastError = now
	}
	for i := range r.Steps {
		switch s := &r.Steps[i]; s.Name {
		case "put":
			t.put.add(s)
			t.batch = max(t.batch, share(float64(r.Counts.Records), float64(s.Parts)))
		case "finish":
			t.finish.add(s)
		case "poll":
			t.poll.add(s)
			t.batch = max(t.batch, share(float64(r.Counts.Records), float64(s.Parts)))
		case "commit":
			t.commit.add(s)
			t.transaction.add(r.Counts.Delivered, s.Parts)
		}
	}
	t.rate.add(now, c.Records, c.Delivered)
}

// errors are the records that failed for good.
func (t *totals) errors() int64 { return t.counts.DeadLetters + t.counts.Tolerated + t.bad }

// span is how long a rate looks back at least, and at most twice as long: Connect's two samples of thirty seconds.
const span = 30 * time.Second

// window is a task's totals at two moments and now, for rates.
type window struct{ older, newer, last mark }

type mark struct {
	at              time.Time
	read, delivered int64
}

func (w *window) add(now time.Time, read, delivered int64) {
	if w.newer.at.IsZero() {
		w.older, w.newer = mark{at: now.Add(-time.Second)}, mark{at: now.Add(-time.Second)}
	}
	if now.Sub(w.newer.at) >= span {
		w.older, w.newer = w.newer, w.last
	}
	w.last = mark{now, read, delivered}
}

// over returns the rates per second.
func (w *window) over(now time.Time) (read, delivered float64) {
	if w.last.at.IsZero() || now.Sub(w.last.at) > 2*span {
		return 0, 0
	}
	d := max(now.Sub(w.older.at), time.Second).Seconds()
	return float64(w.last.read-w.older.read) / d, float64(w.last.delivered-w.older.delivered) / d
}
