package exec_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// tolerant is the configuration of a connector whose keys are JSON: keys that are not are bad records.
func tolerant(more ...string) []string {
	return append([]string{"key.converter", jsonConverter, "key.converter.schemas.enable", "false", "errors.tolerance", "all"}, more...)
}

func withDLQ(more ...string) []string {
	return tolerant(append([]string{"errors.deadletterqueue.topic.name", "dlq", "errors.deadletterqueue.topic.replication.factor", "1"}, more...)...)
}

// sendKeyed writes values whose key is JSON, or is not when the value begins with "bad".
func (w *world) sendKeyed(values ...string) {
	w.t.Helper()
	for _, v := range values {
		key := `1`
		if v[0] == 'b' {
			key = "{"
		}
		must(w.t, w.cl.ProduceSync(w.t.Context(), &kgo.Record{Topic: "in", Key: []byte(key), Value: []byte(v),
			Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}).FirstErr())
	}
}

func TestBadRecordEndsTheLease(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("0", "1", "bad2", "3")
	res := w.run(w.lease(0, 4, tolerant("errors.tolerance", "none")...))
	f := res.Failure
	if res.Outcome != tasks.Failed || res.Position != 2 || res.ReadTo != 2 || f == nil || f.Kind != "bad record" || f.Offset != 2 ||
		f.Stage != "KEY_CONVERTER" || f.Class != tasks.ConnectException {
		t.Fatalf("result %+v, failure %+v", res, f)
	}
	w.delivered("0", "1")
	if len(w.results()) != 1 {
		t.Errorf("%d results", len(w.results()))
	}
}

func TestBadRecordsAreTolerated(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("bad0", "1", "bad2", "3", "bad4")
	w.dest.refuse["3"] = true
	res := w.run(w.lease(0, 5, tolerant()...))
	w.done(res, 5)
	w.delivered("1")
	if res.Counts.Tolerated != 4 || res.Counts.Delivered != 1 || res.Counts.DeadLetters != 0 {
		t.Errorf("counts %+v", res.Counts)
	}
}

