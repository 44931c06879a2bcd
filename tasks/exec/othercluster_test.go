package exec_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// elsewhere starts a second cluster, and returns the keys that send dead letters there.
func (w *world) elsewhere() (*world, []string) {
	w.t.Helper()
	other := startWorld(w.t, "")
	return other, []string{"mayfly.errors.deadletterqueue.bootstrap.servers", other.addr}
}

func TestDeadLettersElsewhere(t *testing.T) {
	w := newWorld(t)
	other, keys := w.elsewhere()
	w.sendKeyed("0", "bad1", "2", "bad3")
	l := w.lease(0, 4, withDLQ(keys...)...)
	l.PlanTime = 1000
	first := w.run(l)
	w.done(first, 4)
	w.same("dead letters", []string{"bad1", "bad3"}, other.values("dlq"))
	if len(w.results()) != 1 || len(other.results()) != 0 {
		t.Errorf("%d results here, %d there", len(w.results()), len(other.results()))
	}
	// The result was lost: the slice is granted again, to another executor, which finds the letters there.
	w.runner = w.newRunner()
	l.Attempt, l.Epoch, l.ID = 2, 9, "again"
	second := w.run(l)
	want := first
	want.Attempt, want.Epoch, want.Lease, want.DurationMs = 2, 9, "again", second.DurationMs
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("not adopted (-want +got):\n%s", diff)
	}
	w.same("dead letters", []string{"bad1", "bad3"}, other.values("dlq"))
	if len(w.results()) != 2 {
		t.Errorf("%d results", len(w.results()))
	}
	// The next slice, and after it a zombie of the first.
	w.sendKeyed("bad4")
	next := w.lease(4, 5, withDLQ(keys...)...)
	next.PlanTime, next.Epoch = 2000, 10
	w.done(w.run(next), 5)
	if f := w.run(l).Failure; f == nil || f.Kind != "stale" {
		t.Errorf("the zombie's failure %+v", f)
	}
	w.same("dead letters", []string{"bad1", "bad3", "bad4"}, other.values("dlq"))
	// The same slice, planned anew: the offsets were reset.
	l.Attempt, l.Epoch, l.PlanTime = 1, 11, 3000
	w.done(w.run(l), 5)
	w.same("dead letters", []string{"bad1", "bad3", "bad4", "bad1", "bad3"}, other.values("dlq"))
	if _, err := w.adm.ListTopics(t.Context(), "dlq"); err != nil {
		t.Fatal(err)
	} else if topics, _ := w.adm.ListTopics(t.Context()); topics.Has("dlq") || topics.Has("mayfly-dlq-marks") {
		t.Error("the topics of dead letters are on this cluster, too")
	}
}

// Nothing is read while the cluster of the dead letters is away, and nothing moves when it goes away later.
func TestDeadLettersElsewhereAway(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("bad0")
	l := w.lease(0, 1, withDLQ("mayfly.errors.deadletterqueue.bootstrap.servers", "127.0.0.1:1")...)
	l.TTL = 1500
	if f := w.run(l).Failure; f == nil || f.Kind != "retriable" {
		t.Errorf("failure %+v", f)
	}
	l.Config["mayfly.errors.deadletterqueue.security.protocol"] = "nonsense"
	if f := w.run(l).Failure; f == nil || f.Kind != "fatal" || !strings.Contains(f.Message, "mayfly.errors.deadletterqueue.security.protocol") {
		t.Errorf("failure %+v", f)
	}
}

