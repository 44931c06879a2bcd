package deadletter_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
)

// cluster is an embedded broker with clients.
type cluster struct {
	*testing.T
	addr string
	cl   *kgo.Client
	adm  *kadm.Client
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	b, err := broker.Start(broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{T: t, addr: b.Addr()}
	c.connect()
	return c
}

// connect makes clients, which know nothing of topics that were there before.
func (c *cluster) connect() {
	c.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(cl.Close)
	c.cl, c.adm = cl, kadm.NewClient(cl)
}

func (c *cluster) topic(name string, partitions int32) {
	c.Helper()
	if _, err := c.adm.CreateTopic(c.Context(), partitions, 1, nil, name); err != nil {
		c.Fatal(err)
	}
}

func (c *cluster) queues() *deadletter.Queues {
	c.Helper()
	q, err := deadletter.Open(kgo.SeedBrokers(c.addr))
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(q.Close)
	return q
}

func (c *cluster) send(records ...*kgo.Record) {
	c.Helper()
	if err := c.cl.ProduceSync(c.Context(), records...).FirstErr(); err != nil {
		c.Fatal(err)
	}
}

// letters writes n dead letters of the records orders/1 at offsets 0 to n-1, one in three of which failed at TASK_PUT.
func (c *cluster) letters(topic string, n int) {
	c.Helper()
	var out []*kgo.Record
	for i := range n {
		stage, message := "VALUE_CONVERTER", "Unknown magic byte!"
		if i%3 == 0 {
			stage, message = "TASK_PUT", "refused"
		}
		out = append(out, &kgo.Record{Topic: topic, Key: []byte("k" + strconv.Itoa(i)), Value: []byte("v" + strconv.Itoa(i)), Timestamp: time.UnixMilli(int64(1000 + i)),
			Headers: append([]kgo.RecordHeader{{Key: "own", Value: []byte{1}}}, contextOf("orders", "1", strconv.Itoa(i), "gcs", stage, "a.DataException", message)...)})
	}
	c.send(out...)
}

// read returns the committed records of a topic as texts: partition, key, value, time, headers.
func (c *cluster) read(topic string) (out []string) {
	c.Helper()
	for l, err := range c.queues().Letters(c.Context(), topic, deadletter.Filter{}) {
		if err != nil {
			c.Fatal(err)
		}
		var headers []string
		for _, h := range l.Headers {
			headers = append(headers, h.Key)
		}
		out = append(out, fmt.Sprintf("%d %s %s %d %s", l.Partition, l.Key, l.Value, l.Time.UnixMilli(), strings.Join(headers, ",")+l.Context.Class))
	}
	return out
}

func (c *cluster) replay(topic string, what deadletter.Replay) deadletter.Replayed {
	c.Helper()
	r, err := c.queues().Replay(c.Context(), topic, what)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

func want(n int, keep func(i int) bool) (out []string) {
	for i := range n {
		if keep(i) {
			out = append(out, fmt.Sprintf("1 k%d v%d %d own", i, i, 1000+i))
		}
	}
	return out
}

func TestReplayOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("orders", 2)
	c.topic("dlq", 1)
	const n = 1300 // several transactions
	c.letters("dlq", n)

	put := deadletter.Filter{Stage: "TASK_PUT"}
	if r := c.replay("dlq", deadletter.Replay{Filter: put, DryRun: true}); r.Sent != 434 || r.To["orders"] != 434 {
		t.Errorf("dry run: %+v", r)
	}
	if got := c.read("orders"); len(got) > 0 {
		t.Fatalf("a dry run wrote %d records", len(got))
	}
	if r := c.replay("dlq", deadletter.Replay{Filter: put}); r.Sent != 434 || r.Before != 0 {
		t.Errorf("filtered: %+v", r)
	}
	if d := cmp.Diff(want(n, func(i int) bool { return i%3 == 0 }), c.read("orders")); d != "" {
		t.Fatal(d)
	}
	if r := c.replay("dlq", deadletter.Replay{}); r.Sent != n-434 || r.Before != 434 {
		t.Errorf("the rest: %+v", r)
	}
	if r := c.replay("dlq", deadletter.Replay{}); r.Sent != 0 || r.Before != n {
		t.Errorf("again: %+v", r)
	}
	got := c.read("orders")
	all := want(n, func(int) bool { return true })
	slices.Sort(got)
	slices.Sort(all)
	if d := cmp.Diff(all, got); d != "" {
		t.Error(d)
	}
}

// A topic that was deleted and created again has other letters.
func TestReplayOfARecreatedTopic(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("orders", 2)
	c.topic("dlq", 1)
	c.letters("dlq", 3)
	c.replay("dlq", deadletter.Replay{})
	if _, err := c.adm.DeleteTopic(t.Context(), "dlq"); err != nil {
		t.Fatal(err)
	}
	c.topic("dlq", 1)
	c.connect()
	c.letters("dlq", 2)
	if r := c.replay("dlq", deadletter.Replay{}); r.Sent != 2 || r.Before != 0 {
		t.Errorf("%+v", r)
	}
	if got := c.read("orders"); len(got) != 5 {
		t.Errorf("%d records, want 5: %v", len(got), got)
	}
}

// Of replays that run at once only one sends a letter; the others are fenced.
func TestReplaysAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("orders", 2)
	c.topic("dlq", 1)
	const n = 3000
	c.letters("dlq", n)
	done := make(chan error)
	for range 4 {
		q := c.queues()
		go func() {
			_, err := q.Replay(t.Context(), "dlq", deadletter.Replay{})
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Log(err)
		}
	}
	c.replay("dlq", deadletter.Replay{})
	if d := cmp.Diff(want(n, func(int) bool { return true }), c.read("orders")); d != "" {
		t.Error(d)
	}
}

