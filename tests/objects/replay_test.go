package objects_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/tasks"
)

// tally counts recordings by what became of them.
type tally struct{ passed, failed atomic.Int64 }

// TestReplay replays every recording in tests/vectors/testdata/objects, or in the folder that MAYFLY_OBJECTS names.
func TestReplay(t *testing.T) {
	dir := os.Getenv("MAYFLY_OBJECTS")
	if dir == "" {
		dir = filepath.Join("..", "vectors", "testdata", "objects")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	defects := readDefects(t)
	var n tally
	t.Run("themes", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
				t.Parallel()
				for _, r := range read(t, file) {
					n.count(t, r, replay(t, defects, r))
				}
			})
		}
	})
	fmt.Printf("objects: %d passed, %d failed, 0 skipped\n", n.passed.Load(), n.failed.Load())
}

func (n *tally) count(t *testing.T, r *recording, err error) {
	if err != nil {
		n.failed.Add(1)
		t.Errorf("%s: %v", r.Name, err)
		return
	}
	n.passed.Add(1)
}

func read(t *testing.T, file string) (out []*recording) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r := &recording{Clock: 1_700_000_000_000}
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// replay replays one recording; nil means that ours is the same. A panic is a failure, and the others are still replayed.
func replay(t *testing.T, defects []defect, r *recording) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	plugin, ok := tasks.Plugins{Sinks: sinks.All()}.Sink(r.Connector["connector.class"])
	if !ok {
		return fmt.Errorf("%s is not there", r.Connector["connector.class"])
	}
	place, err := newPlace(t, plugin.Family)
	if err != nil {
		return err
	}
	defer place.close()
	schemas, err := newRegistry(r)
	if err != nil {
		return err
	}
	defer schemas.Close()
	config := maps.Clone(r.Connector)
	for k, v := range config {
		config[k] = strings.NewReplacer("{endpoint}", place.url, "{bucket}", place.bucket, "{registry}", schemas.URL).Replace(v)
	}
	o := run(t, plugin, config, r)
	return compare(defects, r, &o, place)
}

func newRegistry(r *recording) (*httptest.Server, error) {
	s, err := registry.New()
	if err != nil {
		return nil, err
	}
	for i := range r.Registry {
		if len(r.Registry[i].References) == 0 {
			r.Registry[i].References = nil
		}
	}
	if err := s.Preload(r.Registry); err != nil {
		return nil, err
	}
	return httptest.NewServer(s), nil
}

func compare(defects []defect, r *recording, o *outcome, place *place) error {
	got := place.objects()
	if i := slices.IndexFunc(defects, func(d defect) bool { return d.is(r) }); i >= 0 {
		if defects[i].Refused && o.phase == "config" {
			return nil
		}
		if o.phase != "" {
			return fmt.Errorf("a defect of the original is not mended (%s): %w", defects[i].Reason, o.err)
		}
		_, err := sameObjects(r.Objects, got, place.headers)
		return err
	}
	if err := sameFailure(r.Error, o); err != nil {
		return err
	}
	if r.Error != nil && r.Error.Phase == "commit" {
		return nil // nothing was committed, and what was written is a part of an object
	}
	rest, err := sameObjects(r.Objects, got, place.headers && r.Theme != "seed")
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("there are more objects: %v", rest)
	}
	if o.phase == "config" || o.phase == "start" {
		return nil
	}
	return errors.Join(sameCommitted(r, o), sameDeadLetters(r.DLQ, o.dlq))
}

func sameFailure(want *failure, o *outcome) error {
	switch {
	case want == nil && o.phase == "":
		return nil
	case want == nil:
		return fmt.Errorf("fails at %s: %w", o.phase, o.err)
	case o.phase == "":
		return fmt.Errorf("does not fail at %s with %s: %s", want.Phase, want.Class, want.Message)
	case want.Phase == "commit": // a worker would try again and again; ours says so at once, or before it starts
		return nil
	case (want.Phase == "put") != (o.phase == "put"):
		return fmt.Errorf("fails at %s, not %s: %w", o.phase, want.Phase, o.err)
	}
	return nil
}

// defect is what the Java code does plainly wrong, by how it shows.
type defect struct {
	Reason string `json:"reason"`
	Phase  string `json:"phase"`
	Class  string `json:"class"`
	// Message is what the message begins with.
	Message string `json:"message"`
	// DLQ: the task died although there was a dead letter topic and everything was to be tolerated.
	DLQ bool `json:"dlq"`
	// Refused: ours does not take such a configuration.
	Refused bool `json:"refused"`
}

func readDefects(t *testing.T) (out []defect) {
	t.Helper()
	b, err := os.ReadFile("defects.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *defect) is(r *recording) bool {
	e := r.Error
	tolerant := r.Connector["errors.tolerance"] == "all" && r.Connector["errors.deadletterqueue.topic.name"] != ""
	return e != nil && e.Phase == d.Phase && strings.HasPrefix(e.Class, d.Class) && strings.HasPrefix(e.Message, d.Message) && (!d.DLQ || tolerant)
}