// A source's letters are sent before the records and the position around them. An attempt that dies in between leaves them
// for the next, which does not send them again.
func TestSourceDeadLettersElsewhere(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	other, keys := w.elsewhere()
	lane := sha256.Sum256([]byte(`{"hand":1}`))
	w.runner = w.handRunner(func(_ context.Context, n int64) error {
		if n == 1 { // A newer attempt fences this one here, but has not come to the other cluster.
			newer := w.client(kgo.TransactionalID("mayfly-source-g-c-" + hex.EncodeToString(lane[:8])))
			_, _, err := newer.ProducerID(t.Context())
			return err
		}
		return nil
	})
	lease := func(since tasks.Position) tasks.Lease {
		l := w.handLease(since, `{"n":3}`)
		for k, v := range map[string]string{"errors.tolerance": "all", "value.converter": "org.apache.kafka.connect.converters.IntegerConverter",
			"mayfly.errors.deadletterqueue.topic.name": "letters", "mayfly.errors.deadletterqueue.topic.replication.factor": "1", keys[0]: keys[1]} {
			l.Config[k] = v
		}
		return l
	}
	if res := w.run(lease("")); res.SourcePosition != `{"n":1}` || res.Failure == nil {
		t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
	w.same("dead letters", []string{"1", "2"}, other.values("letters"))
	w.same("positions", []string{`{"n":1}`}, w.committedAt(lease("")))
	w.runner = w.handRunner(nil)
	if res := w.run(lease(`{"n":1}`)); res.SourcePosition != `{"n":3}` || res.Failure != nil || res.Counts.DeadLetters != 2 {
		t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
	w.same("dead letters", []string{"1", "2", "3"}, other.values("letters"))
	w.same("positions", []string{`{"n":1}`, `{"n":2}`, `{"n":3}`}, w.committedAt(lease("")))
}

// An attempt that slept since before its first letter comes too late: it fences nobody's letters and sends none.
func TestZombieSourceSendsNoLettersElsewhere(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	other, keys := w.elsewhere()
	lease := func(since tasks.Position) tasks.Lease {
		l := w.handLease(since, `{"n":2}`)
		for k, v := range map[string]string{"errors.tolerance": "all", "value.converter": "org.apache.kafka.connect.converters.IntegerConverter",
			"mayfly.errors.deadletterqueue.topic.name": "letters", "mayfly.errors.deadletterqueue.topic.replication.factor": "1", keys[0]: keys[1]} {
			l.Config[k] = v
		}
		return l
	}
	reached, wake := make(chan struct{}), make(chan struct{})
	zombie := w.handRunner(func(context.Context, int64) error {
		close(reached)
		<-wake
		return nil
	})
	late := make(chan tasks.Result, 1)
	go func() { late <- zombie.Run(t.Context(), lease("")) }()
	<-reached
	w.runner = w.handRunner(nil)
	if res := w.run(lease("")); res.Failure != nil {
		t.Fatalf("failure %+v", res.Failure)
	}
	close(wake)
	if f := (<-late).Failure; f == nil || f.Kind != "stale" {
		t.Errorf("failure %+v", f)
	}
	w.same("dead letters", []string{"1", "2"}, other.values("letters"))
}

// refusing is a converter that has no registry to ask.
type refusing struct{ tasks.Converter }

func (refusing) FromConnect(context.Context, []byte, string, *tasks.Schema, tasks.Value) ([]byte, error) {
	return nil, tasks.Retriable(fmt.Errorf("the registry is down"))
}

// What may pass later is retried for errors.retry.timeout; then it is a failure like others, as in Connect.
func TestSourceOutage(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	factory := convert.Factory{Class: "test.Refusing", New: func(map[string]string, bool) (tasks.Converter, error) { return refusing{}, nil }}
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sources: []tasks.SourcePlugin{file.Plugin()}}, Converters: []convert.Factory{factory},
		Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.runner.Close)
	l := w.sourceLease("")
	for k, v := range map[string]string{"errors.retry.timeout": "50", "errors.retry.delay.max.ms": "5", "value.converter": "test.Refusing",
		"mayfly.errors.deadletterqueue.topic.name": "letters", "mayfly.errors.deadletterqueue.topic.replication.factor": "1"} {
		l.Config[k] = v
	}
	res := w.run(l)
	if f := res.Failure; f == nil || f.Kind != "bad record" || f.Stage != "VALUE_CONVERTER" || !strings.Contains(f.Trace, "the registry is down") ||
		res.SourcePosition != "" || res.Counts.Records != 0 {
		t.Errorf("result %+v, failure %+v", res, f)
	}
	w.same("dead letters", nil, w.values("letters"))
	w.same("positions", nil, w.committedAt(l))

	l.Config["errors.tolerance"], l.Config["errors.retry.timeout"] = "all", "5"
	if res := w.run(l); res.Outcome != tasks.Done || res.Counts.DeadLetters != 3 {
		t.Errorf("result %+v, failure %+v", res, res.Failure)
	}
	w.same("dead letters", []string{"a", "b", "c"}, w.values("letters"))
}

// Two clusters with a group, connector and topic of the same names share the cluster of their dead letters: neither takes the
// other's leases for its own.
func TestTwoClustersWithLettersInOne(t *testing.T) {
	w := newWorld(t)
	second := startWorld(t, "")
	second.create("in", 1)
	other, keys := w.elsewhere()
	for i, home := range []*world{w, second, w} {
		home.sendKeyed("bad" + fmt.Sprint(i))
		at := home.end("in")
		l := home.lease(at-1, at, withDLQ(keys...)...)
		n := []int64{100, 50, 101}[i] // that of the second cluster is far behind
		l.PlanTime, l.Epoch = n, n
		home.done(home.run(l), at)
	}
	w.same("dead letters", []string{"bad0", "bad1", "bad2"}, other.values("dlq"))
}
