package store_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
)

// cluster is a broker with the topic that the sinks of these tests read.
type cluster struct {
	addr string
	cl   *kgo.Client
	adm  *kadm.Client
}

func start(t testing.TB) *cluster {
	t.Helper()
	b, err := broker.Start(broker.Config{})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()))
	must(t, err)
	t.Cleanup(cl.Close)
	c := &cluster{b.Addr(), cl, kadm.NewClient(cl)}
	_, err = c.adm.CreateTopic(t.Context(), 2, 1, nil, "orders")
	must(t, err)
	return c
}

func (c *cluster) config(t testing.TB) *worker.Config {
	t.Helper()
	cfg, err := worker.Load("", []string{"CONNECT_BOOTSTRAP_SERVERS=" + c.addr, "CONNECT_GROUP_ID=g"}, true)
	must(t, err)
	return cfg
}

func (c *cluster) open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c.config(t), url, nil, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return s
}

// lead opens a store and makes it the leader.
func (c *cluster) lead(t testing.TB, url string) (*store.Store, control.Snapshot) {
	t.Helper()
	s := c.open(t, url)
	snap, err := s.Load(t.Context())
	must(t, err)
	return s, snap
}

func (c *cluster) produce(t *testing.T, topic, key, value string) {
	t.Helper()
	r := &kgo.Record{Topic: topic, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	must(t, c.cl.ProduceSync(t.Context(), r).FirstErr())
}

// committed reads what read_committed shows of a topic.
func (c *cluster) committed(t *testing.T, topic string) []*kgo.Record {
	t.Helper()
	ends, err := c.adm.ListCommittedOffsets(t.Context(), topic)
	must(t, err)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(t, err)
	defer cl.Close()
	var out []*kgo.Record
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	for len(left) > 0 {
		fetches := cl.PollFetches(t.Context())
		must(t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				out = append(out, r)
			}
		})
	}
	return out
}

func (c *cluster) newest(t *testing.T, topic, key string) *kgo.Record {
	t.Helper()
	var found *kgo.Record
	for _, r := range c.committed(t, topic) {
		if string(r.Key) == key {
			found = r
		}
	}
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func next[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	select {
	case v := <-ch:
		return v
	case <-ctx.Done():
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func partition(n int32) tasks.Stream { return tasks.Stream{Topic: "orders", Partition: n} }

func lease(s tasks.Stream) tasks.Lease {
	return tasks.Lease{Version: 1, ID: "l-" + s.String(), Connector: "a", Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: s, To: 10},
		Epoch: -1, Attempt: 1, TTL: 1000, Config: map[string]string{"name": "a"}, Bootstrap: []string{"b:1"}, ResultTopic: "g-mayfly-results"}
}

func TestOpenCreatesTopics(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.open(t, "http://one")
	topics, err := c.adm.ListTopics(t.Context())
	must(t, err)
	got := map[string]int{}
	for _, n := range topics.Names() {
		got[n] = len(topics[n].Partitions)
	}
	equal(t, "topics", got, map[string]int{"orders": 2, "g-configs": 1, "g-offsets": 25, "g-status": 5, "g-mayfly-leases": 1, "g-mayfly-results": 1})
	c.open(t, "http://two") // finds them
}

func TestOpenRefusesUnfitTopics(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		partitions int32
		policy     string
	}{"two partitions": {2, "compact"}, "delete": {1, "delete"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t)
			_, err := k.adm.CreateTopic(t.Context(), c.partitions, 1, map[string]*string{"cleanup.policy": &c.policy}, "g-configs")
			must(t, err)
			if _, err := store.Open(t.Context(), k.config(t), "u", nil, slog.New(slog.DiscardHandler)); err == nil {
				t.Fatal("it was taken")
			}
		})
	}
}

