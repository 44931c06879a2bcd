package exec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/tasks"
)

func (w *world) delivered(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.dest.values); diff != "" {
		w.t.Errorf("delivered (-want +got):\n%s", diff)
	}
}

func TestExactSlice(t *testing.T) {
	w := newWorld(t)
	must(t, w.cl.ProduceSync(t.Context(), in("0", "1", "2", "3", "4", "5", "6")...).FirstErr())
	res := w.run(w.lease(2, 5))
	w.done(res, 5)
	w.delivered("2", "3", "4")
	if res.Counts.Records != 3 || res.ReadTo != 5 || res.Counts.Bytes != 9 {
		t.Errorf("result %+v", res)
	}
	if diff := cmp.Diff([]any{res}, []any{w.results()[0]}); diff != "" {
		t.Errorf("reported (-returned +reported):\n%s", diff)
	}
}

func TestMarkersAndAbortedRecords(t *testing.T) {
	w := newWorld(t)
	w.sendTxn(kgo.TryCommit, "a", in("0", "1")...) // marker at 2
	w.sendTxn(kgo.TryAbort, "b", in("x", "y")...)  // 3, 4, marker at 5
	w.sendTxn(kgo.TryCommit, "a", in("6")...)      // marker at 7
	w.send("in", "8")
	if end := w.end("in"); end != 9 {
		t.Fatalf("the log ends at %d", end)
	}
	for _, c := range []struct {
		from, to int64
		want     []string
	}{{0, 9, []string{"0", "1", "6", "8"}}, {0, 3, []string{"0", "1"}}, {2, 3, nil}, {2, 6, nil}, {3, 5, nil}, {4, 8, []string{"6"}}, {7, 9, []string{"8"}}} {
		w.dest.values, w.dest.position = nil, 0
		w.done(w.run(w.lease(c.from, c.to)), c.to)
		w.delivered(c.want...)
	}
}

func TestReadUncommittedDeliversAbortedRecords(t *testing.T) {
	w := newWorld(t)
	w.sendTxn(kgo.TryAbort, "b", in("x")...)
	w.done(w.run(w.lease(0, 2, "consumer.override.isolation.level", "read_uncommitted")), 2)
	w.delivered("x")
}

func TestDeletedRecords(t *testing.T) {
	for _, c := range []struct {
		name             string
		start            int64
		expired, records int64
	}{{"start", 4, 2, 4}, {"whole slice", 8, 6, 0}, {"beyond the slice", 9, 6, 0}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.send("in", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
			w.deleteTo("in", c.start)
			res := w.run(w.lease(2, 8))
			w.done(res, 8)
			if res.Counts.Expired != c.expired || res.Counts.Records != c.records {
				t.Errorf("counts %+v", res.Counts)
			}
		})
	}
}

// A slice of a topic that was deleted and created again since is not run on the new one.
func TestTopicCreatedAgain(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0", "1")
	id := func() tasks.TopicID {
		topics, err := w.adm.ListTopics(t.Context(), "in")
		must(t, err)
		return tasks.NewTopicID(topics["in"].ID)
	}
	l := w.lease(0, 2)
	l.Slice.TopicID = id()
	w.done(w.run(l), 2)
	_, err := w.adm.DeleteTopic(t.Context(), "in")
	must(t, err)
	w.create("in", 1)
	w.cl = w.client() // the old one knows the former topic
	w.adm = kadm.NewClient(w.cl)
	w.send("in", "new 0", "new 1")
	w.dest.position = 0
	res := w.run(l)
	if f := res.Failure; f == nil || f.Kind != "stale" || res.Position != 0 || !strings.Contains(f.Message, "in/0") || !strings.Contains(f.Message, "created again") {
		t.Errorf("result %+v, failure %+v", res, f)
	}
	l.Slice.TopicID = id()
	w.done(w.run(l), 2)
	w.delivered("0", "1", "new 0", "new 1")
}

func TestSliceBeyondTheEndEnds(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0", "1")
	res := w.run(w.lease(0, 100))
	w.done(res, 2)
	w.delivered("0", "1")
	res = w.run(w.lease(2, 100))
	w.done(res, 2)
	// A log that ends before the slice begins has lost what was promised.
	res = w.run(w.lease(50, 100))
	if res.Failure == nil || res.Failure.Kind != "fatal" {
		t.Errorf("result %+v", res)
	}
}