func TestRefusedRecordEndsTheLease(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("0", "1", "2")
	w.dest.refuse["1"] = true
	res := w.run(w.lease(0, 3))
	if f := res.Failure; res.Position != 1 || f == nil || f.Kind != "bad record" || f.Offset != 1 || f.Stage != "TASK_PUT" {
		t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
	w.delivered("0")
}

func headers(r *kgo.Record) map[string]string {
	m := map[string]string{}
	for _, h := range r.Headers {
		m[h.Key] = string(h.Value)
	}
	return m
}

func TestDeadLetters(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("0", "bad1", "2", "bad3")
	w.dest.refuse["2"] = true
	res := w.run(w.lease(0, 4, withDLQ("errors.deadletterqueue.context.headers.enable", "true")...))
	w.done(res, 4)
	if res.Counts.DeadLetters != 3 || res.Counts.Delivered != 1 {
		t.Errorf("counts %+v", res.Counts)
	}
	letters := w.read("dlq")
	if diff := cmp.Diff([]string{"bad1", "2", "bad3"}, w.values("dlq")); diff != "" {
		t.Fatal(diff)
	}
	got := headers(letters[0])
	for k, v := range map[string]string{"h": "v", "__connect.errors.topic": "in", "__connect.errors.partition": "0", "__connect.errors.offset": "1",
		"__connect.errors.connector.name": "c", "__connect.errors.task.id": "0", "__connect.errors.stage": "KEY_CONVERTER",
		"__connect.errors.class.name": jsonConverter, "__connect.errors.exception.class.name": tasks.DataExceptionClass} {
		if got[k] != v {
			t.Errorf("header %s = %q, want %q", k, got[k], v)
		}
	}
	if len(got) != 11 || got["__connect.errors.exception.message"] == "" || got["__connect.errors.exception.stacktrace"] == "" {
		t.Errorf("headers %v", got)
	}
	if string(letters[0].Key) != "{" || letters[0].Timestamp.IsZero() {
		t.Errorf("letter %+v", letters[0])
	}
	if got := headers(letters[1]); got["__connect.errors.stage"] != "TASK_PUT" || got["__connect.errors.class.name"] != "org.apache.kafka.connect.sink.SinkTask" {
		t.Errorf("headers %v", got)
	}
	if len(w.results()) != 1 {
		t.Errorf("%d results, want the one of the transaction", len(w.results()))
	}
}

func TestDeadLettersAreWrittenOnce(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("0", "bad1", "2", "bad3", "4")
	w.dest.perFile = 2
	l := w.lease(0, 5, withDLQ()...)
	l.Slice.CloseTail = false
	first := w.run(l)
	w.done(first, 3)
	if diff := cmp.Diff([]string{"bad1"}, w.values("dlq")); diff != "" {
		t.Fatal("dead letters behind the position, too: ", diff)
	}
	// Another lane's transaction stays open before the second run: what lies behind it must be found all the same.
	hang := w.client(kgo.TransactionalID("other"))
	must(t, hang.BeginTransaction())
	must(t, hang.ProduceSync(t.Context(), &kgo.Record{Topic: "results", Value: []byte("{}")}).FirstErr())

	w.runner = w.newRunner()
	l.Attempt, l.Epoch, l.ID = 2, 9, "again"
	second := w.run(l)
	want := first
	want.Attempt, want.Epoch, want.Lease, want.DurationMs = 2, 9, "again", second.DurationMs
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("not adopted (-want +got):\n%s", diff)
	}
	must(t, hang.EndTransaction(t.Context(), kgo.TryAbort))
	if diff := cmp.Diff([]string{"bad1"}, w.values("dlq")); diff != "" {
		t.Error(diff)
	}
	if len(w.results()) != 2 {
		t.Errorf("%d results", len(w.results()))
	}
	// The next slice goes on behind the position.
	l = w.lease(3, 5, withDLQ()...)
	w.done(w.run(l), 5)
	if diff := cmp.Diff([]string{"bad1", "bad3"}, w.values("dlq")); diff != "" {
		t.Error(diff)
	}
}

// A dead letter keeps the record's timestamp, however old it is.
func TestDeadLetterOfAnOldRecord(t *testing.T) {
	w := newWorld(t)
	old := time.UnixMilli(1500000000000)
	must(t, w.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("{"), Value: []byte("bad"), Timestamp: old}).FirstErr())
	w.done(w.run(w.lease(0, 1, withDLQ()...)), 1)
	letters := w.read("dlq")
	if len(letters) != 1 || !letters[0].Timestamp.Equal(old) {
		t.Errorf("dead letters %+v", letters)
	}
}

// The dead letter of the record that ends the lease is written once, too, however many attempts the slice takes.
func TestDeadLetterOfTheLastRecordIsWrittenOnce(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("0", "bad1", "2")
	l := w.lease(0, 3, withDLQ("errors.tolerance", "none")...)
	first := w.run(l)
	w.runner = w.newRunner()
	l.Attempt, l.Epoch, l.ID = 2, 9, "again"
	second := w.run(l)
	if f := second.Failure; f == nil || f.Kind != "bad record" || second.Position != 1 || second.Epoch != 9 || first.Position != 1 {
		t.Errorf("first %+v, second %+v, failure %+v", first, second, f)
	}
	w.same("dead letters", []string{"bad1"}, w.values("dlq"))
	// A user who restarts the task makes it a new grant, which tries again, as in Connect.
	l.Attempt, l.Epoch, l.ResultsFrom = 1, 10, w.end("results")
	w.run(l)
	w.same("dead letters after a restart", []string{"bad1", "bad1"}, w.values("dlq"))
}

// Someone made the result topic himself, with more than one partition.
func TestEarlierResultInAnyPartition(t *testing.T) {
	w := newWorld(t)
	w.create("many", 5)
	w.sendKeyed("bad0")
	l := w.lease(0, 1, withDLQ()...)
	l.ResultTopic = "many"
	w.done(w.run(l), 1)
	w.done(w.run(l), 1)
	w.same("dead letters", []string{"bad0"}, w.values("dlq"))
}

