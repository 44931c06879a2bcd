package spooldir_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// with returns a with b on top.
func with(a, b map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// old makes a file look as if it was written long ago.
func old(t testing.TB, path string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func TestCleanup(t *testing.T) {
	t.Parallel()
	for policy, wantIn := range map[string][2]bool{"NONE": {true, false}, "DELETE": {false, false}, "MOVE": {false, true}} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			d := newDirs(t)
			d.put(t, "f.csv", "a\n1\n2\n\n")
			s := open(t, "Csv", d.props(map[string]string{"cleanup.policy": policy}))
			sp := split(t, s, "")
			r := reader(t, s, sp, "")
			var a tasks.Arena
			recs, err := r.Read(t.Context(), &a, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Committed(t.Context(), recs[0].Position); err != nil || !there(d.in, "f.csv") {
				t.Fatalf("after the first row: error %v, file there: %v", err, there(d.in, "f.csv"))
			}
			for range 2 {
				if err := r.Committed(t.Context(), sp.End); err != nil {
					t.Fatal(err)
				}
			}
			if got := [2]bool{there(d.in, "f.csv"), there(d.finished, "f.csv")}; got != wantIn {
				t.Errorf("in input.path, finished.path: %v, want %v", got, wantIn)
			}
			if policy != "MOVE" {
				return
			}
			if rows, _, err := drain(t, reader(t, s, sp, "")); err != nil || len(rows) != 2 {
				t.Errorf("a run again gives %v, %v", rows, err)
			}
			d.put(t, "f.csv", "a\n3\n4\n\n")
			if err := reader(t, s, tasks.Split{Split: sp.Split}, "").Committed(t.Context(), sp.End); err != nil || !there(d.in, "f.csv") {
				t.Errorf("the next file of that name: error %v, there %v", err, there(d.in, "f.csv"))
			}
		})
	}
}

func there(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// An executor may die between the commit and the move.
func TestSplitsFinishesWhatAnExecutorCouldNot(t *testing.T) {
	t.Parallel()
	d := newDirs(t)
	d.put(t, "f.csv", "a\n1\n")
	s := open(t, "Csv", d.props(nil))
	sp := split(t, s, "")
	if after := split(t, s, sp.End); after.Pending != 0 || !there(d.finished, "f.csv") {
		t.Errorf("pending %d, moved %v", after.Pending, there(d.finished, "f.csv"))
	}
}

func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, after, want string
	}{
		{"cut", "a\n1\n2\n", "a\n1\n", "was cut"},
		{"another", "a\n1\n2\n", "b\n1\n2\n3\n", "another file took its name"},
		{"grown in a row", "a\n1\n2", "a\n1\n23\n", "in the middle of that row"},
		{"grown", "a\n1\n2\n", "a\n1\n2\n3\n", ""},
		{"grown behind a row without an end", "a\n1\n2", "a\n1\n2\r\n3\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirs(t)
			path := filepath.Join(d.in, "f.csv")
			s := open(t, "Csv", d.props(map[string]string{"cleanup.policy": "NONE"}))
			d.put(t, "f.csv", tt.before)
			old(t, path)
			at := split(t, s, "").End
			d.put(t, "f.csv", tt.after)
			old(t, path)
			splits, err := s.Splits(t.Context(), func(string) tasks.Position { return at })
			var rows []string
			if err == nil {
				var r tasks.Reader
				r, err = s.Open(t.Context(), tasks.SourceTask{Slice: tasks.Slice{Stream: tasks.Stream{Split: splits[0].Split}, Since: at, Until: splits[0].End}})
				if err == nil {
					defer r.Close()
					rows, _, err = drain(t, r)
				}
			}
			if tt.want == "" {
				if err != nil || len(rows) != 1 || rows[0] != "a=3;" {
					t.Fatalf("rows %v, error %v", rows, err)
				}
				return
			}
			if err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "f.csv") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFreshRowWithoutEndWaits(t *testing.T) {
	t.Parallel()
	d := newDirs(t)
	d.put(t, "f.csv", "a\n1\n2")
	path := filepath.Join(d.in, "f.csv")
	s := open(t, "Csv", d.props(nil))
	soon := time.Now().Add(30 * time.Second) // fresh, however slow the machine
	if err := os.Chtimes(path, soon, soon); err != nil {
		t.Fatal(err)
	}
	fresh := split(t, s, "")
	old(t, path)
	if settled := split(t, s, ""); fresh.Pending != 2 || settled.Pending != 3 {
		t.Errorf("pending %d while fresh, %d later; want 2 and 3", fresh.Pending, settled.Pending)
	}
}

func TestMinimumAge(t *testing.T) {
	t.Parallel()
	d := newDirs(t)
	d.put(t, "young.csv", "a\n1\n")
	d.put(t, "old.csv", "a\n1\n")
	d.put(t, "other.txt", "a\n1\n")
	old(t, filepath.Join(d.in, "old.csv"))
	if got := split(t, open(t, "Csv", d.props(map[string]string{"file.minimum.age.ms": "600000"})), ""); got.Split != `{"fileName":"old.csv"}` {
		t.Errorf("split %s", got.Split)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	d := newDirs(t)
	gone := open(t, "Csv", d.props(map[string]string{"input.path": filepath.Join(d.in, "gone")}))
	_, err := gone.Splits(t.Context(), func(string) tasks.Position { return "" })
	if err == nil || tasks.KindOf(err) != tasks.KindRetriable || !strings.Contains(err.Error(), "input.path") {
		t.Errorf("missing directory: %v, %v", tasks.KindOf(err), err)
	}
	s := open(t, "Csv", d.props(nil))
	for _, name := range []string{"../f.csv", "..", "/etc/passwd"} {
		_, err := s.Open(t.Context(), tasks.SourceTask{Slice: tasks.Slice{Stream: tasks.Stream{Split: `{"fileName":"` + name + `"}`}}})
		if err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), "another directory") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = s.Open(t.Context(), tasks.SourceTask{Slice: tasks.Slice{Stream: tasks.Stream{Split: `{"fileName":"no.csv"}`}}})
	if err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), "no.csv is gone") {
		t.Errorf("missing file: %v", err)
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key string
		change    map[string]string
	}{
		{"move to nowhere", "finished.path", map[string]string{"finished.path": ""}},
		{"bad files to nowhere", "error.path", map[string]string{"halt.on.error": "false", "error.path": ""}},
		{"no schema", "value.schema", map[string]string{"schema.generation.enabled": "false"}},
		{"bad schema", "value.schema", map[string]string{"schema.generation.enabled": "false", "value.schema": `{"type":"STRUCT","fieldSchemas":{"a":{"type":"INT128"}}}`}},
		{"bad charset", "csv.file.charset", map[string]string{"csv.file.charset": "UTF-16"}},
		{"bad date pattern", "parser.timestamp.date.formats", map[string]string{"parser.timestamp.date.formats": "yyyy-ww"}},
		{"separator is quote", "csv.separator.char", map[string]string{"csv.separator.char": "34"}},
		{"not supported", "timestamp.mode", map[string]string{"timestamp.mode": "FIELD"}},
		{"bad pattern", "input.file.pattern", map[string]string{"input.file.pattern": "("}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := plugin(t, "Csv")
			c, errs := p.Config.Parse(newDirs(t).props(tt.change))
			if len(errs) == 0 {
				errs = p.Validate(c)
			}
			if len(errs) != 1 || errs[0].Key != tt.key {
				t.Errorf("errors %v, want one of %s", errs, tt.key)
			}
		})
	}
}
