package exec_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// sourceLease is a lease of a file with three lines, since a position.
func (w *world) sourceLease(since tasks.Position) tasks.Lease {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "lines")
	must(w.t, os.WriteFile(path, []byte("a\nb\nc\n"), 0o600))
	l := w.lease(0, 0)
	l.Kind = tasks.SourceKind
	l.Config = map[string]string{"connector.class": "FileStreamSource", "file": path, "topic": "out", "batch.size": "2",
		"key.converter": stringConverter, "value.converter": stringConverter}
	l.Slice = tasks.Slice{Stream: tasks.Stream{Split: `{"filename":"` + path + `"}`}, Since: since, Until: `{"position":6}`}
	return l
}

// committedAt returns the positions committed for a lease's split, in order.
func (w *world) committedAt(l tasks.Lease) (out []string) {
	w.t.Helper()
	partitions := map[int32]bool{}
	for _, r := range w.read("offsets") {
		if string(r.Key) == `["c",`+l.Slice.Stream.Split+`]` {
			partitions[r.Partition] = true
			out = append(out, string(r.Value))
		}
	}
	if len(partitions) > 1 {
		w.t.Errorf("positions in %d partitions", len(partitions))
	}
	return out
}

func (w *world) sourceDone(res tasks.Result, position tasks.Position, records int64) {
	w.t.Helper()
	if res.Outcome != tasks.Done || res.SourcePosition != position || res.Counts.Records != records || res.Counts.Delivered != records {
		w.t.Fatalf("result %+v, failure %+v", res, res.Failure)
	}
}

func (w *world) same(what string, want, got []string) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestSource(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 5)
	w.create("out", 1)
	l := w.sourceLease("")
	w.sourceDone(w.run(l), `{"position":6}`, 3)
	w.same("records", []string{"a", "b", "c"}, w.values("out"))
	w.same("positions", []string{`{"position":4}`, `{"position":6}`}, w.committedAt(l))
	// A late attempt, by another executor.
	w.runner = w.newRunner()
	w.sourceDone(w.run(l), `{"position":6}`, 0)
	w.same("records", []string{"a", "b", "c"}, w.values("out"))
	w.same("positions", []string{`{"position":4}`, `{"position":6}`}, w.committedAt(l))
	// Whichever partition the coordinator thinks that the key is in: only the right one lets the executor skip what was read.
	skipped := 0
	for p := range int32(5) {
		l.OffsetPartition, l.OffsetsFrom, l.Slice.Since = p, 100, `{"position":6}`
		w.sourceDone(w.run(l), `{"position":6}`, 0)
		l.OffsetsFrom, l.Slice.Since = 4, `{"position":4}` // 4 is behind both positions and their markers
		if w.run(l).Counts.Records != 0 {
			skipped++
		}
	}
	if skipped != 1 {
		t.Errorf("%d of 5 partitions were taken for the right one", skipped)
	}
}

// Other lanes' transactions are open in the same partition: the committed position behind them must be found.
func TestSourcePositionBehindAnOpenTransaction(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	hang := w.client(kgo.TransactionalID("other"))
	must(t, hang.BeginTransaction())
	must(t, hang.ProduceSync(t.Context(), &kgo.Record{Topic: "offsets", Key: []byte("k"), Value: []byte("{}")}).FirstErr())
	l := w.sourceLease("")
	w.sourceDone(w.run(l), `{"position":6}`, 3)
	w.sourceDone(w.run(l), `{"position":6}`, 0)
	must(t, hang.EndTransaction(t.Context(), kgo.TryCommit))
	w.same("records", []string{"a", "b", "c"}, w.values("out"))
}

// A position whose transaction was aborted counts for nothing, and so does a tombstone (a reset).
func TestSourcePositionAborted(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	l := w.sourceLease(`{"position":2}`)
	key := []byte(`["c",` + l.Slice.Stream.Split + `]`)
	w.sendTxn(kgo.TryCommit, "x", &kgo.Record{Topic: "offsets", Key: key, Value: []byte(`{"position":2}`)})
	w.sendTxn(kgo.TryAbort, "x", &kgo.Record{Topic: "offsets", Key: key, Value: []byte(`{"position":4}`)})
	w.sourceDone(w.run(l), `{"position":6}`, 2)
	w.same("records", []string{"b", "c"}, w.values("out"))
	must(t, w.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "offsets", Key: key}).FirstErr())
	l.Slice.Since = ""
	w.sourceDone(w.run(l), `{"position":6}`, 3)
}

