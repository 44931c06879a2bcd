package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/node/nodetest"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/poll"
)

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

const stringConverter = "org.apache.kafka.connect.storage.StringConverter"

func plugins() tasks.Plugins { return tasks.Plugins{Sinks: sinks.All(), Sources: sources.All()} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logger shows what is amiss in the test's output.
func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// eventually polls until done says that nothing is missing.
func eventually(t testing.TB, what string, done func() string) {
	t.Helper()
	poll.Until(t, patience, what, done)
}

// site is a cluster with a node on it, or none while it is down.
type site struct {
	t    *testing.T
	addr string
	dir  string
	cl   *kgo.Client
	adm  *kadm.Client

	node *node.Node
	url  string // of the REST API that is called: the node's, or that of a Java worker in its place
	stop func()
	said *said // what the node logged and answered
}

// said gathers text. Safe for concurrent use.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newSite connects to a cluster; start brings a node up.
func newSite(t *testing.T, addr string) *site {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	t.Cleanup(cl.Close)
	return &site{t: t, addr: addr, dir: t.TempDir(), cl: cl, adm: kadm.NewClient(cl), said: &said{}}
}

// start runs a node with the worker properties, given as the environment gives them.
func (s *site) start(standalone bool, environ ...string) {
	s.t.Helper()
	w, err := worker.Load("", append([]string{"CONNECT_LISTENERS=http://127.0.0.1:0", "CONNECT_MAYFLY_LAUNCHER=inproc",
		"CONNECT_BOOTSTRAP_SERVERS=" + s.addr, "CONNECT_KEY_CONVERTER=" + stringConverter, "CONNECT_VALUE_CONVERTER=" + stringConverter}, environ...), standalone)
	must(s.t, err)
	if standalone {
		w.UseEmbedded(s.addr)
	}
	s.run(w)
}

// run runs a node with the worker properties.
func (s *site) run(w *worker.Config) {
	s.t.Helper()
	s.node, s.stop = nodetest.Start(s.t, node.Config{Worker: w, Plugins: plugins(), Commit: "e2e", Log: s.log()})
	s.url = s.node.URL()
}

// log shows what is amiss in the test's output, and keeps all of it.
func (s *site) log() *slog.Logger {
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(s.said, &slog.HandlerOptions{Level: slog.LevelDebug}), logger(s.t).Handler()))
}

// call makes one call of the REST API, again while the node is about to lead.
func (s *site) call(method, path string, body any) (status int, answer string) {
	s.t.Helper()
	var send []byte
	if body != nil {
		var err error
		send, err = json.Marshal(body)
		must(s.t, err)
	}
	eventually(s.t, method+" "+path, func() string {
		req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(send))
		must(s.t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		must(s.t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		must(s.t, err)
		status, answer = resp.StatusCode, string(b)
		if method != http.MethodGet || strings.HasSuffix(path, "/status") {
			fmt.Fprintln(s.said, withoutConfig(answer))
		}
		if status == http.StatusConflict && !strings.Contains(answer, "already exists") {
			return answer
		}
		return ""
	})
	return status, answer
}

// withoutConfig leaves out of an answer the configuration that it repeats, as Connect's do.
func withoutConfig(answer string) string {
	var m map[string]json.RawMessage
	if json.Unmarshal([]byte(answer), &m) != nil || m["config"] == nil {
		return answer
	}
	delete(m, "config")
	b, err := json.Marshal(m)
	if err != nil {
		return answer
	}
	return string(b)
}

// do makes a call that has to answer with the status.
func (s *site) do(want int, method, path string, body any) string {
	s.t.Helper()
	status, answer := s.call(method, path, body)
	if status != want {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, status, answer, want)
	}
	return answer
}

// create creates a connector; its configuration is given as pairs.
func (s *site) create(name string, config map[string]string) {
	s.t.Helper()
	s.do(http.StatusCreated, "POST", "/connectors", map[string]any{"name": name, "config": config})
}

// status is the answer to GET /connectors/{name}/status.
type status struct {
	Connector struct{ State, Trace string }
	Tasks     []struct {
		ID           int
		State, Trace string
	}
}

func (s *site) status(name string) (st status) {
	s.t.Helper()
	code, answer := s.call("GET", "/connectors/"+name+"/status", nil)
	if code == http.StatusNotFound {
		return st
	}
	must(s.t, json.Unmarshal([]byte(answer), &st))
	return st
}

// state waits until the connector and all its tasks, of which there is one at least, are in the state.
func (s *site) state(name, want string) {
	s.t.Helper()
	eventually(s.t, name+" is "+want, func() string {
		st := s.status(name)
		ok := st.Connector.State == want && (len(st.Tasks) > 0 || want == "STOPPED")
		for _, task := range st.Tasks {
			ok = ok && task.State == want
		}
		if !ok {
			b, _ := json.Marshal(st)
			return string(b)
		}
		return ""
	})
}

// failed waits until the connector or a task of it has failed, and returns the trace.
func (s *site) failed(name string) (trace string) {
	s.t.Helper()
	eventually(s.t, name+" fails", func() string {
		st := s.status(name)
		if st.Connector.State == "FAILED" {
			trace = st.Connector.Trace
			return ""
		}
		for _, task := range st.Tasks {
			if task.State == "FAILED" {
				trace = task.Trace
				return ""
			}
		}
		b, _ := json.Marshal(st)
		return string(b)
	})
	return trace
}

// topic creates a topic.
func (s *site) topic(name string, partitions int32) {
	s.t.Helper()
	_, err := s.adm.CreateTopic(s.t.Context(), partitions, 1, nil, name)
	must(s.t, err)
}

// send writes the values to partition 0.
func (s *site) send(topic string, values ...string) {
	s.t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(v)})
	}
	must(s.t, s.cl.ProduceSync(s.t.Context(), records...).FirstErr())
}

// file is a path in the test's folder.
func (s *site) file(name string) string { return filepath.Join(s.dir, name) }

// lines returns a file's lines; none when there is no file.
func lines(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	must(t, err)
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// appendTo adds text to a file.
func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
}

// committed waits until the group of the connector has committed the topic's partition at the offset.
func (s *site) committed(name, topic string, partition int32, want int64) {
	s.t.Helper()
	eventually(s.t, "offset of connect-"+name, func() string {
		os, err := s.adm.FetchOffsets(s.t.Context(), "connect-"+name)
		if err != nil {
			return err.Error()
		}
		o, ok := os.Lookup(topic, partition)
		if !ok {
			return "nothing is committed"
		}
		if o.At != want {
			b, _ := json.Marshal(o.Offset)
			return string(b)
		}
		return ""
	})
}

// drained waits until the group has committed every partition to what is its end for a committed reader.
func (s *site) drained(name, topic string) {
	s.t.Helper()
	ends, err := s.adm.ListCommittedOffsets(s.t.Context(), topic)
	must(s.t, err)
	ends.Each(func(o kadm.ListedOffset) {
		must(s.t, o.Err)
		s.committed(name, topic, o.Partition, o.Offset)
	})
}