func TestReplayElsewhere(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("dlq", 1)
	c.topic("retry", 1)
	c.letters("dlq", 2)
	c.send(&kgo.Record{Topic: "dlq", Value: []byte("no context")})
	r := c.replay("dlq", deadletter.Replay{})
	if d := cmp.Diff(map[string]int64{"there is no topic orders: create it, or name another with -to": 2,
		"no header says where the record was read: name a topic with -to": 1}, r.Refused); d != "" || r.Sent != 0 {
		t.Error(r.Sent, d)
	}
	no := fmt.Errorf("not this one")
	r = c.replay("dlq", deadletter.Replay{To: "retry", Accept: func(l *deadletter.Letter, _ string) error {
		if l.Context.Connector == "" {
			return no
		}
		return nil
	}})
	if r.Sent != 2 || r.Refused["not this one"] != 1 {
		t.Errorf("%+v", r)
	}
	if d := cmp.Diff([]string{"0 k0 v0 1000 own", "0 k1 v1 1001 own"}, c.read("retry")); d != "" {
		t.Error(d)
	}
	if _, err := c.queues().Replay(t.Context(), "dlq", deadletter.Replay{To: "dlq"}); err == nil {
		t.Error("a replay of a topic to itself was taken")
	}
}

// Letters of another cluster go home once, whatever was sent before on their own cluster; from then on they go nowhere else.
func TestReplayFromAnotherCluster(t *testing.T) {
	t.Parallel()
	home, far, third := newCluster(t), newCluster(t), newCluster(t)
	for _, c := range []*cluster{home, far, third} {
		c.topic("orders", 2)
	}
	far.topic("dlq", 1)
	const n = 1300
	far.letters("dlq", n)
	put := deadletter.Filter{Stage: "TASK_PUT"}
	if r := far.replay("dlq", deadletter.Replay{Filter: put}); r.Sent != 434 {
		t.Fatalf("on their own cluster: %+v", r)
	}
	if r := far.replay("dlq", deadletter.Replay{Home: home.queues(), DryRun: true}); r.Sent != n-434 || r.Before != 434 {
		t.Errorf("dry run: %+v", r)
	}
	if r := far.replay("dlq", deadletter.Replay{DryRun: true}); r.Sent != n-434 {
		t.Errorf("a dry run claimed the letters: %+v", r)
	}
	if r := far.replay("dlq", deadletter.Replay{Home: home.queues()}); r.Sent != n-434 || r.Before != 434 {
		t.Errorf("home: %+v", r)
	}
	if r := far.replay("dlq", deadletter.Replay{Home: home.queues()}); r.Sent != 0 || r.Before != n {
		t.Errorf("home again: %+v", r)
	}
	if d := cmp.Diff(want(n, func(i int) bool { return i%3 != 0 }), home.read("orders")); d != "" {
		t.Error(d)
	}
	for name, to := range map[string]*deadletter.Queues{"its own cluster": nil, "a third one": third.queues()} {
		if _, err := far.queues().Replay(t.Context(), "dlq", deadletter.Replay{Home: to}); err == nil || !strings.Contains(err.Error(), "are replayed to the cluster") {
			t.Errorf("to %s: %v", name, err)
		}
	}
	cuts, err := far.queues().PlanPurge(t.Context(), "dlq", deadletter.Purge{Before: -1, Replayed: true, Home: home.queues()})
	if d := cmp.Diff([]deadletter.Cut{{From: 0, To: n}}, cuts); err != nil || d != "" {
		t.Error(err, d)
	}
	if _, err := far.queues().PlanPurge(t.Context(), "dlq", deadletter.Purge{Before: -1, Replayed: true}); err == nil {
		t.Error("a purge of what was replayed that cannot know it")
	}
}

