package tasktest

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// SinkUnderTest is one fresh destination and how to get at it.
type SinkUnderTest struct {
	// New connects to the destination, as a new executor does. The suite closes what it gets.
	New func(t testing.TB) tasks.Sink
	// Read returns the values of all records at the destination, in the order of their offsets.
	Read func(t testing.TB) []string
	// Value makes a record's value of a text that Read will return. Nil makes a string with Connect's string schema.
	Value func(text string) (*tasks.Schema, tasks.Value)
}

// Sink proves that a sink keeps the contract of [tasks.Writer]: data and position move together and only forward; a slice
// that is run again, wholly or after a kill at any point, leaves the destination as one run would; a writer that wakes up
// late changes nothing that counts.
func Sink(t *testing.T, setup func(t testing.TB) SinkUnderTest) {
	cases := []struct {
		name string
		run  func(*bench)
	}{
		{"a slice is delivered once", (*bench).whole},
		{"a slice that runs twice is delivered once", (*bench).twice},
		{"a slice that dies before any Put is run again", (*bench).dies},
		{"a writer that wakes up late changes nothing", (*bench).late},
		{"a writer that wakes up after the next slice changes nothing", (*bench).latest},
		{"gaps between offsets count as delivered", (*bench).gaps},
		{"a tail that is not closed is not delivered", (*bench).tail},
		{"a slice that stops early delivers what lies before its position", (*bench).early},
		{"a stream in many slices is delivered once", (*bench).slices},
		{"an empty slice moves the position to its end", (*bench).empty},
		{"Abort may be called at any time", (*bench).abort},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&bench{T: t, sut: setup(t)})
		})
	}
}

// The stream that the cases write: offsets [0, total) of suite-topic/0, put in batches of batchSize.
const (
	topic     = "suite-topic"
	total     = 20
	batchSize = 3
)

// bench is one case under way.
type bench struct {
	*testing.T
	sut SinkUnderTest
}

func text(offset int64) string { return fmt.Sprintf("value-%d", offset) }

// offsets returns [from, to).
func offsets(from, to int64) []int64 {
	out := make([]int64, 0, to-from)
	for o := from; o < to; o++ {
		out = append(out, o)
	}
	return out
}

func (b *bench) record(offset int64) tasks.Record {
	schema, value := tasks.StringSchema, tasks.NewString(text(offset))
	if b.sut.Value != nil {
		schema, value = b.sut.Value(text(offset))
	}
	return tasks.Record{Topic: topic, Offset: offset, Timestamp: 1_700_000_000_000 + offset, TimestampType: tasks.CreateTime,
		ValueSchema: schema, Value: value,
		Raw: &tasks.Raw{Topic: topic, Offset: offset, Timestamp: 1_700_000_000_000 + offset, Value: []byte(text(offset))}}
}

// attempt is one run of a slice by an executor of its own.
type attempt struct {
	*bench
	slice  tasks.Slice
	writer tasks.Writer
	todo   []int64
	pos    int64
}

// open starts an attempt at the slice [from, to), whose records are at the given offsets.
func (b *bench) open(from, to int64, closeTail bool, at []int64) *attempt {
	b.Helper()
	sink := b.sut.New(b)
	b.Cleanup(func() { sink.Close() })
	a := &attempt{bench: b, todo: at, pos: from,
		slice: tasks.Slice{Stream: tasks.Stream{Topic: topic}, From: from, To: to, CloseTail: closeTail}}
	w, err := sink.Open(b.Context(), tasks.SinkTask{Connector: "suite", Slice: a.slice,
		Report: func(_ *tasks.Record, err error) error { return err }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatalf("open %s: %v", a.slice, err)
	}
	a.writer = w
	b.Cleanup(w.Abort)
	return a
}

// put hands over the next batch; false when nothing is left.
func (a *attempt) put() (bool, error) {
	a.Helper()
	if len(a.todo) == 0 {
		return false, nil
	}
	n := min(batchSize, len(a.todo))
	batch := make([]tasks.Record, n)
	for i, o := range a.todo[:n] {
		batch[i] = a.record(o)
	}
	a.todo = a.todo[n:]
	err := a.writer.Put(a.Context(), batch)
	a.forward()
	return err == nil, err
}

// forward checks that the position did not go back (I5).
func (a *attempt) forward() {
	a.Helper()
	p := a.writer.Position()
	if p < a.pos {
		a.Errorf("%s: position went back from %d to %d", a.slice, a.pos, p)
	}
	a.pos = p
}

// rest puts all that is left and finishes at end; any error ends the case.
func (a *attempt) rest(end int64) int64 {
	a.Helper()
	for {
		more, err := a.put()
		if err != nil {
			a.Fatalf("put into %s: %v", a.slice, err)
		}
		if !more {
			break
		}
	}
	if _, err := a.writer.Finish(a.Context(), end); err != nil {
		a.Fatalf("finish %s at %d: %v", a.slice, end, err)
	}
	a.forward()
	return a.pos
}

// wake goes on with an attempt whose slice others have run meanwhile. It may fail, but not otherwise than retriably or as
// stale.
func (a *attempt) wake() {
	a.Helper()
	for {
		more, err := a.put()
		if err != nil {
			if k := tasks.KindOf(err); k != tasks.KindStale && k != tasks.KindRetriable {
				a.Errorf("late put into %s: %v is %v, want stale or retriable", a.slice, err, k)
			}
			a.writer.Abort()
			return
		}
		if !more {
			break
		}
	}
	if _, err := a.writer.Finish(a.Context(), a.slice.To); err != nil {
		if k := tasks.KindOf(err); k != tasks.KindStale && k != tasks.KindRetriable {
			a.Errorf("late finish of %s: %v is %v, want stale or retriable", a.slice, err, k)
		}
	}
	a.forward()
}

// holds checks what is at the destination.
func (b *bench) holds(at []int64) {
	b.Helper()
	want := []string{}
	for _, o := range at {
		want = append(want, text(o))
	}
	got := append([]string{}, b.sut.Read(b)...)
	if d := cmp.Diff(want, got); d != "" {
		b.Errorf("the destination holds other records than were sent (-want +got):\n%s", d)
	}
}

// stands checks a position.
func (b *bench) stands(got, want int64) {
	b.Helper()
	if got != want {
		b.Errorf("position = %d, want %d", got, want)
	}
}
