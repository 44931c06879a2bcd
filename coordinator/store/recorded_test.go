package store_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// recorded is a record that Connect 4.3.1 wrote.
type recorded struct {
	Topic string `json:"topic"`
	Key   *struct {
		B64 []byte `json:"b64"`
	} `json:"key"`
	Value *struct {
		B64 []byte `json:"b64"`
	} `json:"value"`
}

// unlike is what differs between two clusters: who wrote it, when, and with which plugin.
var unlike = regexp.MustCompile(`"worker_id":"[^"]*"|"generation":\d+|"version":(null|"[^"]*")`)

func readRecorded(t *testing.T) []recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/fail.jsonl")
	must(t, err)
	var out []recorded
	for line := range bytes.Lines(b) {
		var probe struct {
			Topic string `json:"topic"`
		}
		must(t, json.Unmarshal(line, &probe))
		if probe.Topic != "config" && probe.Topic != "status" {
			continue
		}
		var r recorded
		must(t, json.Unmarshal(line, &r))
		if r.Key != nil {
			out = append(out, r)
		}
	}
	return out
}

// What we write has the keys and the bytes of what Connect wrote for the same, but for the order of properties.
func TestRecordsAreConnects(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	go func() { // nobody else takes the changes
		for {
			select {
			case <-s.Changes():
			case <-t.Context().Done():
				return
			}
		}
	}()
	ctx := t.Context()
	var want []recorded
	kinds := map[string]int{}
	for _, r := range readRecorded(t) {
		key := string(r.Key.B64)
		var v struct {
			Properties   map[string]string
			State, Trace string
			StateV2      string `json:"state.v2"`
			IncludeTasks bool   `json:"include-tasks"`
			OnlyFailed   bool   `json:"only-failed"`
		}
		if r.Value != nil {
			must(t, json.Unmarshal(r.Value.B64, &v))
		}
		kind := ""
		for _, p := range []string{"connector-", "target-state-", "restart-connector-", "status-connector-", "status-task-"} {
			if strings.HasPrefix(key, p) {
				kind = p
			}
		}
		name := strings.TrimPrefix(key, kind)
		st := control.Status{Connector: name, Task: -1, State: v.State, Trace: v.Trace}
		switch kind {
		case "":
			continue
		case "connector-":
			if r.Value == nil {
				must(t, s.Delete(ctx, name))
				break
			}
			_, err := s.Put(ctx, name, v.Properties, nil, "")
			must(t, err)
		case "target-state-":
			if r.Value != nil { // its tombstone came with the connector's
				must(t, s.SetTarget(ctx, name, v.StateV2))
			}
		case "restart-connector-":
			must(t, s.Restart(ctx, name, v.IncludeTasks, v.OnlyFailed))
		case "status-task-":
			at := strings.LastIndexByte(name, '-')
			n, err := strconv.Atoi(name[at+1:])
			must(t, err)
			st.Connector, st.Task = name[:at], n
			fallthrough
		case "status-connector-":
			_, err := s.Commit(ctx, control.Decision{Statuses: []control.Status{st}})
			must(t, err)
		}
		want = append(want, r)
		kinds[kind]++
	}
	if len(kinds) < 5 {
		t.Fatalf("the scenario has only %v", kinds)
	}
	got := map[string][][]byte{}
	for _, topic := range []string{"config", "status"} {
		full := map[string]string{"config": "g-configs", "status": "g-status"}[topic]
		for _, r := range c.committed(t, full) {
			got[topic+" "+string(r.Key)] = append(got[topic+" "+string(r.Key)], r.Value)
		}
	}
	for _, r := range want {
		id := r.Topic + " " + string(r.Key.B64)
		if len(got[id]) == 0 {
			t.Fatalf("%s was written less often than Connect writes it", id)
		}
		ours := got[id][0]
		got[id] = got[id][1:]
		switch {
		case r.Value == nil:
			if ours != nil {
				t.Errorf("%s: %s is no tombstone", id, ours)
			}
		case strings.HasPrefix(id, "config connector-"):
			var a, b map[string]map[string]string
			must(t, json.Unmarshal(r.Value.B64, &a))
			must(t, json.Unmarshal(ours, &b))
			equal(t, id, b, a)
			equal(t, id+" bytes", len(ours), len(r.Value.B64))
		default:
			equal(t, id, string(unlike.ReplaceAll(ours, nil)), string(unlike.ReplaceAll(r.Value.B64, nil)))
		}
	}
	for id, left := range got {
		if len(left) > 0 && strings.HasPrefix(id, "config ") {
			t.Errorf("%s: written %d times more than Connect writes it", id, len(left))
		}
	}
}

// A store reads all that Connect wrote.
func TestReadsConnectsRecords(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.open(t, "x")
	want := map[string]map[string]string{}
	for _, r := range readRecorded(t) {
		topic := map[string]string{"config": "g-configs", "status": "g-status"}[r.Topic]
		value := ""
		name, isConnector := strings.CutPrefix(string(r.Key.B64), "connector-")
		if r.Value != nil {
			value = string(r.Value.B64)
		}
		if isConnector {
			var v struct{ Properties map[string]string }
			delete(want, name)
			if value != "" {
				must(t, json.Unmarshal([]byte(value), &v))
				want[name] = v.Properties
			}
		}
		c.produce(t, topic, string(r.Key.B64), value)
	}
	_, snap := c.lead(t, "u")
	got := map[string]map[string]string{}
	for _, k := range snap.Connectors {
		got[k.Name] = k.Config
	}
	equal(t, "connectors", got, want)
}