func TestEarlierResultBehindAnOpenTransaction(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("bad0")
	hang := w.client(kgo.TransactionalID("other"))
	must(t, hang.BeginTransaction())
	must(t, hang.ProduceSync(t.Context(), &kgo.Record{Topic: "results", Value: []byte("{}")}).FirstErr())
	w.done(w.run(w.lease(0, 1, withDLQ()...)), 1)
	w.done(w.run(w.lease(0, 1, withDLQ()...)), 1)
	must(t, hang.EndTransaction(t.Context(), kgo.TryAbort))
	if diff := cmp.Diff([]string{"bad0"}, w.values("dlq")); diff != "" {
		t.Error(diff)
	}
}

func TestDeadLetterTopicCannotBeCreated(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("bad0")
	res := w.run(w.lease(0, 1, withDLQ("errors.deadletterqueue.topic.replication.factor", "3")...))
	if f := res.Failure; res.Position != 0 || f == nil || f.Kind != "fatal" || res.Counts.Records != 0 {
		t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
}

// flaky is a converter that fails until it was asked often enough.
type flaky struct {
	asked *atomic.Int64
	fails int64
}

func (f *flaky) ToConnect(_ context.Context, _ *tasks.Arena, _ string, _ []tasks.RawHeader, b []byte) (*tasks.Schema, tasks.Value, error) {
	if f.asked.Add(1) <= f.fails {
		return nil, tasks.Value{}, tasks.Retriable(fmt.Errorf("the registry is down"))
	}
	return nil, tasks.NewString(string(b)), nil
}

func (f *flaky) FromConnect(context.Context, []byte, string, *tasks.Schema, tasks.Value) ([]byte, error) {
	return binary.AppendVarint(nil, 0), nil
}

func flakyFactory(fails int64) (convert.Factory, *atomic.Int64) {
	f := &flaky{asked: &atomic.Int64{}, fails: fails}
	return convert.Factory{Class: "test.FlakyConverter", New: func(map[string]string, bool) (tasks.Converter, error) { return f, nil }}, f.asked
}

func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name, timeout, tolerance, kind string
		fails, asked, position         int64
	}{
		{"passes", "60000", "none", "", 2, 3, 1},
		{"for ever", "-1", "none", "", 3, 4, 1},
		{"no retry", "0", "none", "bad record", 1, 1, 0},
		{"no retry, tolerated", "0", "all", "", 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.send("in", "0")
			factory, asked := flakyFactory(c.fails)
			w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin()}}, Converters: []convert.Factory{factory},
				Log: slog.New(slog.DiscardHandler)})
			t.Cleanup(w.runner.Close)
			res := w.run(w.lease(0, 1, "value.converter", "test.FlakyConverter", "errors.retry.timeout", c.timeout,
				"errors.retry.delay.max.ms", "5", "errors.tolerance", c.tolerance))
			kind := ""
			if res.Failure != nil {
				kind = res.Failure.Kind
			}
			if kind != c.kind || asked.Load() != c.asked || res.Position != c.position {
				t.Errorf("asked %d times, failure %+v, position %d", asked.Load(), res.Failure, res.Position)
			}
		})
	}
}

func TestRetryEndsWithItsTimeout(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0")
	factory, asked := flakyFactory(1 << 40)
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin()}}, Converters: []convert.Factory{factory},
		Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.runner.Close)
	res := w.run(w.lease(0, 1, "value.converter", "test.FlakyConverter", "errors.retry.timeout", "50", "errors.retry.delay.max.ms", "5"))
	if res.Failure == nil || res.Failure.Kind != "bad record" || res.Failure.Stage != "VALUE_CONVERTER" || asked.Load() < 2 {
		t.Errorf("asked %d times, failure %+v", asked.Load(), res.Failure)
	}
}