func TestConnectors(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, snap := c.lead(t, "http://one")
	equal(t, "snapshot", snap, control.Snapshot{})
	ctx := t.Context()
	config := map[string]string{"name": "a", "x": "<&>"}
	created, err := s.Put(ctx, "a", config, nil, "")
	must(t, err)
	equal(t, "created", created, true)
	ch := next(t, s.Changes())
	equal(t, "change", ch.Connector.Config, config)
	equal(t, "target", ch.Connector.Target, plan.Started)
	first := ch.Connector.Version

	created, err = s.Put(ctx, "a", config, nil, "")
	must(t, err)
	equal(t, "created again", created, false)
	if v := next(t, s.Changes()).Connector.Version; v <= first {
		t.Fatalf("version %d is not after %d", v, first)
	}
	must(t, s.SetTarget(ctx, "a", "STOPPED"))
	equal(t, "stopped", next(t, s.Changes()).Connector.Target, plan.Stopped)
	got, target, ok := s.Connector("a")
	equal(t, "config", got, config)
	equal(t, "target", target, plan.Stopped)
	equal(t, "there", ok, true)

	_, err = s.Put(ctx, "b", map[string]string{"name": "b"}, nil, "PAUSED")
	must(t, err)
	ch = next(t, s.Changes())
	equal(t, "b", []any{ch.Connector.Name, ch.Connector.Target}, []any{"b", plan.Paused})
	equal(t, "names", s.Connectors(), []string{"a", "b"})

	must(t, s.Restart(ctx, "a", true, true))
	equal(t, "restart", next(t, s.Changes()).Restart, &control.Restart{Connector: "a", Task: -1})
	must(t, s.Delete(ctx, "a"))
	equal(t, "removed", next(t, s.Changes()), control.Change{Removed: "a"})
	if _, _, ok := s.Connector("a"); ok {
		t.Fatal("it is still there")
	}
	_, err = s.Put(ctx, "a", config, nil, "")
	must(t, err)
	equal(t, "a new one is started", next(t, s.Changes()).Connector.Target, plan.Started)
}

func TestSecretsAndLargeConfigurationsStayInTheTopic(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	for _, k := range []struct{ key, value, topic string }{
		{"db.password", "hush", "g-configs"}, {"db.password", "${env:P}", ""}, {"text", string(make([]byte, 5000)), "g-configs"}, {"text", "x", ""},
	} {
		_, err := s.Put(t.Context(), "a", map[string]string{k.key: k.value}, nil, "")
		must(t, err)
		equal(t, k.key, next(t, s.Changes()).Connector.Topic, k.topic)
	}
}

// A client that goes away in the middle must not take the producer with it.
func TestCancelledWritesLeaveTheProducerFit(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, _ = s.Put(ctx, "c"+strconv.Itoa(i), map[string]string{"name": "c"}, nil, "")
	}
	_, err := s.Put(t.Context(), "last", map[string]string{"name": "last"}, nil, "")
	must(t, err)
}

func TestCommit(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	cp := plan.Checkpoint{Connector: "a", Stream: partition(1), Position: 7, Epoch: 1, ReadTo: 9, TailFiled: 2, ConfigVersion: 4}
	epochs, err := s.Commit(t.Context(), control.Decision{Grants: []tasks.Lease{lease(partition(0)), lease(partition(1))},
		Checkpoints: []plan.Checkpoint{cp}, Offsets: map[string]map[tasks.Stream]int64{"connect-a": {partition(0): 5, partition(1): 7}},
		Statuses: []control.Status{{Connector: "a", Task: -1, State: "RUNNING"}, {Connector: "a", Task: 0, State: "FAILED", Trace: "x"}}})
	must(t, err)
	for i, e := range epochs {
		r := c.newest(t, "g-mayfly-leases", "grant/a/orders/"+strconv.Itoa(i))
		equal(t, "epoch", e, r.Offset)
	}
	if c.newest(t, "g-mayfly-leases", "checkpoint/a/orders/1") == nil || c.newest(t, "g-status", "status-task-a-0") == nil {
		t.Fatal("the checkpoint or the status is missing")
	}
	offsets, err := c.adm.FetchOffsets(t.Context(), "connect-a")
	must(t, err)
	for p, want := range []int64{5, 7} {
		o, _ := offsets.Lookup("orders", int32(p))
		equal(t, "offset", o.At, want)
	}
	// Forgotten: grants and statuses go, the checkpoint stays.
	s2, snap := c.lead(t, "v")
	equal(t, "leases", len(snap.Leases), 2)
	st, ok := s2.Status("a", 0)
	equal(t, "status", []any{st.State, st.Trace, ok}, []any{"FAILED", "x", true})
	_, err = s2.Commit(t.Context(), control.Decision{Forgotten: []string{"a"}})
	must(t, err)
	for topic, key := range map[string]string{"g-mayfly-leases": "grant/a/orders/1", "g-status": "status-task-a-0"} {
		if r := c.newest(t, topic, key); r.Value != nil {
			t.Fatalf("%s is still there", key)
		}
	}
	_, snap = c.lead(t, "w")
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{cp})
	equal(t, "leases", len(snap.Leases), 0)
}

