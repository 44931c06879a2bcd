package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// A lease that was cut off, or in which a bit has flipped, is refused by run-lease and by an executor, and nothing moves.
func damagedLease(t *testing.T) {
	s := guarded(t)
	s.topic("rows", 1)
	s.topic("results", 1)
	s.send("rows", "a", "b", "c")
	out := s.file("out.txt")
	config := planted(fileSink("rows", out))
	config["name"], config["key.converter"], config["value.converter"] = "sink", stringConverter, stringConverter
	good, err := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{{Version: tasks.WireVersion, ID: "l", Connector: "sink",
		Kind: tasks.SinkKind, Attempt: 1, Epoch: 1, TTL: 30000, Slice: tasks.Slice{Stream: tasks.Stream{Topic: "rows"}, To: 3, CloseTail: true},
		Config: config, Bootstrap: []string{s.addr}, GroupID: "lease", ResultTopic: "results", OffsetTopic: "offsets"}}}.Encode()
	must(t, err)
	build := func(pkg string) string {
		bin := filepath.Join(s.dir, filepath.Base(pkg)+".bin")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "github.com/mayfly-connect/mayfly/"+pkg)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", pkg, err, text)
		}
		return bin
	}
	mayfly, process := build("coordinator/mayfly"), build("functions/process/core")
	flipped := bytes.Replace(good, []byte(`"to":3`), []byte(`"to":2`), 1)
	topic := bytes.Replace(good, []byte(`"topic":"rows"`), []byte(`"topic":"rowr"`), 1)
	for _, c := range []struct {
		name string
		b    []byte
		say  string
	}{
		{"empty", nil, "decode invitation"},
		{"cut off", good[:len(good)/2], "decode invitation"},
		{"cut off at the end", good[:len(good)-1], "decode invitation"},
		{"another slice", flipped, "damaged"},
		{"another topic", topic, "damaged"},
		{"without a checksum, cut to nonsense", []byte(`{"version":1,"connector":"sink","kind":"sink"}`), "slice.stream.topic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lease.json")
			must(t, os.WriteFile(path, c.b, 0o600))
			run := exec.CommandContext(t.Context(), mayfly, "run-lease", path)
			text, err := run.CombinedOutput()
			if err == nil {
				t.Errorf("run-lease took it: %s", text)
			}
			contains(t, string(text), path, c.say)
			run = exec.CommandContext(t.Context(), process)
			run.Stdin = bytes.NewReader(c.b)
			text2, err := run.CombinedOutput()
			if err == nil {
				t.Errorf("the executor took it: %s", text2)
			}
			contains(t, string(text2), c.say)
			_, _ = s.said.Write(append(text, text2...))
			if got := lines(t, out); len(got) > 0 {
				t.Errorf("%q was delivered", got)
			}
		})
	}
	path := filepath.Join(s.dir, "good.json")
	must(t, os.WriteFile(path, good, 0o600))
	text, err := exec.CommandContext(t.Context(), mayfly, "run-lease", path).CombinedOutput()
	must(t, err)
	_, _ = s.said.Write(text)
	from, _, _ := strings.Cut(string(text[bytes.IndexByte(text, '{'):]), "\n}")
	var res tasks.Result
	must(t, json.Unmarshal([]byte(from+"\n}"), &res))
	if res.Outcome != tasks.Done || res.Position != 3 {
		t.Errorf("result %+v", res)
	}
	s.filled(out, "a", "b", "c")
}