// A timeout longer than a lease's time goes on with the next attempt, from the first failure.
func TestRetryOutlastsALease(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0")
	factory, _ := flakyFactory(1 << 40)
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin()}}, Converters: []convert.Factory{factory},
		Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.runner.Close)
	l := w.lease(0, 1, "value.converter", "test.FlakyConverter", "errors.retry.timeout", "60000", "errors.retry.delay.max.ms", "5", "errors.tolerance", "all")
	l.TTL = 500
	begun := time.Now().UnixMilli()
	f := w.run(l).Failure
	if f == nil || f.Kind != "retriable" || f.Stage != "VALUE_CONVERTER" || f.Since < begun || f.Since > begun+400 {
		t.Fatalf("failure %+v, begun at %d", f, begun)
	}
	l.FailingSince, l.Attempt = f.Since, 2
	if again := w.run(l).Failure; again == nil || again.Since != f.Since {
		t.Fatalf("failure %+v, first %+v", again, f)
	}
	l.FailingSince -= 60000
	if res := w.run(l); res.Outcome != tasks.Done || res.Counts.Tolerated != 1 || res.Position != 1 {
		t.Errorf("result %+v, failure %+v", res, res.Failure)
	}
}

// A bad record must not hide that what comes before it could not be delivered.
func TestDestinationFailsBeforeABadRecord(t *testing.T) {
	w := newWorld(t)
	must(t, w.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("1"), Value: []byte("0")},
		&kgo.Record{Topic: "in", Key: []byte("{"), Value: []byte("bad1")}).FirstErr())
	w.dest.put = func(context.Context, int64) error { return tasks.Retriable(errors.New("no space")) }
	res := w.run(w.lease(0, 2, tolerant("errors.tolerance", "none")...))
	if f := res.Failure; res.Position != 0 || f == nil || f.Kind != "retriable" {
		t.Fatalf("result %+v, failure %+v", res, f)
	}
}