func TestFenced(t *testing.T) {
	t.Parallel()
	c := start(t)
	a, _ := c.lead(t, "http://a")
	b, _ := c.lead(t, "http://b")
	_, err := a.Commit(t.Context(), control.Decision{Grants: []tasks.Lease{lease(partition(0))},
		Offsets:     map[string]map[tasks.Stream]int64{"connect-a": {partition(0): 5}},
		Checkpoints: []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 5}}})
	if !errors.Is(err, control.ErrFenced) {
		t.Fatalf("err = %v", err)
	}
	for _, r := range c.committed(t, "g-mayfly-leases") {
		if string(r.Key) != "leader" {
			t.Fatalf("%s is visible", r.Key)
		}
	}
	offsets, _ := c.adm.FetchOffsets(t.Context(), "connect-a")
	if _, ok := offsets.Lookup("orders", 0); ok {
		t.Fatal("the group's offset moved")
	}
	if _, me := a.Leader(); me {
		t.Fatal("the fenced store takes itself for the leader")
	}
	url, me := b.Leader()
	equal(t, "leader", []any{url, me}, []any{"http://b", true})
	_, err = b.Put(t.Context(), "x", map[string]string{}, nil, "")
	must(t, err)
}

func TestRestartAtTheSameAddress(t *testing.T) {
	t.Parallel()
	c := start(t)
	a, _ := c.lead(t, "u")
	b := c.open(t, "u")
	for i := range 50 {
		_, err := a.Put(t.Context(), "c"+strconv.Itoa(i), map[string]string{"name": "c"}, nil, "PAUSED")
		must(t, err)
	}
	l := lease(partition(0))
	epochs, err := a.Commit(t.Context(), control.Decision{Grants: []tasks.Lease{l, lease(partition(1))},
		Checkpoints: []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 5, Epoch: -1}}})
	must(t, err)
	done := plan.Checkpoint{Connector: "a", Stream: partition(1), Position: 10, Epoch: epochs[1], ReadTo: 10}
	_, err = a.Commit(t.Context(), control.Decision{Checkpoints: []plan.Checkpoint{done}})
	must(t, err)
	must(t, b.Stand(t.Context()))
	snap, err := b.Load(t.Context())
	must(t, err)
	equal(t, "connectors", len(snap.Connectors), 50)
	equal(t, "target", snap.Connectors[49].Target, plan.Paused)
	l.Epoch = epochs[0]
	equal(t, "leases", snap.Leases, []tasks.Lease{l})
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{{Connector: "a", Stream: partition(0), Position: 5, Epoch: -1}, done})
	_, again := c.lead(t, "v")
	equal(t, "a restart folds the same", again, snap)
}

func TestSourceOffsetsOverride(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	split := tasks.Stream{Split: `{"filename":"/a<b"}`}
	_, err := s.Commit(t.Context(), control.Decision{Checkpoints: []plan.Checkpoint{{Connector: "a", Stream: split, SourcePosition: `{"position":1}`, Epoch: 4}}})
	must(t, err)
	key := `["a",{"filename":"/a<b"}]`
	c.produce(t, "g-offsets", key, `{"position":9}`)
	c.produce(t, "g-offsets", `["n",{"f":1}]`, `{"p":2}`)
	c.produce(t, "g-offsets", `odd`, `{"p":2}`)
	s, snap := c.lead(t, "v")
	equal(t, "checkpoints", snap.Checkpoints, []plan.Checkpoint{{Connector: "a", Stream: split, SourcePosition: `{"position":9}`, Epoch: 4},
		{Connector: "n", Stream: tasks.Stream{Split: `{"f":1}`}, SourcePosition: `{"p":2}`, Epoch: -1}})
	l := tasks.Lease{Connector: "a", Kind: tasks.SourceKind, Slice: tasks.Slice{Stream: split}}
	s.Mark(&l)
	r := c.newest(t, "g-offsets", key)
	equal(t, "mark", []any{l.OffsetPartition, l.OffsetsFrom}, []any{r.Partition, r.Offset + 1})
}

