//go:build linux

package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/history"
)

const (
	topic      = "numbers"
	partitions = 4
	connector  = "to-file"
	leases     = "crash-leases"
	// poll is how often a condition in another process is looked at.
	poll = 20 * time.Millisecond
)

// world is a broker, a topic, and coordinators of one group; rnd is its only source of randomness.
type world struct {
	t       *testing.T
	rnd     *rand.Rand
	dir     string
	broker  string
	client  *kgo.Client
	admin   *kadm.Client
	ports   map[string]int // of the coordinators, by name
	ttl     time.Duration  // of leases
	session time.Duration  // after which a silent leader counts as dead
	written int
	parts   int // of the topic's partitions are written to
	// executor is the name of the executors' command, and config the connector's.
	executor string
	config   map[string]string
	ends     [partitions]int64
}

func newWorld(ctx context.Context, t *testing.T, rnd *rand.Rand) *world {
	w := &world{t: t, rnd: rnd, dir: t.TempDir(), ports: map[string]int{}, ttl: 10 * time.Second, session: 2 * time.Second,
		parts: partitions, executor: executorName}
	w.config = map[string]string{"connector.class": "FileStreamSink", "topics": topic, "file": w.output(), "tasks.max": strconv.Itoa(partitions)}
	for _, name := range []string{"mayfly", executorName, objectExecutor} { // links, so that the executors of a world are told by their path
		if err := os.Link(filepath.Join(binaries, name), filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(w.killAll)
	port := freePort(t)
	w.broker = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	w.start("broker", "broker", "-data", filepath.Join(w.dir, "data"), "-port", strconv.Itoa(port))
	client, err := kgo.NewClient(kgo.SeedBrokers(w.broker), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w.client, w.admin = client, kadm.NewClient(client)
	w.until(ctx, "the broker answers", func() bool { return client.Ping(ctx) == nil })
	if _, err := w.admin.CreateTopic(ctx, partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	return w
}

// properties writes the worker properties of a coordinator and returns their file.
func (w *world) properties(name string) string {
	w.t.Helper()
	port, ok := w.ports[name]
	if !ok {
		port = freePort(w.t)
		w.ports[name] = port
	}
	file := filepath.Join(w.dir, name+".properties")
	const converter = "org.apache.kafka.connect.storage.StringConverter"
	lines := []string{
		"bootstrap.servers=" + w.broker, "group.id=crash", "listeners=http://127.0.0.1:" + strconv.Itoa(port),
		"config.storage.topic=crash-configs", "offset.storage.topic=crash-offsets", "status.storage.topic=crash-status", "mayfly.lease.topic=" + leases,
		"config.storage.replication.factor=1", "offset.storage.replication.factor=1", "status.storage.replication.factor=1",
		"key.converter=" + converter, "value.converter=" + converter,
		fmt.Sprint("session.timeout.ms=", w.session.Milliseconds()), "heartbeat.interval.ms=300",
		"mayfly.launcher=process", "mayfly.executor.dir=" + w.dir, fmt.Sprint("mayfly.lease.ttl.ms=", w.ttl.Milliseconds()), "mayfly.slice.bytes=65536",
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// coordinator starts a coordinator, or starts one again, and waits until its REST API answers.
func (w *world) coordinator(ctx context.Context, name string) *process {
	w.t.Helper()
	file := w.properties(name)
	p := w.start(name, "coordinator", file)
	p.url = "http://127.0.0.1:" + strconv.Itoa(w.ports[name])
	w.until(ctx, name+" answers", func() bool {
		select {
		case <-p.done:
			w.t.Fatalf("%s ended by itself: %v", name, p.err)
		default:
		}
		_, err := w.request(ctx, http.MethodGet, p.url+"/connectors", nil)
		return err == nil
	})
	return p
}

// body is what creates the connector.
func (w *world) body() map[string]any { return map[string]any{"name": connector, "config": w.config} }

func (w *world) createConnector(ctx context.Context, c *process) {
	w.t.Helper()
	body, err := json.Marshal(w.body())
	if err != nil {
		w.t.Fatal(err)
	}
	var last string
	w.until(ctx, "the connector is created", func() bool {
		select {
		case <-c.done: // perhaps killed before it could answer: that is the caller's to judge
			return true
		default:
		}
		answer, err := w.request(ctx, http.MethodPost, c.url+"/connectors", body)
		if err != nil && err.Error() != last {
			last = err.Error()
			w.t.Logf("POST /connectors: %v %s", err, answer)
		}
		return err == nil
	})
}

func (w *world) request(ctx context.Context, method, url string, body []byte) (answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return "", err
	}
	if resp.StatusCode >= 300 {
		return b.String(), fmt.Errorf("status %s", resp.Status)
	}
	return b.String(), nil
}

// write appends n records to random partitions. A record names its partition and offset, and is filled up to a random length.
func (w *world) write(ctx context.Context, n int) {
	w.t.Helper()
	batch := make([]*kgo.Record, n)
	for i := range batch {
		p := w.rnd.IntN(w.parts)
		value := fmt.Sprintf("%d %d %s", p, w.ends[p], strings.Repeat("x", w.rnd.IntN(400)))
		batch[i] = &kgo.Record{Topic: topic, Partition: int32(p), Value: []byte(value)}
		w.ends[p]++
	}
	w.written += n
	if err := w.client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

// committed is how many records the connector's group has committed.
func (w *world) committed(ctx context.Context) (sum int64) {
	for _, at := range w.positions(ctx) {
		sum += at
	}
	return sum
}

// positions is what the connector's group has committed of each partition.
func (w *world) positions(ctx context.Context) (at [partitions]int64) {
	offsets, err := w.admin.FetchOffsets(ctx, "connect-"+connector)
	if err != nil {
		return at // the group comes with the first commit
	}
	for p := range at {
		if o, ok := offsets.Lookup(topic, int32(p)); ok && o.Err == nil {
			at[p] = max(o.At, 0)
		}
	}
	return at
}

func (w *world) awaitCommitted(ctx context.Context) {
	w.t.Helper()
	w.until(ctx, "the group has committed everything", func() bool { return w.committed(ctx) >= int64(w.written) })
}

// verify reads the file when nobody can write to it any more: each record once, in its partition's order.
func (w *world) verify(ctx context.Context) {
	w.t.Helper()
	w.until(ctx, "the last executor has ended", func() bool { return len(w.executors()) == 0 })
	if n := w.committed(ctx); n != int64(w.written) {
		w.t.Errorf("%d records are committed, %d were written", n, w.written)
	}
	b, err := os.ReadFile(w.output())
	if err != nil {
		w.t.Fatal(err)
	}
	var seen [partitions]map[int64]bool
	var last [partitions]int64
	for p := range seen {
		seen[p], last[p] = map[int64]bool{}, -1
	}
	lines, doubled, disordered := 0, 0, 0
	for line := range strings.Lines(string(b)) {
		var p int
		var n int64
		if _, err := fmt.Sscanf(line, "%d %d", &p, &n); err != nil || p < 0 || p >= partitions || n < 0 || n >= w.ends[p] || !strings.HasSuffix(line, "\n") {
			w.t.Errorf("line %d is no record: %.80q", lines+1, line)
			continue
		}
		lines++
		switch {
		case seen[p][n]:
			doubled++
		case n < last[p]:
			disordered++
		}
		seen[p][n], last[p] = true, max(last[p], n)
	}
	lost := w.written
	for p := range seen {
		lost -= len(seen[p])
	}
	w.t.Logf("%d records written, %d lines: %d lost, %d doubled, %d out of order", w.written, lines, lost, doubled, disordered)
	if lost != 0 || doubled != 0 || disordered != 0 {
		w.t.Errorf("%d lost, %d doubled, %d out of order", lost, doubled, disordered)
	}
	w.checkHistory(ctx)
}

// checkHistory checks what the coordinators wrote into the lease topic, and that it ends where the group stands.
func (w *world) checkHistory(ctx context.Context) {
	w.t.Helper()
	h, err := history.Check(ctx, w.broker, leases)
	if err != nil {
		w.t.Errorf("the lease topic's history: %v", err)
		return
	}
	for p, at := range w.positions(ctx) {
		if got := h.Position(connector, tasks.Stream{Topic: topic, Partition: int32(p)}); got != at {
			w.t.Errorf("the last checkpoint of partition %d is %d, its group stands at %d", p, got, at)
		}
	}
	w.t.Logf("the lease topic: %d slices granted, %d granted again, %d checkpoints", h.Grants, h.Again, h.Checkpoints)
	if h.Grants == 0 {
		w.t.Error("the lease topic holds no grant: the check shows nothing")
	}
}

func (w *world) output() string { return filepath.Join(w.dir, "out.txt") }

// pause waits for a random time.
func (w *world) pause(ctx context.Context, most time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(w.rnd.Int64N(int64(most)))):
	}
}

func (w *world) until(ctx context.Context, what string, ok func() bool) {
	w.t.Helper()
	for !ok() {
		select {
		case <-ctx.Done():
			w.t.Fatalf("gave up waiting until %s: %d of %d records are committed", what, w.committed(context.WithoutCancel(ctx)), w.written)
		case <-time.After(poll):
		}
	}
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