func TestTailStaysInTheLog(t *testing.T) {
	w := newWorld(t)
	w.dest.perFile = 3
	w.send("in", "0", "1", "2", "3", "4")
	l := w.lease(0, 5)
	l.Slice.CloseTail = false
	res := w.run(l)
	w.done(res, 3)
	if res.ReadTo != 5 || res.Counts.Tail != 2 || res.Counts.TailFiled != 2 || res.Counts.Delivered != 3 {
		t.Errorf("result %+v", res)
	}
}

func TestManyBatches(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprint(i))
	}
	must(t, w.cl.ProduceSync(t.Context(), in(want...)...).FirstErr())
	w.done(w.run(w.lease(0, 5000)), 5000)
	w.delivered(want...)
}

func TestFileSink(t *testing.T) {
	w := newWorld(t)
	w.send("in", "a", "b", "c")
	path := filepath.Join(t.TempDir(), "out")
	l := w.lease(0, 3, "connector.class", "FileStreamSink", "file", path)
	w.done(w.run(l), 3)
	w.done(w.run(l), 3)
	b, err := os.ReadFile(path)
	must(t, err)
	if string(b) != "a\nb\nc\n" {
		t.Errorf("file %q", b)
	}
}

// Compaction leaves gaps: offsets without records, also where a slice begins and ends.
func TestCompactedGaps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := broker.Start(broker.Config{Dir: dir})
	must(t, err)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(t, err)
	compact := "compact"
	_, err = kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, map[string]*string{"cleanup.policy": &compact}, "in")
	must(t, err)
	pad := strings.Repeat(".", 60<<10)
	for i := range 40 {
		must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("a"), Value: []byte(fmt.Sprint(i, pad))},
			&kgo.Record{Topic: "in", Key: fmt.Append(nil, i/20), Value: fmt.Append(nil, i)}).FirstErr())
	}
	must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("last"), Value: []byte("last")}).FirstErr())
	cl.Close()
	must(t, b.Close())

	w := startWorld(t, dir)
	if n := len(w.read("in")); n != 4 {
		t.Fatalf("compaction left %d records", n)
	}
	for _, c := range []struct {
		from, to int64
		want     []string
	}{{0, 81, []string{"19", "39" + pad, "39", "last"}}, {3, 60, []string{"19"}}, {3, 20, nil}, {45, 60, nil}, {39, 40, []string{"19"}}} {
		w.dest.values, w.dest.position = nil, 0
		res := w.run(w.lease(c.from, c.to))
		w.done(res, c.to)
		if res.Counts.Expired != 0 && c.from >= 39 {
			t.Errorf("counts %+v", res.Counts)
		}
		w.delivered(c.want...)
	}
}

func TestFilteredRecordsCount(t *testing.T) {
	w := newWorld(t)
	w.send("in", "0")
	must(t, w.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("k")}).FirstErr())
	w.send("in", "2")
	must(t, w.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: []byte("k")}).FirstErr())
	res := w.run(w.lease(0, 4, "transforms", "f", "transforms.f.type", "org.apache.kafka.connect.transforms.Filter", "transforms.f.predicate", "p",
		"predicates", "p", "predicates.p.type", "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"))
	w.done(res, 4)
	w.delivered("0", "2")
	if res.Counts.Filtered != 2 || res.Counts.Delivered != 2 {
		t.Errorf("counts %+v", res.Counts)
	}
}

func TestConfigurationMistakes(t *testing.T) {
	w := newWorld(t)
	for _, c := range [][3]string{{"connector.class", "none", "no sink none"}, {"value.converter", "none", "none"}, {"transforms", "x", "transforms.x"}} {
		if f := w.run(w.lease(0, 1, c[0], c[1])).Failure; f == nil || f.Kind != "fatal" || !strings.Contains(f.Message, c[2]) || !strings.HasPrefix(f.Message, "connector c: ") {
			t.Errorf("%s=%s: failure %+v", c[0], c[1], f)
		}
	}
}
