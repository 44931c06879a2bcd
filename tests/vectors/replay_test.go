package vectors_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
)

type failure struct {
	Stage   string  `json:"stage"`
	Part    string  `json:"part"`
	Class   string  `json:"class"`
	Message *string `json:"message"`
	Exact   *bool   `json:"message_exact"`
}

type input struct {
	Topic         string       `json:"topic"`
	Partition     *int32       `json:"partition"`
	Offset        int64        `json:"offset"`
	Timestamp     *int64       `json:"timestamp"`
	TimestampType string       `json:"timestampType"`
	Key           *string      `json:"key"`
	Value         *string      `json:"value"`
	Headers       [][2]*string `json:"headers"`
}

type output struct {
	Topic     string       `json:"topic"`
	Partition *int32       `json:"partition"`
	Timestamp *int64       `json:"timestamp"`
	Key       *string      `json:"key"`
	Value     *string      `json:"value"`
	Headers   [][2]*string `json:"headers"`
}

type mistake struct {
	Key     string `json:"key"`
	Message string `json:"message"`
	Exact   *bool  `json:"message_exact"`
}

type vector struct {
	Name             string            `json:"name"`
	Kind             string            `json:"kind"`
	Direction        string            `json:"direction"`
	Config           map[string]string `json:"config"`
	OutConfig        map[string]string `json:"out_config"`
	In               input             `json:"in"`
	Out              *output           `json:"out"`
	Dropped          bool              `json:"dropped"`
	Error            *failure          `json:"error"`
	Errors           []mistake         `json:"errors"`
	Registry         []registry.Schema `json:"registry"`
	After            []registry.Schema `json:"registry_after"`
	Unordered        []string          `json:"unordered"`
	Nondeterministic []string          `json:"nondeterministic"`
}

// TestReplay compares every recording in testdata, or in the folder that MAYFLY_VECTORS names.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MAYFLY_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	var all tally
	t.Cleanup(func() {
		fmt.Printf("vectors: %d passed, %d failed, 0 skipped\n", all.passed, all.failed) // None is ever skipped.
	})
	var mu sync.Mutex
	for _, file := range files {
		theme := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			got := replay(t, file)
			if got.failed > 0 {
				t.Errorf("%s: %d of %d fail", theme, got.failed, got.passed+got.failed)
			}
			mu.Lock()
			defer mu.Unlock()
			all.passed, all.failed = all.passed+got.passed, all.failed+got.failed
		})
	}
}

// tally counts recordings.
type tally struct{ passed, failed int }

func replay(t *testing.T, file string) (n tally) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if ours(file) {
			v.Unordered = nil
		}
		if err := runSafely(t, &v); err != nil {
			n.failed++
			t.Logf("%s: %v", v.Name, err)
			continue
		}
		n.passed++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// ours reports whether a file is one of testdata. There the bytes have to be equal even where they depend on the order of Java's
// hash maps; other recordings are compared by the rules of their README, which leaves that order open.
func ours(file string) bool { return filepath.Dir(file) == "testdata" }

// runSafely is run; a panic fails the test, but the other recordings are still replayed.
func runSafely(t *testing.T, v *vector) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s panics: %v", v.Name, p)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return run(t, v)
}

// run replays one recording; nil means that the result is the recorded one.
func run(t *testing.T, v *vector) error {
	if v.Kind == "validate" {
		return runValidate(v)
	}
	if v.Registry == nil {
		return sameResult(v, process(t, v))
	}
	schemas, err := newRegistry(v)
	if err != nil {
		return err
	}
	defer schemas.server.Close()
	if err := sameResult(v, process(t, v)); err != nil {
		return err
	}
	return schemas.compare(v)
}

func sameResult(v *vector, got result) error {
	switch {
	case v.Error != nil || got.failed != nil:
		return sameError(v.Error, got.failed)
	case v.Dropped != (got.out == nil):
		return fmt.Errorf("dropped is %t, not %t", got.out == nil, v.Dropped)
	case v.Dropped:
		return nil
	case v.Out == nil:
		return errors.New("the recording has no result")
	}
	return sameOutput(v, got.out)
}
