package state_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// recording is one connector's story: records in and out (sinks), or steps with a file (sources).
type recording struct {
	Name    string            `json:"name"`
	Config  map[string]string `json:"config"`
	Created struct {
		Status int `json:"status"`
		Body   *struct {
			Message string `json:"message"`
		} `json:"body"`
	} `json:"create_response"`

	Topics    struct{ In, DLQ string } `json:"topics"`
	InTopic   topic                    `json:"in_topic"`
	DLQTopic  *topic                   `json:"dlq_topic_precreated"`
	In        []message                `json:"in"`
	Status    status                   `json:"status"`
	Committed []struct {
		Partition int32 `json:"partition"`
		Offset    int64 `json:"offset"`
	} `json:"committed"`
	DLQ     []letter                  `json:"dlq"`
	File    *string                   `json:"file"`
	Log     []json.RawMessage         `json:"log"`
	Metrics map[string]map[string]any `json:"metrics"`
	Steps   []step                    `json:"steps"`
}

type topic struct {
	Partitions int32             `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

type message struct {
	Key       *string      `json:"key"`
	Value     *string      `json:"value"`
	Headers   [][2]*string `json:"headers"`
	Timestamp *int64       `json:"timestamp"`
	Partition int32        `json:"partition"`
	Offset    int64        `json:"offset"`
}

// letter is a dead letter. Its timestamp is a number or the text <broker time>.
type letter struct {
	Partition int32               `json:"partition"`
	Key       *string             `json:"key"`
	Value     *string             `json:"value"`
	Headers   [][]json.RawMessage `json:"headers"`
	Timestamp any                 `json:"timestamp"`
	Kept      bool                `json:"timestamp_kept"`
}

type status struct {
	Tasks []struct {
		State string `json:"state"`
		Trace *trace `json:"trace"`
	} `json:"tasks"`
}

type trace struct {
	First    string   `json:"first_line"`
	CausedBy []string `json:"caused_by"`
}

type step struct {
	Op      string `json:"op"`
	Arg     any    `json:"arg"`
	Count   int    `json:"records_count"`
	Records []struct {
		Key     *string      `json:"key"`
		Value   *string      `json:"value"`
		Headers [][2]*string `json:"headers"`
		Omitted int          `json:"omitted"`
	} `json:"records"`
	LastOffset *string `json:"last_offset"`
	Status     *status `json:"status"`
}

// failed returns the trace of the first failed task.
func (s *status) failed() (*trace, bool) {
	if s == nil {
		return nil, false
	}
	for _, t := range s.Tasks {
		if t.State == "FAILED" {
			return t.Trace, true
		}
	}
	return nil, false
}

// recordings reads the recordings of a folder, or of the one that the variable names, by their names.
func recordings(t *testing.T, theme, variable string) map[string]*recording {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join("..", "testdata", theme)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	out := map[string]*recording{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := &recording{}
		if err := json.Unmarshal(b, r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = r
	}
	return out
}

// replayAll replays recordings and prints the counts.
func replayAll(t *testing.T, theme, variable string, replay func(*testing.T, *recording) error) {
	all := recordings(t, theme, variable)
	var passed, failed atomic.Int64
	t.Run("", func(t *testing.T) {
		for name, r := range all {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				failed.Add(1) // until it is known better, whatever ends the test
				if err := replay(t, r); err != nil {
					t.Error(err)
					return
				}
				failed.Add(-1)
				passed.Add(1)
			})
		}
	})
	fmt.Printf("%s: %d passed, %d failed, 0 skipped\n", theme, passed.Load(), failed.Load())
}

// because logs why a comparison leaves out what it does, as differences.json says.
func because(t *testing.T, difference string) {
	t.Helper()
	b, err := os.ReadFile("differences.json")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	if err := json.Unmarshal(b, &reasons); err != nil {
		t.Fatal(err)
	}
	if reasons[difference] == "" {
		t.Errorf("differences.json gives no reason for %s", difference)
	}
	t.Logf("%s: %s", difference, reasons[difference])
}

// decode returns the bytes of base64; nil of null.
func decode(t *testing.T, s *string) []byte {
	t.Helper()
	if s == nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(*s)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{}, b...)
}
