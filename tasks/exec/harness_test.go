package exec_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/sinks/file"
	sourcefile "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// destination is what the test's sink writes into: files of a number of records.
type destination struct {
	mu       sync.Mutex
	perFile  int
	position int64
	values   []string
	opened   int
	// refuse holds the values that the destination does not take; put is called before each record.
	refuse map[string]bool
	put    func(ctx context.Context, offset int64) error
}

func (d *destination) plugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{Plugin: tasks.Plugin{Class: "test.MemorySink", Type: tasks.SinkPluginType}, New: func(context.Context, tasks.Config) (tasks.Sink, error) {
		return d, nil
	}}
}

func (d *destination) Close() error { return nil }

func (d *destination) Open(_ context.Context, task tasks.SinkTask) (tasks.Writer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened++
	return &memoryWriter{d: d, task: task, position: max(task.Slice.From, d.position)}, nil
}

type memoryWriter struct {
	d        *destination
	task     tasks.SinkTask
	position int64
	open     []string
	delivery tasks.Delivery
}

func (w *memoryWriter) Put(ctx context.Context, records []tasks.Record) error {
	for i := range records {
		r := &records[i]
		if r.Raw.Offset < w.position {
			continue
		}
		if w.d.put != nil {
			if err := w.d.put(ctx, r.Raw.Offset); err != nil {
				return err
			}
		}
		value := r.Value.Str()
		if w.d.refuse[value] {
			if err := w.task.Report(r, tasks.DataException("refused %s", value)); err != nil {
				return err
			}
			continue
		}
		w.open = append(w.open, value)
		if len(w.open) == w.d.perFile {
			w.finish(r.Raw.Offset + 1)
		}
	}
	return nil
}

func (w *memoryWriter) finish(position int64) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if len(w.open) > 0 {
		w.delivery.Objects++
	}
	w.d.values = append(w.d.values, w.open...)
	w.open = nil
	w.position = max(w.position, position)
	w.d.position = w.position
}

func (w *memoryWriter) Position() int64 { return w.position }

func (w *memoryWriter) Finish(_ context.Context, end int64) (tasks.Delivery, error) {
	if len(w.open) == 0 || w.task.Slice.CloseTail && end == w.task.Slice.To {
		w.finish(end)
	}
	w.delivery.TailFiled = int64(len(w.open))
	return w.delivery, nil
}

func (w *memoryWriter) Abort() {}

// world is a broker, a runner, and a destination.
type world struct {
	t      *testing.T
	addr   string
	cl     *kgo.Client
	adm    *kadm.Client
	dest   *destination
	runner *exec.Runner
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := startWorld(t, "")
	w.create("in", 1)
	return w
}

// startWorld starts the world on a broker's directory.
func startWorld(t *testing.T, dir string) *world {
	t.Helper()
	b, err := broker.Start(broker.Config{Dir: dir})
	must(t, err)
	w := &world{t: t, addr: b.Addr(), dest: &destination{perFile: 1, refuse: map[string]bool{}}}
	t.Cleanup(func() { must(t, b.Close()) })
	w.cl = w.client()
	w.adm = kadm.NewClient(w.cl)
	w.create("results", 1)
	w.runner = w.newRunner()
	return w
}

// newRunner is another executor.
func (w *world) newRunner() *exec.Runner {
	r := exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin(), file.Plugin()},
		Sources: []tasks.SourcePlugin{sourcefile.Plugin()}}, Name: "test", Log: slog.New(slog.DiscardHandler)})
	w.t.Cleanup(r.Close)
	return r
}

func (w *world) client(opts ...kgo.Opt) *kgo.Client {
	w.t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(w.addr), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	must(w.t, err)
	w.t.Cleanup(cl.Close)
	return cl
}

func (w *world) create(topic string, partitions int32) {
	w.t.Helper()
	_, err := w.adm.CreateTopic(w.t.Context(), partitions, 1, nil, topic)
	must(w.t, err)
}

// send writes each value as a batch of its own.
func (w *world) send(topic string, values ...string) {
	w.t.Helper()
	for _, v := range values {
		must(w.t, w.cl.ProduceSync(w.t.Context(), &kgo.Record{Topic: topic, Key: []byte("k" + v), Value: []byte(v)}).FirstErr())
	}
}

