package tasks_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sinkLease() tasks.Lease {
	return tasks.Lease{Version: 1, ID: "sink-01/orders/3@57", Connector: "sink-01", Task: 1, Kind: tasks.SinkKind,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: 3}, From: 100, To: 200, CloseTail: true},
		Epoch: 57, Attempt: 2, PlanTime: 1700000000000, TTL: 60000, ConfigVersion: 12,
		Config:    map[string]string{"connector.class": "FileStreamSink", "topics": "orders"},
		Worker:    map[string]string{"key.converter": "org.apache.kafka.connect.storage.StringConverter"},
		Bootstrap: []string{"localhost:9092"}, GroupID: "connect-cluster", ResultTopic: "results", ResultsFrom: 9}
}

func sourceLease() tasks.Lease {
	return tasks.Lease{Version: 1, ID: "source-01", Connector: "source-01", Kind: tasks.SourceKind,
		Slice: tasks.Slice{Stream: tasks.Stream{Split: `{"filename":"a.txt"}`}, Since: `{"position":3}`, Until: `{"position":30}`},
		Epoch: 58, Attempt: 1, PlanTime: 1700000000000, TTL: 60000, ConfigVersion: 13, ConfigTopic: "configs",
		Bootstrap: []string{"localhost:9092"}, GroupID: "connect-cluster", ResultTopic: "results",
		OffsetTopic: "offsets", OffsetPartition: 7, OffsetsFrom: 4, FailingSince: 1700000000000}
}

// TestWireFormat compares what is written with the golden files, and reads them back: the format may grow, not change.
func TestWireFormat(t *testing.T) {
	t.Parallel()
	done := tasks.NewResult(new(sinkLease()))
	done.Position, done.ReadTo = 190, 200
	done.Counts = tasks.Counts{Records: 100, Bytes: 4000, Delivered: 88, Filtered: 1, DeadLetters: 1, Tail: 10, TailFiled: 10, Objects: 3, Written: 3900}
	done.Receipts = []tasks.Receipt{{Name: "topics/orders/a.json", From: 100, To: 130, Records: 30, Bytes: 1300}}
	done.Executor, done.DurationMs, done.Started = "process-1", 12, 1700000000100
	done.Steps = []tasks.Step{{Name: "put", From: 200, To: 9000, Busy: 4000, Parts: 2, Longest: 3000}}
	failed := tasks.NewResult(new(sourceLease()))
	failed.Fail(tasks.BadRecord(tasks.DataException("no such field")), "VALUE_CONVERTER", 5)
	failed.Failure.Since = 1700000000000
	tests := []struct {
		name string
		in   any
		read func(b []byte) (any, error)
	}{
		{"invitation", &tasks.Invitation{Version: 1, Leases: []tasks.Lease{sinkLease(), sourceLease()}},
			func(b []byte) (any, error) { return tasks.DecodeInvitation(b) }},
		{"result-done", &done, func(b []byte) (any, error) { return tasks.DecodeResult(b) }},
		{"result-failed", &failed, func(b []byte) (any, error) { return tasks.DecodeResult(b) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.MarshalIndent(tt.in, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			file := "testdata/" + tt.name + ".json"
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
				t.Errorf("written differs from the golden file (-want +got):\n%s", d)
			}
			back, err := tt.read(want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.in, back); d != "" {
				t.Errorf("read back differs (-want +got):\n%s", d)
			}
		})
	}
}

// TestDecodeInvitationRefuses shows what a truncated or damaged lease gives: an error that names the place, never a lease.
func TestDecodeInvitationRefuses(t *testing.T) {
	t.Parallel()
	good, err := json.Marshal(sinkLease())
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(good) {
		if _, err := tasks.DecodeInvitation(good[:n]); err == nil {
			t.Fatalf("a lease cut after %d of %d bytes was taken", n, len(good))
		}
	}
	tests := []struct {
		name, old, new, want string
	}{
		{"newer version", `"version":1`, `"version":9`, "update the executor"},
		{"no connector", `"connector":"sink-01"`, `"connector":""`, "connector cannot be"},
		{"bounds swapped", `"to":200`, `"to":20`, "slice cannot be [100,20)"},
		{"negative partition", `"partition":3`, `"partition":-3`, "partition cannot be -3"},
		{"no time", `"ttlMs":60000`, `"ttlMs":0`, "ttlMs cannot be 0"},
		{"unknown kind", `"kind":"sink"`, `"kind":"sunk"`, "kind cannot be"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			damaged := strings.Replace(string(good), tt.old, tt.new, 1)
			if damaged == string(good) {
				t.Fatal("the test changes nothing")
			}
			_, err := tasks.DecodeInvitation([]byte(damaged))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func FuzzDecodeInvitation(f *testing.F) {
	b, err := json.Marshal(sinkLease())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		inv, err := tasks.DecodeInvitation(b)
		if err == nil && (len(inv.Leases) == 0 || inv.Leases[0].Check() != nil) {
			t.Error("a lease was taken that cannot be run")
		}
	})
}

func FuzzDecodeResult(f *testing.F) {
	f.Add([]byte(`{"version":1,"outcome":"done"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := tasks.DecodeResult(b); err == nil && !r.Progress && r.Outcome == "" {
			t.Error("a result without an outcome was taken")
		}
	})
}