// handSource is a source of one record per Read, which waits for a hand before each.
type handSource struct {
	before func(ctx context.Context, n int64) error
}

type handReader struct {
	*handSource
	n, until int64
}

func number(p tasks.Position) (n int64) {
	fmt.Sscanf(string(p), `{"n":%d}`, &n)
	return n
}

func (s *handSource) Splits(context.Context, func(string) tasks.Position) ([]tasks.Split, error) {
	return nil, nil
}

func (s *handSource) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	return &handReader{s, number(t.Slice.Since), number(t.Slice.Until)}, nil
}

func (s *handSource) Close() error { return nil }

func (r *handReader) Read(ctx context.Context, _ *tasks.Arena, _ int) ([]tasks.Record, error) {
	if r.n == r.until {
		return nil, io.EOF
	}
	if r.before != nil {
		if err := r.before(ctx, r.n); err != nil {
			return nil, err
		}
	}
	r.n++
	return []tasks.Record{{Topic: "out", Timestamp: tasks.NoTimestamp, ValueSchema: tasks.StringSchema, Value: tasks.NewString(fmt.Sprint(r.n)),
		Position: tasks.Position(fmt.Sprintf(`{"n":%d}`, r.n))}}, nil
}

func (r *handReader) Committed(context.Context, tasks.Position) error { return nil }

func (w *world) handRunner(before func(ctx context.Context, n int64) error) *exec.Runner {
	r := exec.New(exec.Env{Name: "hand", Log: slog.New(slog.DiscardHandler), Plugins: tasks.Plugins{Sources: []tasks.SourcePlugin{{
		Plugin: tasks.Plugin{Class: "test.Hand", Type: tasks.SourcePluginType},
		New:    func(context.Context, tasks.Config) (tasks.Source, error) { return &handSource{before}, nil }}}}})
	w.t.Cleanup(r.Close)
	return r
}

func (w *world) handLease(since, until tasks.Position) tasks.Lease {
	l := w.lease(0, 0, "connector.class", "test.Hand")
	l.Kind = tasks.SourceKind
	l.Slice = tasks.Slice{Stream: tasks.Stream{Split: `{"hand":1}`}, Since: since, Until: until}
	return l
}

func TestZombieSourceIsFenced(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 5)
	w.create("out", 1)
	reached, wake := make(chan struct{}), make(chan struct{})
	zombie := w.handRunner(func(_ context.Context, n int64) error {
		if n == 1 {
			close(reached)
			<-wake
		}
		return nil
	})
	late := make(chan tasks.Result, 1)
	go func() { late <- zombie.Run(t.Context(), w.handLease("", `{"n":3}`)) }()
	<-reached
	w.runner = w.handRunner(nil)
	w.sourceDone(w.run(w.handLease(`{"n":1}`, `{"n":3}`)), `{"n":3}`, 2)
	close(wake)
	res := <-late
	if f := res.Failure; f == nil || res.SourcePosition != `{"n":1}` || f.Kind != "retriable" || f.Stage != "KAFKA_PRODUCE" || !strings.Contains(f.Message, "fenced by a newer attempt") {
		t.Errorf("result %+v, failure %+v", res, f)
	}
	w.same("records", []string{"1", "2", "3"}, w.values("out"))
	w.same("positions", []string{`{"n":1}`, `{"n":2}`, `{"n":3}`}, w.committedAt(w.handLease("", "")))
}