// sendTxn writes the values in one transaction.
func (w *world) sendTxn(commit kgo.TransactionEndTry, id string, records ...*kgo.Record) {
	w.t.Helper()
	cl := w.client(kgo.TransactionalID(id))
	defer cl.Close()
	must(w.t, cl.BeginTransaction())
	must(w.t, cl.ProduceSync(w.t.Context(), records...).FirstErr())
	must(w.t, cl.EndTransaction(w.t.Context(), commit))
}

func in(values ...string) (rs []*kgo.Record) {
	for _, v := range values {
		rs = append(rs, &kgo.Record{Topic: "in", Key: []byte("k" + v), Value: []byte(v)})
	}
	return rs
}

func (w *world) end(topic string) int64 {
	w.t.Helper()
	l, err := w.adm.ListEndOffsets(w.t.Context(), topic)
	must(w.t, err)
	o, _ := l.Lookup(topic, 0)
	return o.Offset
}

func (w *world) deleteTo(topic string, offset int64) {
	w.t.Helper()
	var os kadm.Offsets
	os.AddOffset(topic, 0, offset, -1)
	rs, err := w.adm.DeleteRecords(w.t.Context(), os)
	must(w.t, err)
	must(w.t, rs.Error())
}

// read returns the committed records of all partitions of a topic.
func (w *world) read(topic string) (out []*kgo.Record) {
	w.t.Helper()
	ends, err := w.adm.ListCommittedOffsets(w.t.Context(), topic)
	must(w.t, err)
	starts, err := w.adm.ListStartOffsets(w.t.Context(), topic)
	must(w.t, err)
	left := map[int32]int64{}
	at := map[int32]kgo.Offset{}
	ends.Each(func(o kadm.ListedOffset) {
		must(w.t, o.Err)
		if s, _ := starts.Lookup(topic, o.Partition); o.Offset > s.Offset {
			left[o.Partition], at[o.Partition] = o.Offset, kgo.NewOffset().AtStart()
		}
	})
	cl := w.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at}), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
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

func (w *world) values(topic string) (out []string) {
	w.t.Helper()
	for _, r := range w.read(topic) {
		out = append(out, string(r.Value))
	}
	return out
}

// results returns the results reported so far, without progress.
func (w *world) results() (out []tasks.Result) {
	w.t.Helper()
	for _, r := range w.read("results") {
		res, err := tasks.DecodeResult(r.Value)
		must(w.t, err)
		if !res.Progress {
			out = append(out, *res)
		}
	}
	return out
}

const stringConverter = "org.apache.kafka.connect.storage.StringConverter"

// lease is a sink lease of [from, to) of the topic in, with more configuration as pairs.
func (w *world) lease(from, to int64, config ...string) tasks.Lease {
	c := map[string]string{"connector.class": "test.MemorySink", "name": "c", "key.converter": stringConverter, "value.converter": stringConverter}
	for i := 0; i < len(config); i += 2 {
		c[config[i]] = config[i+1]
	}
	return tasks.Lease{Version: 1, ID: fmt.Sprintf("l%d", from), Connector: "c", Kind: tasks.SinkKind, Attempt: 1, Epoch: 1, TTL: 60000,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "in"}, From: from, To: to, CloseTail: true}, Config: c, Bootstrap: []string{w.addr},
		GroupID: "g", ResultTopic: "results", OffsetTopic: "offsets"}
}

// run runs a lease and checks that what is reported is what is returned, and that the counts add up (I8).
func (w *world) run(l tasks.Lease) tasks.Result {
	w.t.Helper()
	res := w.runner.Run(w.t.Context(), l)
	c := res.Counts
	if sum := c.Delivered + c.Filtered + c.DeadLetters + c.Tolerated + c.Tail; c.Records != sum {
		w.t.Errorf("%d records, but %d accounted for: %+v", c.Records, sum, c)
	}
	return res
}

// done fails the test unless the lease ended well at the position.
func (w *world) done(res tasks.Result, position int64) {
	w.t.Helper()
	if res.Outcome != tasks.Done || res.Position != position {
		w.t.Fatalf("outcome %s at %d, want done at %d; failure %+v", res.Outcome, res.Position, position, res.Failure)
	}
}