func TestDeadline(t *testing.T) {
	w := newWorld(t)
	w.dest.perFile = 2
	w.send("in", "0", "1", "2", "3")
	w.dest.put = func(ctx context.Context, offset int64) error {
		if offset < 3 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	l := w.lease(0, 4)
	l.TTL = 2000
	res := w.run(l)
	f := res.Failure
	if res.Position != 2 || res.Counts.Delivered != 2 || f == nil || f.Kind != "retriable" || !strings.Contains(f.Message, "the lease's time is over") {
		t.Fatalf("result %+v, failure %+v", res, f)
	}
	w.delivered("0", "1")
	if len(w.results()) != 1 {
		t.Errorf("%d results", len(w.results()))
	}
}

// A destination that is only slow: the deadline comes between two batches, and the result is a good one.
func TestDeadlineBetweenBatches(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0", "1", "2")
	w.dest.put = func(ctx context.Context, offset int64) error {
		if offset == 2 {
			<-ctx.Done()
		}
		return nil
	}
	must(t, w.cl.ProduceSync(t.Context(), in(make([]string, 3000)...)...).FirstErr())
	l := w.lease(0, 3003)
	l.TTL = 2000
	res := w.run(l)
	if res.Outcome != tasks.Done || res.Position < 3 || res.Position >= 3003 || res.Position != res.ReadTo {
		t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
}

func TestUnknownTopic(t *testing.T) {
	w := newWorld(t)
	l := w.lease(0, 1)
	l.TTL, l.Slice.Stream.Topic = 1500, "none"
	res := w.run(l)
	if f := res.Failure; f == nil || f.Kind != "retriable" || !strings.Contains(f.Message, "none/0") || !strings.Contains(f.Message, "UNKNOWN_TOPIC") {
		t.Fatalf("result %+v, failure %+v", res, f)
	}
}

func TestUnknownPartition(t *testing.T) {
	w := newWorld(t)
	l := w.lease(0, 1)
	l.Slice.Stream.Partition = 7
	if f := w.run(l).Failure; f == nil || f.Kind != "fatal" || f.Message != "topic in has no partition 7" {
		t.Fatalf("failure %+v", f)
	}
}

func TestBrokerDown(t *testing.T) {
	w := newWorld(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l := w.lease(0, 1)
	l.TTL, l.Bootstrap = 2000, []string{listener.Addr().String()}
	must(t, listener.Close())
	start := time.Now()
	res := w.run(l)
	f := res.Failure
	if f == nil || f.Kind != "retriable" || !strings.Contains(f.Message, l.Bootstrap[0]) {
		t.Errorf("failure %+v", f)
	}
	if d := time.Since(start); d > 8*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestConfigurationByTopicAndOffset(t *testing.T) {
	w := newWorld(t)
	w.create("configs", 1)
	w.send("in", "0")
	w.send("configs", `{"properties":{"connector.class":"none"}}`,
		`{"properties":{"connector.class":"test.MemorySink","key.converter":"`+stringConverter+`","value.converter":"`+stringConverter+`"}}`, "?")
	l := w.lease(0, 1)
	l.Config, l.ConfigTopic, l.ConfigVersion = nil, "configs", 1
	w.done(w.run(l), 1)
	w.delivered("0")
	l.ConfigVersion = 2
	if f := w.run(l).Failure; f == nil || f.Kind != "fatal" || !strings.Contains(f.Message, "offset 2 of configs") {
		t.Errorf("failure %+v", f)
	}
	w.deleteTo("configs", 2) // as compaction does
	l.ConfigVersion = 1
	if f := w.run(l).Failure; f == nil || f.Kind != "stale" || !strings.Contains(f.Message, "has been replaced") {
		t.Errorf("failure %+v", f)
	}
}

// An executor died in the middle of its dead letters' transaction: the next run ends it, and writes them itself.
func TestDeadLettersAfterADeath(t *testing.T) {
	w := newWorld(t)
	w.create("dlq", 1)
	w.sendKeyed("bad0")
	l := w.lease(0, 1, withDLQ()...)
	earlier := tasks.NewResult(&l)
	earlier.Position, earlier.Counts = 1, tasks.Counts{Records: 1, DeadLetters: 1}
	value, err := json.Marshal(earlier)
	must(t, err)
	lane := sha256.Sum256([]byte("in/0"))
	died := w.client(kgo.TransactionalID("mayfly-dlq-g-c-" + hex.EncodeToString(lane[:8])))
	must(t, died.BeginTransaction())
	must(t, died.ProduceSync(t.Context(), &kgo.Record{Topic: "dlq", Value: []byte("of the dead")}, &kgo.Record{Topic: "results", Value: value}).FirstErr())

	res := w.run(l)
	w.done(res, 1)
	if res.Executor != "test" || res.Counts.Bytes == 0 {
		t.Errorf("an aborted result was adopted: %+v", res)
	}
	if diff := cmp.Diff([]string{"bad0"}, w.values("dlq")); diff != "" {
		t.Error(diff)
	}
	if err := died.EndTransaction(t.Context(), kgo.TryCommit); err == nil {
		t.Error("the dead executor's transaction was committed")
	}
	if len(w.results()) != 1 {
		t.Errorf("%d results", len(w.results()))
	}
}

// Dead letters and results of other connectors and slices are not this lease's.
func TestOtherResultsAreNotAdopted(t *testing.T) {
	w := newWorld(t)
	w.sendKeyed("bad0", "1")
	l := w.lease(0, 2, withDLQ()...)
	for i := range 5 {
		o := tasks.NewResult(&l)
		o.Position, o.Counts.DeadLetters = 2, 1
		switch i {
		case 0:
			o.Connector = "d"
		case 1:
			o.Slice.To = 1
		case 2:
			o.Progress = true
		case 3:
			o.Counts.DeadLetters = 0
		}
		value, err := json.Marshal(o)
		must(t, err)
		if i == 4 {
			value = []byte("?")
		}
		w.send("results", string(value))
	}
	w.done(w.run(l), 2)
	if got := len(w.read("dlq")); got != 1 {
		t.Errorf("%d dead letters", got)
	}
}
