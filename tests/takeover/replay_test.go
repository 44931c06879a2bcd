package takeover

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// patience is how long a coordinator may take until all is as recorded.
const patience = 8 * time.Second

// TestReplay lays the topics of each case, starts a coordinator on them, and compares.
func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("MAYFLY_TAKEOVER"), filepath.Join("testdata", "cases")), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	differs := differences(t)
	var passed, failed atomic.Int64
	t.Cleanup(func() {
		fmt.Printf("takeover: %d passed, %d failed, 0 skipped\n", passed.Load(), failed.Load())
	})
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cl := newCluster(t)
			c := load(t, path, here(dir, cl.addr))
			if wrong := cl.replay(t, &c, dir, differs[name]); wrong != "" {
				failed.Add(1)
				t.Fatal(wrong)
			}
			passed.Add(1)
		})
	}
}

// replay returns what differs from the recording.
func (cl *cluster) replay(t *testing.T, c *recorded, dir string, d difference) string {
	t.Helper()
	cl.data(t)
	cl.lay(t, c, dir)
	cl.start(t, c)
	if !c.Expected.Healthy {
		return cl.unhealthy(t, c)
	}
	if cl.err != nil {
		return "the coordinator did not start: " + cl.err.Error()
	}
	wrong := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if wrong = cl.compare(t, c, dir, d); wrong == "" {
			return ""
		}
	}
	return wrong
}

// unhealthy compares what a Java worker did not survive. Where the topics are not as they must be, a coordinator says so in
// the same words; whatever stands in a record does not end it.
func (c *cluster) unhealthy(t *testing.T, r *recorded) string {
	t.Helper()
	for _, line := range r.Expected.Log {
		for _, text := range line[2:] {
			text = strings.ReplaceAll(text, "<group>", r.Props["group.id"])
			if _, why, ok := strings.Cut(text, "ConfigException: "); ok && strings.HasPrefix(why, "Topic '") {
				if c.err == nil || !strings.Contains(c.err.Error(), why) {
					return fmt.Sprintf("the coordinator's error is %v, want %s", c.err, why)
				}
				return ""
			}
		}
	}
	if c.err != nil {
		return "the coordinator did not start: " + c.err.Error()
	}
	for _, path := range []string{"/connectors", "/connectors?expand=status&expand=info"} {
		if a := c.get(t, path); a.Status != 200 {
			return fmt.Sprintf("GET %s: %d %v", path, a.Status, a.Body)
		}
	}
	return ""
}

// compare returns what is not as recorded yet.
func (c *cluster) compare(t *testing.T, r *recorded, dir string, d difference) string {
	t.Helper()
	want, got := map[string]any{}, map[string]any{}
	put := func(path string, w, g any) {
		if !d.covers(path) {
			want[path], got[path] = w, overtaken(w, g, strings.HasPrefix(r.Name, "snap-"))
		}
	}
	e := &r.Expected
	put("list", reduce(anys(e.Connectors), ""), reduce(c.get(t, "/connectors").Body, ""))
	put("expanded", plain(e.Expanded), plain(c.get(t, "/connectors?expand=status&expand=info")))
	for name, resources := range e.Each {
		for resource, w := range resources {
			put(name+"/"+resource, plain(w), plain(c.connector(t, name, resource)))
		}
	}
	for _, positions := range e.Groups {
		sortPositions(positions)
	}
	groups := c.groups(t, slices.Collect(maps.Keys(e.Groups)))
	for g := range e.Groups {
		put("group/"+g, append([]position{}, e.Groups[g]...), append([]position{}, groups[g]...))
	}
	wantWritten, gotWritten := records(last(e.Written)), records(c.written(t))
	for k := range gotWritten {
		put("written/"+k, wantWritten[k], gotWritten[k])
	}
	for k := range wantWritten {
		if _, ok := gotWritten[k]; !ok && gocmp.Equal(wantWritten[k], r.laid(t, k)) {
			continue // it stands there already
		}
		put("written/"+k, wantWritten[k], gotWritten[k])
	}
	if slices.Contains(e.Connectors, "y") && e.SinkFile != nil {
		b, _ := os.ReadFile(filepath.Join(dir, "to-y.out")) // nothing when it is not there
		put("file", *e.SinkFile, string(b))
	}
	return gocmp.Diff(want, got)
}

// laid is the newest value of a key of the offset topic that the case begins with.
func (c *recorded) laid(t *testing.T, key string) (value any) {
	t.Helper()
	for _, r := range c.Records["offset"] {
		if r.Txn == "abort" || "offset/"+string(c.decode(t, r.Key)) != key {
			continue
		}
		value = nil
		if v := c.decode(t, r.Value); v != nil {
			must(t, json.Unmarshal(v, &value))
		}
	}
	return reduce(value, "")
}

func plain(a answer) any {
	if s, ok := a.Body.(string); ok && strings.Contains(s, "<html>") {
		a.Body = "<html>" // a page of the server
	}
	return map[string]any{"status": a.Status, "body": reduce(a.Body, "")}
}

func anys(names []string) any {
	out := []any{}
	for _, n := range names {
		out = append(out, n)
	}
	return out
}
