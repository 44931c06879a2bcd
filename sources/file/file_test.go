package file_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

func open(t testing.TB, props map[string]string) tasks.Source {
	t.Helper()
	c, errs := file.Plugin().Config.Parse(props)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	s, err := file.Plugin().New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drain reads all that is there behind a position, and returns the values and the new position.
func drain(t *testing.T, path string, at tasks.Position) ([]string, tasks.Position) {
	t.Helper()
	s := open(t, map[string]string{"file": path, "topic": "t"})
	splits, err := s.Splits(t.Context(), func(string) tasks.Position { return at })
	if err != nil {
		t.Fatal(err)
	}
	if len(splits) != 1 {
		t.Fatalf("splits: %v", splits)
	}
	if splits[0].Pending == 0 {
		return nil, at
	}
	values, positions := read(t, s, tasks.Slice{Stream: tasks.Stream{Split: splits[0].Split}, Since: at, Until: splits[0].End}, 100)
	if len(positions) == 0 || positions[len(positions)-1] != splits[0].End {
		t.Fatalf("the slice ends at %v, not at the split's end %s", positions, splits[0].End)
	}
	return values, splits[0].End
}

func read(t *testing.T, s tasks.Source, slice tasks.Slice, limit int) (values []string, positions []tasks.Position) {
	t.Helper()
	r, err := s.Open(t.Context(), tasks.SourceTask{Connector: "c", Slice: slice})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		var a tasks.Arena
		recs, err := r.Read(t.Context(), &a, limit)
		for _, rec := range recs {
			if rec.Topic != "t" || rec.ValueSchema != tasks.StringSchema || !rec.Key.IsNull() || rec.Partition != tasks.NoPartition {
				t.Fatalf("record %+v", rec)
			}
			values, positions = append(values, strings.Clone(rec.Value.Str())), append(positions, rec.Position)
		}
		if err == io.EOF {
			return values, positions
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	tasktest.Source(t, func(t testing.TB) tasktest.SourceUnderTest {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte("one\ntwo\r\n\nthree\rfour\nrest"), 0o644); err != nil {
			t.Fatal(err)
		}
		return tasktest.SourceUnderTest{New: func(t testing.TB) tasks.Source {
			return open(t, map[string]string{"file": path, "topic": "t"})
		}}
	})
}

func TestSlicesAtAnyPosition(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var data bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&data, "%d%s", i, strings.Repeat("é", rnd.IntN(300)))
		data.WriteString([]string{"\n", "\r\n", "\r", "\n\n"}[rnd.IntN(4)])
	}
	data.WriteString("x\nno end")
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, map[string]string{"file": path, "topic": "t"})
	stream := tasks.Stream{Split: `{"filename":"` + path + `"}`}
	all, positions := read(t, s, tasks.Slice{Stream: stream}, 77)
	if len(all) < 2001 || all[len(all)-1] != "x" {
		t.Fatalf("%d lines, last %q", len(all), all[len(all)-1])
	}
	for range 50 {
		i := rnd.IntN(len(all) - 1)
		j := i + 1 + rnd.IntN(len(all)-i-1)
		got, gotAt := read(t, s, tasks.Slice{Stream: stream, Since: positions[i], Until: positions[j]}, 1+rnd.IntN(500))
		if d := cmp.Diff(all[i+1:j+1], got); d != "" {
			t.Fatalf("slice %s to %s:\n%s", positions[i], positions[j], d)
		}
		if d := cmp.Diff(positions[i+1:j+1], gotAt); d != "" {
			t.Fatal(d)
		}
	}
}

func TestStandardInputIsRefused(t *testing.T) {
	t.Parallel()
	c, errs := file.Plugin().Config.Parse(map[string]string{"topic": "t"})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if _, err := file.Plugin().New(t.Context(), c); err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), "standard input") {
		t.Errorf("new: %v", err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name, path string
		at         tasks.Position
		kind       tasks.ErrorKind
		want       string
	}{
		{"directory", dir, "", tasks.KindRetriable, "directory"},
		{"bad offset", dir, `{"offset":1}`, tasks.KindFatal, `{"position":<bytes>}`},
		{"negative offset", dir, `{"position":-1}`, tasks.KindFatal, "reset the connector's offsets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, map[string]string{"file": tt.path, "topic": "t"})
			_, err := s.Splits(t.Context(), func(string) tasks.Position { return tt.at })
			if err == nil || tasks.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v error %v, want %v with %q", tasks.KindOf(err), err, tt.kind, tt.want)
			}
		})
	}
}

func TestMissingFileIsWaitedFor(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "later")
	if v, at := drain(t, path, ""); v != nil || at != "" {
		t.Fatalf("%v at %q", v, at)
	}
	if err := os.WriteFile(path, []byte("a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if v, at := drain(t, path, ""); len(v) != 1 || at != `{"position":2}` {
		t.Fatalf("%v at %q", v, at)
	}
}