func TestStand(t *testing.T) {
	t.Parallel()
	c := start(t)
	a := c.open(t, "http://a")
	must(t, a.Stand(t.Context())) // nobody has led
	_, err := a.Load(t.Context())
	must(t, err)
	b := c.open(t, "http://b")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Stand(ctx); err == nil {
		t.Fatal("it stands no more while the other leads")
	}
	url, me := b.Leader()
	equal(t, "leader", []any{url, me}, []any{"http://a", false})
	if _, err := b.Put(t.Context(), "x", nil, nil, ""); err == nil {
		t.Fatal("a standby wrote")
	}
	a.Close(t.Context())
	soon, cancel2 := context.WithTimeout(t.Context(), 5*time.Second) // session.timeout.ms is 10 s
	defer cancel2()
	must(t, b.Stand(soon))
}

func TestDamagedRecordsConcernTheirKeyOnly(t *testing.T) {
	t.Parallel()
	c := start(t)
	s, _ := c.lead(t, "u")
	_, err := s.Put(t.Context(), "old", map[string]string{"x": "1"}, nil, "PAUSED")
	must(t, err)
	for _, kv := range [][2]string{{"connector-old", `{"properties":{"x":[2]}}`}, {"connector-bad", `{`}, {"connector-none", `{}`}, {"connector-empty", ``},
		{"target-state-old", `{"state":"FROZEN"}`}, {"target-state-old", `{"state":1,"state.v2":true}`}, {"restart-connector-old", `[`},
		{"commit-old", `x`}, {"connector-good", `{"properties":{"y":"1"},"more":1}`}, {"target-state-good", `{"state":"PAUSED"}`}} {
		c.produce(t, "g-configs", kv[0], kv[1])
	}
	for _, kv := range [][2]string{{"grant/a/orders/0", `{"version":1}`}, {"checkpoint/a/orders/0", `{"version":99}`}, {"leader", `nonsense`}, {"unknown", `1`}} {
		c.produce(t, "g-mayfly-leases", kv[0], kv[1])
	}
	c.produce(t, "g-mayfly-results", "", `{}`)
	c.produce(t, "g-mayfly-results", "k", `{}`)
	c.produce(t, "g-status", "status-task-a-0", `{"generation":"x"}`)
	_, snap := c.lead(t, "v")
	equal(t, "snapshot", snap, control.Snapshot{Connectors: []control.Connector{
		{Name: "good", Config: map[string]string{"y": "1"}, Version: snap.Connectors[0].Version, Target: plan.Paused},
		{Name: "old", Config: map[string]string{"x": "1"}, Version: snap.Connectors[1].Version, Target: plan.Paused}}})
}

func (c *cluster) report(t *testing.T, l *tasks.Lease, change func(*tasks.Result)) {
	t.Helper()
	r := tasks.NewResult(l)
	if change != nil {
		change(&r)
	}
	b, err := store.Encode(r)
	must(t, err)
	c.produce(t, "g-mayfly-results", r.Lease, string(b))
}

func TestResults(t *testing.T) {
	t.Parallel()
	c := start(t)
	a, _ := c.lead(t, "u")
	grants := []tasks.Lease{lease(partition(0)), lease(partition(1))}
	epochs, err := a.Commit(t.Context(), control.Decision{Grants: grants})
	must(t, err)
	for i := range grants {
		grants[i].Epoch = epochs[i]
	}
	c.report(t, &grants[0], func(r *tasks.Result) { r.Progress = true })
	c.report(t, &grants[0], func(r *tasks.Result) { r.Position = 10 })
	equal(t, "progress", next(t, a.Results()).Progress, true)
	equal(t, "result", next(t, a.Results()).Position, int64(10))
	standby := c.open(t, "v")
	a.Close(t.Context())
	// Nobody leads: old reports, many of them, and one that counts.
	old := grants[1]
	old.Epoch = 0
	for range 1100 {
		b, err := store.Encode(tasks.NewResult(&old))
		must(t, err)
		c.cl.Produce(t.Context(), &kgo.Record{Topic: "g-mayfly-results", Key: []byte("x"), Value: b}, nil)
	}
	must(t, c.cl.Flush(t.Context()))
	c.report(t, &grants[1], func(r *tasks.Result) { r.Position = 4 })
	for _, s := range []*store.Store{standby, c.open(t, "w")} { // one that was there, and one that comes
		snap, err := s.Load(t.Context())
		must(t, err)
		equal(t, "leases", snap.Leases, grants)
		got := []int64{next(t, s.Results()).Position, next(t, s.Results()).Position}
		slices.Sort(got)
		equal(t, "results", got, []int64{4, 10})
	}
	l := lease(partition(0))
	standby.Mark(&l)
	if l.ResultsFrom < 1103 {
		t.Fatalf("ResultsFrom = %d", l.ResultsFrom)
	}
}
