package file_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

func connect(t testing.TB, path string) tasks.Sink {
	t.Helper()
	p := file.Plugin()
	props := map[string]string{"name": "lines"}
	if path != "" {
		props["file"] = path
	}
	c, mistakes := p.Config.Parse(props)
	if len(mistakes) > 0 {
		t.Fatalf("the configuration is refused: %v", mistakes)
	}
	s, err := p.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func record(offset int64, v tasks.Value) tasks.Record {
	return tasks.Record{Topic: "orders", Offset: offset, Value: v, Raw: &tasks.Raw{Topic: "orders", Offset: offset}}
}

func slice(from, to int64) tasks.Slice {
	return tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, From: from, To: to, CloseTail: true}
}

func task(s tasks.Slice) tasks.SinkTask {
	return tasks.SinkTask{Connector: "lines", Slice: s, Log: slog.New(slog.DiscardHandler),
		Report: func(_ *tasks.Record, err error) error { return err }}
}

// run writes records as one lease.
func run(t testing.TB, path string, s tasks.Slice, records ...tasks.Record) (position int64, err error) {
	t.Helper()
	w, err := connect(t, path).Open(t.Context(), task(s))
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	if err := w.Put(t.Context(), records); err != nil {
		return w.Position(), err
	}
	_, err = w.Finish(t.Context(), s.To)
	return w.Position(), err
}

func mustRun(t testing.TB, path string, s tasks.Slice, records ...tasks.Record) {
	t.Helper()
	p, err := run(t, path, s, records...)
	if err != nil {
		t.Fatal(err)
	}
	if p != s.To {
		t.Fatalf("position = %d, want %d", p, s.To)
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	tasktest.Sink(t, func(t testing.TB) tasktest.SinkUnderTest {
		path := filepath.Join(t.TempDir(), "out.txt")
		return tasktest.SinkUnderTest{
			New: func(t testing.TB) tasks.Sink { return connect(t, path) },
			Read: func(t testing.TB) []string {
				if _, err := os.Stat(path); err != nil {
					return nil
				}
				return strings.Fields(read(t, path))
			},
		}
	})
}

func TestPutWritesLargeBatchesAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	w, err := connect(t, path).Open(t.Context(), task(slice(0, 10)))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("x", 1<<20)
	if err := w.Put(t.Context(), []tasks.Record{record(0, tasks.NewString(line))}); err != nil {
		t.Fatal(err)
	}
	if w.Position() != 1 || read(t, path) != line+"\n" {
		t.Errorf("position = %d, %d bytes written; want 1, %d", w.Position(), len(read(t, path)), len(line)+1)
	}
	zombie, err := connect(t, path).Open(t.Context(), task(slice(0, 10)))
	if err != nil {
		t.Fatal(err)
	}
	if zombie.Position() != 1 {
		t.Errorf("a second writer stands at %d, want the file's 1", zombie.Position())
	}
}

func TestWriterBehindTheFileIsStale(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	w, err := connect(t, path).Open(t.Context(), task(slice(0, 3)))
	if err != nil {
		t.Fatal(err)
	}
	all := []tasks.Record{record(0, tasks.NewString("a")), record(1, tasks.NewString("b")), record(2, tasks.NewString("c"))}
	if err := w.Put(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	mustRun(t, path, slice(0, 2), all[:2]...)
	if _, err := w.Finish(t.Context(), 3); tasks.KindOf(err) != tasks.KindStale {
		t.Errorf("finish = %v, want a stale error", err)
	}
	if w.Position() != 2 || read(t, path) != "a\nb\n" {
		t.Errorf("position = %d, file = %q; want 2 and what the other wrote", w.Position(), read(t, path))
	}
}

func TestFileOfSomeoneElseIsAppendedTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	write(t, path, "old line without newline")
	mustRun(t, path, slice(0, 1), record(0, tasks.NewString("new")))
	if got, want := read(t, path), "old line without newlinenew\n"; got != want {
		t.Errorf("file = %q, want %q", got, want)
	}
}

func TestRemainsOfADeadExecutorAreCutOff(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	mustRun(t, path, slice(0, 1), record(0, tasks.NewString("a")))
	write(t, path, "a\nhalf of a li")
	mustRun(t, path, slice(1, 2), record(1, tasks.NewString("b")))
	if got, want := read(t, path), "a\nb\n"; got != want {
		t.Errorf("file = %q, want %q", got, want)
	}
}

func TestEmptiedFileGoesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	mustRun(t, path, slice(0, 1), record(0, tasks.NewString("a long line")))
	write(t, path, "")
	mustRun(t, path, slice(1, 2), record(1, tasks.NewString("b")))
	if got, want := read(t, path), "b\n"; got != want {
		t.Errorf("file = %q, want %q", got, want)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		setup func(t *testing.T, path string)
		kind  tasks.ErrorKind
		say   string
	}{
		{"the directory is missing", func(t *testing.T, path string) {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}, tasks.KindFatal, "Couldn't find or create file"},
		{"the sidecar is damaged", func(t *testing.T, path string) {
			write(t, filepath.Join(filepath.Dir(path), ".out.txt.mayfly"), `{"version":1,"len`)
		}, tasks.KindFatal, "says how far"},
		{"the sidecar is too new", func(t *testing.T, path string) {
			write(t, filepath.Join(filepath.Dir(path), ".out.txt.mayfly"), `{"version":99}`)
		}, tasks.KindFatal, "version 99"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "dir", "out.txt")
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			c.setup(t, path)
			_, err := run(t, path, slice(0, 1), record(0, tasks.NewString("a")))
			if err == nil || tasks.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
				t.Errorf("err = %v (%v), want one of kind %v that says %q", err, tasks.KindOf(err), c.kind, c.say)
			}
		})
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	mustRun(t, path, slice(0, 1), record(0, tasks.NewString("a")))
	// A directory where the next sidecar is made stands for a disk that takes data but no more sidecars.
	block := filepath.Join(filepath.Dir(path), ".out.txt.mayfly.next")
	if err := os.MkdirAll(filepath.Join(block, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := run(t, path, slice(1, 2), record(1, tasks.NewString("b")))
	if tasks.KindOf(err) != tasks.KindRetriable {
		t.Errorf("err = %v, want a retriable one", err)
	}
	if got := read(t, path); got != "a\n" {
		t.Errorf("file = %q after the failure, want what is recorded", got)
	}
	if err := os.RemoveAll(block); err != nil {
		t.Fatal(err)
	}
	mustRun(t, path, slice(1, 2), record(1, tasks.NewString("b")))
	if got := read(t, path); got != "a\nb\n" {
		t.Errorf("file = %q, want both lines", got)
	}
}

func TestPipe(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := filepath.Join("/dev/fd", fd(w))
	if _, err := os.Stat(name); err != nil {
		t.Fatalf("this system has no %s: %v", name, err)
	}
	p, err := run(t, name, slice(0, 5), record(0, tasks.NewString("a")), record(3, tasks.NewInt64(7)))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(&got, r); err != nil {
		t.Fatal(err)
	}
	if got.String() != "a\n7\n" || p != 5 {
		t.Errorf("got %q and position %d, want two lines and 5", got.String(), p)
	}
}

func TestSidecarIsReadable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.txt")
	mustRun(t, path, slice(0, 1), record(0, tasks.NewString("a")))
	var s map[string]any
	if err := json.Unmarshal([]byte(read(t, filepath.Join(filepath.Dir(path), ".out.txt.mayfly"))), &s); err != nil {
		t.Fatal(err)
	}
	if s["length"] != 2.0 {
		t.Errorf("length = %v, want 2", s["length"])
	}
}
