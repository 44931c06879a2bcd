package rest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestReplay replays every recording of testdata, or of the folder that MAYFLY_REST names, and prints how many exchanges
// came out as recorded.
func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("MAYFLY_REST"), "testdata"), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	var passed, failed atomic.Int64
	t.Cleanup(func() { fmt.Printf("rest: %d passed, %d failed, 0 skipped\n", passed.Load(), failed.Load()) })
	var number atomic.Int64
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenarios := load(t, path)
			c := newCluster(t, scenarios[0].Worker)
			for _, s := range scenarios {
				ok, bad := play(t, s, c, int(number.Add(1)))
				if bad > 0 {
					t.Errorf("%d exchanges are not as recorded", bad)
				}
				passed.Add(int64(ok))
				failed.Add(int64(bad))
			}
		})
	}
}

// play runs a scenario and returns how many of its exchanges are as recorded.
func play(t *testing.T, s scenario, c *cluster, number int) (ok, bad int) {
	t.Helper()
	r := newRun(t, s, c, number)
	before, err := r.connectors()
	if err != nil {
		t.Fatal(err)
	}
	r.do(t, s.Setup)
	for _, step := range s.steps {
		r.do(t, step.Do)
		wrong := ""
		for _, w := range step.Wait {
			if err := r.await(t, w); err != nil {
				wrong = err.Error()
			}
		}
		got, err := r.exchange(step)
		if err != nil {
			wrong += err.Error()
		} else {
			wrong += difference(t, step, step.Response, got)
		}
		if wrong == "" {
			ok++
			continue
		}
		bad++
		t.Logf("%s step %d: %s %s %s (%s) %s\n%s", s.Name, step.Step, step.Request.Method, step.Request.Path, step.Request.Body, step.Compare, step.Note, wrong)
	}
	if !s.Leaves {
		if err := r.clean(before); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	return ok, bad
}
