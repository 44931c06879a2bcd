package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/functions/event"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a broker with a topic, and what handlers are configured with.
type world struct {
	t       *testing.T
	addr    string
	adm     *kadm.Client
	config  map[string]string
	environ map[string]string
	env     event.Env
	logged  *lockedBuffer
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const stringConverter = "org.apache.kafka.connect.storage.StringConverter"

func newWorld(t *testing.T, config ...string) *world {
	t.Helper()
	t.Parallel()
	b, err := broker.Start(broker.Config{})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()))
	must(t, err)
	t.Cleanup(cl.Close)
	w := &world{t: t, addr: b.Addr(), adm: kadm.NewClient(cl), logged: &lockedBuffer{},
		config:  map[string]string{"connector.class": "EventSource", "name": "events", "topic": "out", "key.converter": stringConverter, "value.converter": stringConverter},
		environ: map[string]string{"CONNECT_BOOTSTRAP_SERVERS": b.Addr(), "MAYFLY_EVENTS_PARTITIONS": "3", "CONNECT_OFFSET_STORAGE_PARTITIONS": "3"}}
	for i := 0; i < len(config); i += 2 {
		w.config[config[i]] = config[i+1]
	}
	w.create("out", 2)
	return w
}

func (w *world) create(topic string, partitions int32) {
	w.t.Helper()
	_, err := w.adm.CreateTopic(w.t.Context(), partitions, 1, nil, topic)
	must(w.t, err)
}

// handler is a function that starts cold.
func (w *world) handler() *event.Handler {
	w.t.Helper()
	environ := []string{}
	if w.config != nil {
		b, err := json.Marshal(w.config)
		must(w.t, err)
		environ = append(environ, event.ConnectorConfigEnv+"="+string(b))
	}
	for k, v := range w.environ {
		environ = append(environ, k+"="+v)
	}
	s, err := event.ReadSettings(environ, nil)
	must(w.t, err)
	env := w.env
	env.Settings = s
	env.Exec.Name = "test"
	env.Exec.Log = slog.New(slog.NewTextHandler(w.logged, nil))
	h := event.New(env)
	w.t.Cleanup(h.Close)
	return h
}

// handle has a function handle a payload, which may be anything that is marshalled, and returns its answer.
func (w *world) handle(h *event.Handler, payload any) (string, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	answer, err := h.Handle(ctx, payloadOf(w.t, payload))
	return string(answer), err
}

func payloadOf(t *testing.T, payload any) []byte {
	t.Helper()
	switch p := payload.(type) {
	case []byte:
		return p
	case string:
		return []byte(p)
	}
	b, err := json.Marshal(payload)
	must(t, err)
	return b
}

// ok fails the test unless the answer is the one.
func (w *world) ok(h *event.Handler, payload any, want string) {
	w.t.Helper()
	answer, err := w.handle(h, payload)
	if err != nil || answer != want {
		w.t.Fatalf("answer %s, error %v; want %s", answer, err, want)
	}
}

func (w *world) same(what string, want, got any) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// read returns the committed records of a topic.
func (w *world) read(topic string) (out []*kgo.Record) {
	w.t.Helper()
	ends, err := w.adm.ListCommittedOffsets(w.t.Context(), topic)
	must(w.t, err)
	left, at := map[int32]int64{}, map[int32]kgo.Offset{}
	ends.Each(func(o kadm.ListedOffset) {
		must(w.t, o.Err)
		if o.Offset > 0 {
			left[o.Partition], at[o.Partition] = o.Offset, kgo.NewOffset().AtStart()
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.addr), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	must(w.t, err)
	defer cl.Close()
	for len(left) > 0 {
		fs := cl.PollFetches(w.t.Context())
		must(w.t, fs.Err())
		fs.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				out = append(out, r)
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return out
}

// values returns the values of a topic, sorted.
func (w *world) values(topic string) []string {
	w.t.Helper()
	out := []string{}
	for _, r := range w.read(topic) {
		out = append(out, string(r.Value))
	}
	slices.Sort(out)
	return out
}

func (w *world) wrote(want ...string) {
	w.t.Helper()
	w.same("records", append([]string{}, want...), w.values("out"))
}

func headersOf(r *kgo.Record) map[string]string {
	m := map[string]string{}
	for _, h := range r.Headers {
		m[h.Key] = string(h.Value)
	}
	return m
}

// tolerant makes bad records dead letters.
func (w *world) tolerant() {
	w.config["errors.tolerance"], w.config[exec.SourceDeadLetterTopic], w.config[exec.SourceDeadLetterReplicas] = "all", "dead", "1"
}
