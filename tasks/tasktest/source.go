package tasktest

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// SourceUnderTest is one source that holds data, in at least one split, and does not change but by the suite.
type SourceUnderTest struct {
	// New connects to the source, as a new executor does. The suite closes what it gets.
	New func(t testing.TB) tasks.Source
}

// Source proves that a source keeps the contract of [tasks.Reader]: a slice gives the same records each time, whatever the
// size of the reads; a split cut in two at any record gives the same as in one piece; Committed may be called again.
func Source(t *testing.T, setup func(t testing.TB) SourceUnderTest) {
	cases := []struct {
		name string
		run  func(*well)
	}{
		{"a slice gives the same records each time", (*well).again},
		{"a slice gives the same records in reads of any size", (*well).sizes},
		{"a split cut at any record gives the same records", (*well).cut},
		{"a split that was read to its end has nothing pending", (*well).done},
		{"Committed may be called again", (*well).committed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&well{T: t, sut: setup(t)})
		})
	}
}

// well is one case under way.
type well struct {
	*testing.T
	sut SourceUnderTest
}

// source connects.
func (w *well) source() tasks.Source {
	s := w.sut.New(w)
	w.Cleanup(func() { s.Close() })
	return s
}

// splits lists what is to be read, and ends the case when that is nothing.
func (w *well) splits() []tasks.Split {
	w.Helper()
	all, err := w.source().Splits(w.Context(), func(string) tasks.Position { return "" })
	if err != nil {
		w.Fatalf("list splits: %v", err)
	}
	var out []tasks.Split
	for _, s := range all {
		if s.Pending > 0 {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		w.Fatal("the source has no split with anything to read")
	}
	return out
}

// line is a record for comparison.
type line struct{ Topic, Key, Value, Position string }

func (w *well) open(split string, since, until tasks.Position) tasks.Reader {
	w.Helper()
	r, err := w.source().Open(w.Context(), tasks.SourceTask{Connector: "suite",
		Slice: tasks.Slice{Stream: tasks.Stream{Split: split}, Since: since, Until: until}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.Fatalf("open %s from %q to %q: %v", split, since, until, err)
	}
	w.Cleanup(func() { r.Close() })
	return r
}

// read reads a slice wholly, at most about max records at a time.
func (w *well) read(split string, since, until tasks.Position, max int) []line {
	w.Helper()
	r := w.open(split, since, until)
	var out []line
	var arena tasks.Arena
	for range 1_000_000 {
		records, err := r.Read(w.Context(), &arena, max)
		for i := range records {
			rec := &records[i]
			if rec.Position == "" {
				w.Fatalf("record %d of %s has no position", len(out), split)
			}
			out = append(out, line{rec.Topic, describe(rec.Key), describe(rec.Value), string(rec.Position)})
		}
		arena.Reset()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			w.Fatalf("read %s from %q to %q: %v", split, since, until, err)
		}
	}
	w.Fatalf("reading %s from %q to %q does not end", split, since, until)
	return nil
}

func (w *well) same(what string, want, got []line) {
	w.Helper()
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("%s gives other records (-want +got):\n%s", what, d)
	}
}

func (w *well) again() {
	for _, s := range w.splits() {
		want := w.read(s.Split, "", s.End, 100)
		if len(want) == 0 {
			w.Errorf("split %s has %d bytes pending but no record", s.Split, s.Pending)
		}
		w.same("a second run of "+s.Split, want, w.read(s.Split, "", s.End, 100))
	}
}

func (w *well) sizes() {
	for _, s := range w.splits() {
		want := w.read(s.Split, "", s.End, 1000)
		for _, max := range []int{1, 2, 3, 7} {
			w.same(fmt.Sprintf("%s in reads of %d", s.Split, max), want, w.read(s.Split, "", s.End, max))
		}
	}
}

// cuts bounds the number of places where a split is cut.
const cuts = 50

func (w *well) cut() {
	for _, s := range w.splits() {
		want := w.read(s.Split, "", s.End, 100)
		for i := 0; i < len(want); i += 1 + len(want)/cuts {
			p := tasks.Position(want[i].Position)
			got := append(w.read(s.Split, "", p, 100), w.read(s.Split, p, s.End, 100)...)
			w.same(fmt.Sprintf("%s cut at %s", s.Split, p), want, got)
		}
	}
}

func (w *well) done() {
	ends := map[string]tasks.Position{}
	for _, s := range w.splits() {
		ends[s.Split] = s.End
		if rest := w.read(s.Split, s.End, s.End, 100); len(rest) > 0 {
			w.Errorf("split %s gives %d records behind its end", s.Split, len(rest))
		}
	}
	after, err := w.source().Splits(w.Context(), func(split string) tasks.Position { return ends[split] })
	if err != nil {
		w.Fatalf("list splits: %v", err)
	}
	for _, s := range after {
		if _, ok := ends[s.Split]; ok && s.Pending > 0 {
			w.Errorf("split %s was read to its end but has %d bytes pending", s.Split, s.Pending)
		}
	}
}

func (w *well) committed() {
	for _, s := range w.splits() {
		lines := w.read(s.Split, "", s.End, 100)
		if len(lines) == 0 {
			continue
		}
		first, last := tasks.Position(lines[0].Position), tasks.Position(lines[len(lines)-1].Position)
		r := w.open(s.Split, "", s.End)
		for _, p := range []tasks.Position{first, first, last, last} {
			if err := r.Committed(w.Context(), p); err != nil {
				w.Errorf("committed %s at %s: %v", s.Split, p, err)
			}
		}
	}
}
