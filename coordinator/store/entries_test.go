package store

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// TestCheckpointFormat compares what is written with the golden files, and reads them back: the format may grow, not change. A checkpoint
// that says no more than a position is what former versions wrote, and read.
func TestCheckpointFormat(t *testing.T) {
	t.Parallel()
	stream := tasks.Stream{Topic: "orders", Partition: 3}
	for i, want := range []plan.Checkpoint{
		{Connector: "a", Stream: stream, TopicID: "AAAAAAAAAAAAAAAAAAAAAQ", Position: 100, Epoch: 7, ReadTo: 120, TailFiled: 20, ConfigVersion: 4},
		{Connector: "a", Stream: stream, Position: 100, Epoch: 9, ReadTo: 100, ConfigVersion: 4,
			Done: []plan.Interval{{From: 200, To: 300}, {From: 400, To: 500}}, Open: []int64{5, 7}, Reach: 450, Seams: []int64{120}},
	} {
		golden, err := os.ReadFile("testdata/entries/checkpoint-" + strconv.Itoa(i+1) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		written, err := encodeCheckpoint(want)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(bytes.TrimSpace(golden)), string(written)); d != "" {
			t.Errorf("written differs from the golden file (-want +got):\n%s", d)
		}
		read, err := decodeCheckpoint(golden, newPlain[checkpointEntry]())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, read); d != "" {
			t.Errorf("read back differs (-want +got):\n%s", d)
		}
	}
	if _, err := decodeCheckpoint([]byte(`{"version":3}`), newPlain[checkpointEntry]()); err == nil {
		t.Error("a version that is not known was read")
	}
}

func TestStreamOfAGrant(t *testing.T) {
	t.Parallel()
	for _, stream := range []tasks.Stream{{Topic: "orders", Partition: 3}, {Split: `{"filename":"/a#1"}`}, {Split: `{"filename":"#2}"}`}} {
		for _, connector := range []string{"a", "a#1", "a/b#7"} {
			for _, lane := range []int{0, 1, 12} {
				if got, want := streamOf(grantKey(connector, stream, lane)), checkpointKey(connector, stream); got != want {
					t.Errorf("lane %d of %s is of %s, want %s", lane, stream, got, want)
				}
			}
		}
	}
}
