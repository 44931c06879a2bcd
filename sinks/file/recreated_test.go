package file_test

import (
	"path/filepath"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// A topic that was deleted and created again has the same offsets again: they are other records.
func TestTopicCreatedAgainBeginsAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	of := func(id tasks.TopicID) tasks.Slice {
		s := slice(0, 2)
		s.TopicID = id
		return s
	}
	for _, id := range []tasks.TopicID{"AAAAAAAAAAAAAAAAAAAAAQ", "AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAAAQ"} {
		position, err := run(t, path, of(id), record(0, tasks.NewString("first of "+string(id[21:]))), record(1, tasks.NewString("second")))
		if err != nil || position != 2 {
			t.Fatalf("topic %s: position %d, err %v", id, position, err)
		}
	}
	// Each once, whatever comes late or again.
	if got, want := read(t, path), "first of Q\nsecond\nfirst of g\nsecond\n"; got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
}