// Of replays to different clusters at once, one claims the letters: no letter is sent to two places.
func TestReplaysToSeveralClustersAtOnce(t *testing.T) {
	t.Parallel()
	home, far := newCluster(t), newCluster(t)
	home.topic("orders", 2)
	far.topic("orders", 2)
	far.topic("dlq", 1)
	const n = 3000
	far.letters("dlq", n)
	done := make(chan error)
	for i := range 4 {
		q, what := far.queues(), deadletter.Replay{}
		if i%2 == 0 {
			what.Home = home.queues()
		}
		go func() {
			_, err := q.Replay(t.Context(), "dlq", what)
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Log(err)
		}
	}
	if _, err := far.queues().Replay(t.Context(), "dlq", deadletter.Replay{Home: home.queues()}); err != nil {
		t.Error(err)
	}
	got := slices.Concat(home.read("orders"), far.read("orders"))
	all := want(n, func(int) bool { return true })
	slices.Sort(got)
	slices.Sort(all)
	if d := cmp.Diff(all, got); d != "" {
		t.Error(d)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("orders", 2)
	c.topic("dlq", 1)
	c.letters("dlq", 7)
	c.replay("dlq", deadletter.Replay{Filter: deadletter.Filter{Offsets: deadletter.Offsets{To: 4}}})
	q := c.queues()
	for _, s := range []struct {
		what deadletter.Purge
		want []deadletter.Cut
	}{
		{deadletter.Purge{Before: -1}, []deadletter.Cut{{From: 0, To: 7}}},
		{deadletter.Purge{Before: 3, Replayed: true}, []deadletter.Cut{{From: 0, To: 3}}},
		{deadletter.Purge{Before: 0}, nil},
		{deadletter.Purge{Before: -1, Replayed: true}, []deadletter.Cut{{From: 0, To: 4}}},
	} {
		got, err := q.PlanPurge(t.Context(), "dlq", s.what)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s.want, got); d != "" {
			t.Errorf("%+v: %s", s.what, d)
		}
	}
	if err := q.Purge(t.Context(), "dlq", []deadletter.Cut{{From: 0, To: 4}}); err != nil {
		t.Fatal(err)
	}
	var offsets []int64
	for l, err := range q.Letters(t.Context(), "dlq", deadletter.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		offsets = append(offsets, l.Offset)
	}
	if d := cmp.Diff([]int64{4, 5, 6}, offsets); d != "" {
		t.Error(d)
	}
}

func TestConnectorsAndGroups(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.topic("configs", 1)
	c.topic("dlq", 1)
	config := func(name, value string) {
		r := &kgo.Record{Topic: "configs", Key: []byte("connector-" + name)}
		if value != "" {
			r.Value = []byte(`{"properties":{` + value + `}}`)
		}
		c.send(r)
	}
	config("gcs", `"topics":"orders, lines","errors.deadletterqueue.topic.name":"dlq"`)
	config("s3", `"topics.regex":"ord.*","errors.deadletterqueue.topic.name":"gone"`)
	config("old", `"errors.deadletterqueue.topic.name":"older"`)
	config("old", "")
	c.letters("dlq", 5)
	q := c.queues()
	connectors, err := q.Connectors(t.Context(), "configs")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"dlq", "gone"}, connectors.Topics()); d != "" {
		t.Error(d)
	}
	if there, err := q.Existing(t.Context(), connectors.Topics()); err != nil || !slices.Equal(there, []string{"dlq"}) {
		t.Errorf("existing: %v, %v", there, err)
	}
	for _, r := range []struct {
		connector, topic string
		want             bool
	}{{"gcs", "lines", true}, {"gcs", "other", false}, {"s3", "orders", true}, {"s3", "my-orders", false}} {
		if got, err := connectors.Reads(r.connector, r.topic); err != nil || got != r.want {
			t.Errorf("%s reads %s: %v, %v", r.connector, r.topic, got, err)
		}
	}
	if _, err := connectors.Reads("old", "x"); err == nil {
		t.Error("a deleted connector is there")
	}
	var groups deadletter.Groups
	for l, err := range q.Letters(t.Context(), "dlq", deadletter.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		groups.Add(&l)
	}
	ms := func(n int64) time.Time { return time.UnixMilli(n) }
	d := cmp.Diff([]deadletter.Group{
		{Topic: "dlq", Connector: "gcs", Stage: "VALUE_CONVERTER", Class: "a.DataException", Message: "Unknown magic byte!", Count: 3, First: ms(1001), Last: ms(1004),
			Samples: []deadletter.Place{{Offset: 1, Origin: "orders/1 at offset 1"}, {Offset: 2, Origin: "orders/1 at offset 2"}, {Offset: 4, Origin: "orders/1 at offset 4"}}},
		{Topic: "dlq", Connector: "gcs", Stage: "TASK_PUT", Class: "a.DataException", Message: "refused", Count: 2, First: ms(1000), Last: ms(1003),
			Samples: []deadletter.Place{{Offset: 0, Origin: "orders/1 at offset 0"}, {Offset: 3, Origin: "orders/1 at offset 3"}}},
	}, groups.Sorted())
	if d != "" {
		t.Error(d)
	}
}
