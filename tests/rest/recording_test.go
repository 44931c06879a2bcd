package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// scenario is a story: its steps build on each other.
type scenario struct {
	Name    string `json:"scenario"`
	Profile string
	Worker  profile
	Headers map[string]string `json:"request_headers"` // sent with requests of the harness itself
	Leaves  bool              // what it creates cannot be deleted
	Setup   actions
	steps   []step
}

// profile is how the worker was set up.
type profile struct {
	Props  map[string]string
	Env    map[string]string
	Users  map[string]string // of basic authentication
	Mode   string            // "standalone" or empty
	Second bool              // a second worker of the same group
}

type step struct {
	Step     int
	Do       actions `json:"do_before"`
	Wait     waits   `json:"wait_before"`
	Request  request
	Response response
	Compare  string
	// Normalize are regular expressions with what to replace their matches by, on both sides.
	Normalize [][2]string
	Headers   []string `json:"headers_also"`
	Retry409  *bool    `json:"retry409"`
	Note      string
}

type request struct {
	Method, Path, Base string
	Headers            map[string]string
	Body               json.RawMessage
}

type response struct {
	Status  int
	Headers map[string]string
	Body    any
}

type actions struct {
	Dirs          []string
	Files, Append []file
	Remove        []string
	Topics        []topic
	Records       []record
	Sleep         float64
}

type file struct{ Path, Content string }

type topic struct {
	Name       string
	Partitions int32
	Config     map[string]string
}

type record struct {
	Topic      string
	Partition  *int32
	Key, Value *string
	Headers    map[string]string
}

// wait is a GET that is asked until its answer is as wanted, or a pause.
type wait struct {
	Path, Base string
	Status     int
	Until      map[string]any
	Headers    map[string]string
	Settle     float64 // seconds that the recording waited afterwards
	Sleep      float64
	Timeout    float64
}

type waits []wait

// UnmarshalJSON takes one wait or a list.
func (w *waits) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]wait)(w))
	}
	*w = waits{{}}
	return json.Unmarshal(b, &(*w)[0])
}

// load reads the scenarios of a recording.
func load(t *testing.T, path string) []scenario {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []scenario
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var head scenario
		var s step
		into := any(&head)
		if isStep := bytes.Contains(lines.Bytes(), []byte(`"request":`)); isStep {
			into = &s
		}
		if err := json.Unmarshal(lines.Bytes(), into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if into == &s {
			out[len(out)-1].steps = append(out[len(out)-1].steps, s)
		} else {
			out = append(out, head)
		}
	}
	if err := lines.Err(); err != nil || len(out) == 0 {
		t.Fatalf("%s has no scenarios: %v", path, err)
	}
	return out
}
