//go:build real

package differential_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/node/nodetest"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/localstack/real"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/poll"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// side is one of the two that run the connectors: j, a Java worker, or m, a node of ours. Whatever it makes has a name that
// begins with its letter and a dash.
type side struct {
	letter, url, dir string
}

func java(t *testing.T, dir string) side {
	return side{"j", real.Connect(t, map[string]string{"group.id": "differential-j", "connector.client.config.override.policy": "All"}).URL, dir}
}

// mayfly runs a node until the test ends.
func mayfly(t *testing.T, dir string) side {
	t.Helper()
	w, err := worker.Load("", []string{"CONNECT_LISTENERS=http://127.0.0.1:0", "CONNECT_MAYFLY_LAUNCHER=inproc", "CONNECT_BOOTSTRAP_SERVERS=" + real.Kafka(t),
		"CONNECT_GROUP_ID=differential-m", "CONNECT_CONFIG_STORAGE_TOPIC=differential-m-configs", "CONNECT_OFFSET_STORAGE_TOPIC=differential-m-offsets",
		"CONNECT_STATUS_STORAGE_TOPIC=differential-m-status", "CONNECT_CONFIG_STORAGE_REPLICATION_FACTOR=1", "CONNECT_OFFSET_STORAGE_REPLICATION_FACTOR=1",
		"CONNECT_STATUS_STORAGE_REPLICATION_FACTOR=1", "CONNECT_KEY_CONVERTER=" + jsonClass, "CONNECT_VALUE_CONVERTER=" + jsonClass}, false)
	must(t, err)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError + 1})) // scenarios are full of errors
	n, _ := nodetest.Start(t, node.Config{Worker: w, Plugins: tasks.Plugins{Sinks: sinks.All(), Sources: sources.All()}, Commit: "differential", Log: log})
	return side{"m", n.URL(), dir}
}

func (s side) name(of string) string { return s.letter + "-" + of }

// output is the file that a sink writes, input the one that a source reads.
func (s side) output(of string) string { return filepath.Join(s.dir, s.name(of)+".out") }
func (s side) input(of string) string  { return filepath.Join(s.dir, s.name(of)+".in") }

// create creates the scenario's connector.
func (s side) create(t *testing.T, c scenario) {
	t.Helper()
	own := map[string]string{"tasks.max": "1"}
	if c.topics == "" {
		must(t, os.WriteFile(s.input(c.name), []byte(lines()), 0o600))
		maps.Copy(own, config("connector.class", "FileStreamSource", "topic", s.name(c.name), "file", s.input(c.name)))
	} else {
		maps.Copy(own, config("connector.class", "FileStreamSink", "topics", strings.Join(c.reads(), ","), "file", s.output(c.name), "consumer.override.auto.offset.reset", "earliest"))
	}
	for k, v := range c.config {
		own[k] = strings.ReplaceAll(v, "@", s.name(c.name))
	}
	body, err := json.Marshal(own)
	must(t, err)
	await(t, "create "+s.name(c.name), func() string {
		status, answer := s.call(t, http.MethodPut, "/connectors/"+s.name(c.name)+"/config", body)
		switch {
		case status == http.StatusConflict || status == http.StatusInternalServerError && strings.Contains(answer, "rebalance"):
			return answer
		case status >= 300:
			t.Fatalf("create %s: %d %s", s.name(c.name), status, answer)
		}
		return ""
	})
}

func (s side) call(t *testing.T, method, path string, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(b)
}

// trace returns why a task failed, and whether one did.
func (s side) trace(t *testing.T, name string) (string, bool) {
	t.Helper()
	var status struct {
		Tasks []struct{ State, Trace string }
	}
	code, answer := s.call(t, http.MethodGet, "/connectors/"+s.name(name)+"/status", nil)
	if code != http.StatusOK {
		return "", false
	}
	must(t, json.Unmarshal([]byte(answer), &status))
	for _, task := range status.Tasks {
		if task.State == "FAILED" {
			return task.Trace, true
		}
	}
	return "", false
}

// patience is how long a test waits for what has to happen.
const patience = 90 * time.Second

// await polls until done says that nothing is missing.
func await(t *testing.T, what string, done func() string) {
	t.Helper()
	poll.Until(t, patience, what, done)
}

// reads are the topics of a sink.
func (c scenario) reads() (out []string) {
	for topic := range strings.SplitSeq(c.topics, ",") {
		out = append(out, topicName(topic))
	}
	return out
}

// topicName is the name in Kafka of one of [topics], or of one that MirrorMaker copied.
func topicName(topic string) string {
	if copied, ok := strings.CutPrefix(topic, "mirror."); ok {
		return "mirror." + topicName(copied)
	}
	return "differential-" + topic
}

func (c scenario) String() string { return fmt.Sprintf("%s of %q", c.name, c.topics) }