func TestSourceDeadline(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 5)
	w.create("out", 1)
	w.runner = w.handRunner(func(ctx context.Context, n int64) error {
		if n == 2 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	l := w.handLease("", `{"n":3}`)
	l.TTL = 2500
	w.sourceDone(w.run(l), `{"n":2}`, 2)
	w.same("records", []string{"1", "2"}, w.values("out"))
}

func TestSourceUnknownOffsetTopic(t *testing.T) {
	w := newWorld(t)
	l := w.sourceLease("")
	l.TTL = 1500
	if f := w.run(l).Failure; f == nil || f.Kind != "retriable" || !strings.Contains(f.Message, "UNKNOWN_TOPIC") || !strings.Contains(f.Message, "offsets") {
		t.Errorf("failure %+v", f)
	}
}

func TestMissingFile(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	l := w.sourceLease("")
	must(t, os.Remove(l.Config["file"]))
	if f := w.run(l).Failure; f == nil || f.Kind != "retriable" || !strings.Contains(f.Message, l.Config["file"]) {
		t.Errorf("failure %+v", f)
	}
}

func TestSourceRecordTooLarge(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	l := w.sourceLease("")
	must(t, os.WriteFile(l.Config["file"], []byte(strings.Repeat("x", 2<<20)+"\n"), 0o600))
	l.Slice.Until = `{"position":2097153}`
	if f := w.run(l).Failure; f == nil || f.Kind != "fatal" || !strings.Contains(f.Message, "max.message.bytes") {
		t.Errorf("failure %+v", f)
	}
	if at := w.committedAt(l); len(at) > 0 {
		t.Errorf("positions %v", at)
	}
}

func TestSourceTolerance(t *testing.T) {
	for _, tolerance := range []string{"none", "all"} {
		t.Run(tolerance, func(t *testing.T) {
			w := newWorld(t)
			w.create("offsets", 1)
			w.create("out", 1)
			l := w.sourceLease("")
			l.Config["value.converter"], l.Config["errors.tolerance"] = "org.apache.kafka.connect.converters.IntegerConverter", tolerance
			res := w.run(l)
			if tolerance == "all" {
				if res.Outcome != tasks.Done || res.SourcePosition != `{"position":6}` || res.Counts.Tolerated != 3 || res.Counts.Delivered != 0 {
					t.Errorf("result %+v, failure %+v", res, res.Failure)
				}
				return
			}
			if f := res.Failure; f == nil || f.Kind != "bad record" || f.Stage != "VALUE_CONVERTER" || res.SourcePosition != "" || len(w.committedAt(l)) > 0 {
				t.Errorf("result %+v, failure %+v", res, f)
			} else if want := "Tolerance exceeded in error handler (record of " + l.Slice.Stream.Split + ` that ends at {"position":2})`; !strings.Contains(f.Trace, want) {
				t.Errorf("the trace lacks %q:\n%s", want, f.Trace)
			}
		})
	}
}

// The offset topic was created anew and is shorter than the coordinator remembers.
func TestSourceShorterOffsetTopic(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 1)
	l := w.sourceLease("")
	w.sourceDone(w.run(l), `{"position":6}`, 3)
	l.OffsetsFrom = 1000
	w.sourceDone(w.run(l), `{"position":6}`, 0)
}

// placer is a source whose records say which partition they belong to; the last leaves it to the producer.
type placer struct{ tasks.Source }

func (placer) Open(context.Context, tasks.SourceTask) (tasks.Reader, error) {
	return &placerReader{}, nil
}
func (placer) Close() error { return nil }

type placerReader struct{ tasks.Reader }

func (placerReader) Read(context.Context, *tasks.Arena, int) (out []tasks.Record, err error) {
	for i, p := range []int32{2, 0, 2, tasks.NoPartition} {
		out = append(out, tasks.Record{Topic: "out", Partition: p, Timestamp: tasks.NoTimestamp, Key: tasks.NewString("k"), KeySchema: tasks.StringSchema,
			Value: tasks.NewString(fmt.Sprint(i)), ValueSchema: tasks.StringSchema, Position: tasks.Position(fmt.Sprintf(`{"n":%d}`, i))})
	}
	return out, io.EOF
}
func (placerReader) Committed(context.Context, tasks.Position) error { return nil }
func (placerReader) Close() error                                    { return nil }

func TestSourceRecordsGoWhereTheySay(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 3)
	w.create("out", 4)
	w.runner = exec.New(exec.Env{Name: "test", Log: slog.New(slog.DiscardHandler), Plugins: tasks.Plugins{Sources: []tasks.SourcePlugin{{
		Plugin: tasks.Plugin{Class: "test.Placer", Type: tasks.SourcePluginType},
		New:    func(context.Context, tasks.Config) (tasks.Source, error) { return placer{}, nil }}}}})
	t.Cleanup(w.runner.Close)
	l := w.sourceLease("")
	l.Config["connector.class"] = "test.Placer"
	w.sourceDone(w.run(l), `{"n":3}`, 4)
	at := map[string]int32{}
	for _, r := range w.read("out") {
		at[string(r.Value)] = r.Partition
	}
	byKey := kgo.StickyKeyPartitioner(nil).ForTopic("out").Partition(&kgo.Record{Key: []byte("k")}, 4)
	if diff := cmp.Diff(map[string]int32{"0": 2, "1": 0, "2": 2, "3": int32(byKey)}, at); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
	w.same("positions", []string{`{"n":3}`}, w.committedAt(l))
	w.sourceDone(w.run(l), `{"n":3}`, 0) // found again where it was written
}
