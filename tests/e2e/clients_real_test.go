//go:build real

package e2e_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

// A client of Kafka Connect's REST API in Java finds what it knows.
func TestJavaClient(t *testing.T) {
	s := served(t, "java")
	cmd := exec.CommandContext(t.Context(), "java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", real.ClientJars(t), "testdata/Client.java",
		s.url, "java", filepath.Join(s.dir, "out"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints.Bytes())
	}
	want := `version: 4.3.1
plugin: true
mistakes: 4
added: java client
now: RUNNING 1
type: sink
listed: true
expanded: true
updated: 2
config: [connector.class, file, name, tasks.max, topics]
now: 2 tasks
now: RUNNING 2
task: RUNNING
now: [java]
reset: true
pause: true
now: PAUSED 2
resume: true
now: RUNNING 2
restart: true
restart task: true
delete: true
gone: ResourceNotFoundException: Connector java client not found
`
	if d := cmp.Diff(want, string(out)); d != "" {
		t.Error(d)
	}
}

// So does one in Python. Its commands answer 0 whatever the worker says: what they print counts.
func TestPythonClient(t *testing.T) {
	python := real.Python(t)
	s := served(t, "python")
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), python, append([]string{"-c", "import kafka_connect.cli as kc; kc.cli()", "--url", s.url, "--log-level", "error"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("kc %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	state := func(want string) {
		t.Helper()
		eventually(t, "the state "+want, func() string {
			var status struct {
				Connector struct{ State string }
				Tasks     []struct{ State string }
			}
			out := run("status", "py")
			if err := json.Unmarshal([]byte(out), &status); err != nil || len(status.Tasks) != 1 || status.Connector.State != want || status.Tasks[0].State != want {
				return out
			}
			return ""
		})
	}
	contains(t, run("info"), `"version": "4.3.1"`)
	contains(t, run("list-plugins"), "FileStreamSinkConnector")
	config := `{"connector.class": "FileStreamSink", "tasks.max": "1", "topics": "python", "file": "` + filepath.Join(s.dir, "out") + `"}`
	contains(t, run("create", "--config-data", `{"name": "py", "config": `+config+`}`), `"name": "py"`)
	state("RUNNING")
	contains(t, run("list"), "py")
	contains(t, run("get", "py"), `"type": "sink"`)
	contains(t, run("config", "py"), `"topics": "python"`)
	contains(t, run("update", "py", "--config-data", strings.Replace(config, "}", `, "errors.tolerance": "all"}`, 1)), `"errors.tolerance": "all"`)
	contains(t, run("list-tasks", "py"), `"task": 0`)
	contains(t, run("task-status", "py", "0"), `"id": 0`)
	run("pause", "py")
	state("PAUSED")
	run("resume", "py")
	state("RUNNING")
	run("restart", "py")
	run("restart-task", "py", "0")
	state("RUNNING")
	eventually(t, "the topics", func() string {
		if out := run("list-topics", "py"); !strings.Contains(out, `"python"`) {
			return out
		}
		return ""
	})
	run("reset-topics", "py")
	run("delete", "py")
	contains(t, run("get", "py"), "404")
}

// served is a node on Apache Kafka with a topic that has something in it.
func served(t *testing.T, topic string) *site {
	t.Helper()
	s := newSite(t, real.Kafka(t))
	s.topic(topic, 2)
	s.send(topic, "a line")
	s.start(false, realWorker("clients-"+topic)...)
	return s
}
