package file_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// recording is what the original connector did with a file, step by step.
type recording struct {
	Config map[string]string
	Steps  []struct {
		Op         string
		Arg        any
		Records    []struct{ Value *string }
		LastOffset *string `json:"last_offset"`
	}
}

// deviations are the recordings in which we differ on purpose.
var deviations = map[string]string{
	"no-file":               "standard input is refused",
	"batch-2":               "the original leaves lines behind batch.size until the file grows; none is left here",
	"bom":                   "the original's position counts characters, ours bytes",
	"invalid-utf8":          "the original's position counts characters, ours bytes",
	"nul-and-control":       "the original's position counts characters, ours bytes",
	"replaced-by-rename":    "the original reads the old file that it holds open; a lease opens the path, as the original does after a restart",
	"restart-after-rename":  "the same",
	"deleted-and-recreated": "the same",
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/source-*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("recordings: %d found, %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "source-"), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replay(t, f, deviations[name])
		})
	}
}

func replay(t *testing.T, file, deviation string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(b, &rec); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "f.txt")
	same := true
	var at tasks.Position
	for i, step := range rec.Steps {
		apply(t, path, step.Op, step.Arg)
		if step.Op == "pause" || len(rec.Steps) > i+1 && i > 0 && rec.Steps[i-1].Op == "pause" {
			continue
		}
		values, next := drain(t, path, at)
		at = next
		var want []string
		for _, r := range step.Records {
			if r.Value == nil {
				want = nil
				break // the recording leaves out the middle: the offset must do
			}
			v, err := base64.StdEncoding.DecodeString(*r.Value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, string(v))
		}
		if d := cmp.Diff(want, values); d != "" && !(want == nil && len(step.Records) > 0) {
			same = false
			if deviation == "" {
				t.Errorf("step %d (%s): values (-recorded +ours):\n%s", i, step.Op, d)
			}
		}
		if step.LastOffset != nil && *step.LastOffset != string(at) {
			same = false
			if deviation == "" {
				t.Errorf("step %d (%s): offset %s, recorded %s", i, step.Op, at, *step.LastOffset)
			}
		}
	}
	if same && deviation != "" && rec.Config["file"] != "" {
		t.Errorf("nothing differs, although: %s", deviation)
	}
}

func apply(t *testing.T, path, op string, arg any) {
	t.Helper()
	var data []byte
	if s, ok := arg.(string); ok {
		var err error
		if data, err = base64.StdEncoding.DecodeString(s); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	switch op {
	case "write":
		err = os.WriteFile(path, data, 0o644)
	case "append":
		var f *os.File
		if f, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, err = f.Write(data)
			f.Close()
		}
	case "truncate":
		err = os.Truncate(path, 0)
	case "replace":
		if err = os.WriteFile(path+".new", data, 0o644); err == nil {
			err = os.Rename(path+".new", path)
		}
	case "delete":
		err = os.Remove(path)
	case "restart", "pause", "resume", "none":
	default:
		t.Fatalf("step %q is not known", op)
	}
	if err != nil {
		t.Fatal(err)
	}
}
