package takeover

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/magiconair/properties"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	config "github.com/mayfly-connect/mayfly/coordinator/worker"
	sink "github.com/mayfly-connect/mayfly/sinks/file"
	source "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/sources/mirror"
	"github.com/mayfly-connect/mayfly/tasks"
)

// cluster is a broker with a recorded case on it, and the coordinator that takes it over.
type cluster struct {
	addr   string
	cl     *kgo.Client
	adm    *kadm.Client
	topics map[string]string // internal topics: config, offset, status
	starts map[string]kadm.ListedOffsets
	url    string
	done   chan error
	err    error // how the coordinator ended, when it did not start
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	b, err := broker.Start(broker.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close the broker: %v", err)
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(50*time.Millisecond),
		kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return &cluster{addr: b.Addr(), cl: cl, adm: kadm.NewClient(cl), starts: map[string]kadm.ListedOffsets{}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// data creates what the recorded connectors read.
func (c *cluster) data(t *testing.T) {
	t.Helper()
	for topic, values := range map[string][]string{"st-to-in": {"v0", "v1", "v2"}, "st-in1": {"0", "1", "2", "3", "4", "5", "6", "7", "8"},
		"st-odd": slices.Repeat([]string{"x"}, 11), "st-mm-a": slices.Repeat([]string{"m"}, 9), "heartbeats": {"h"}, "stA.heartbeats": {"h"},
		"stA.stA.heartbeats": {"h"}} {
		n := int32(1)
		if topic == "st-in1" || topic == "st-mm-a" {
			n = 3
		}
		_, err := c.adm.CreateTopic(t.Context(), n, 1, nil, topic)
		must(t, err)
		for i, v := range values {
			r := &kgo.Record{Topic: topic, Partition: int32(i) % n, Key: fmt.Appendf(nil, "k%d", i), Value: []byte(v)}
			must(t, c.cl.ProduceSync(t.Context(), r).FirstErr())
		}
	}
	var readers kadm.Offsets
	readers.AddOffset("st-mm-a", 0, 0, -1)
	must(t, c.adm.CommitAllOffsets(t.Context(), "st-mm-group", readers))
}

// lay writes the topics, the groups and the files as they were before the worker started.
func (c *cluster) lay(t *testing.T, r *recorded, dir string) {
	t.Helper()
	renewal := slices.ContainsFunc(r.Expected.Written, func(w written) bool { return w.Key == "session-key" })
	c.topics = map[string]string{"config": r.Props["config.storage.topic"], "offset": r.Props["offset.storage.topic"], "status": r.Props["status.storage.topic"]}
	compact := "compact"
	for name, topic := range c.topics {
		shape := r.Topics[name]
		configs := shape.Configs
		if configs == nil {
			configs = map[string]*string{"cleanup.policy": &compact}
		}
		_, err := c.adm.CreateTopic(t.Context(), shape.Partitions, 1, configs, topic)
		must(t, err)
		for _, rec := range r.Records[name] {
			c.write(t, topic, rec, r, renewal)
		}
		ends, err := c.adm.ListEndOffsets(t.Context(), topic)
		must(t, err)
		c.starts[name] = ends
	}
	for group, positions := range r.Groups {
		var offsets kadm.Offsets
		for _, p := range positions {
			offsets.AddOffset(p.Topic, p.Partition, p.Offset, -1)
		}
		_, err := c.adm.CommitOffsets(t.Context(), group, offsets)
		must(t, err)
	}
	if r.Props["config.providers"] != "" {
		provide(t, dir)
	}
	for path, text := range r.Files {
		if strings.HasPrefix(path, dir) {
			must(t, os.WriteFile(path, []byte(text), 0o600))
		}
	}
}

// provide writes what the recorder's config providers read: its secrets are not recorded, so they are others.
func provide(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{"sec.properties": "file=" + dir + "/prov.txt\npw=secret\nn=3\n", "prov.txt": "p\n", "d/one": "1"} {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
}

func (c *cluster) write(t *testing.T, topic string, r stored, of *recorded, renewal bool) {
	t.Helper()
	rec := &kgo.Record{Topic: topic, Partition: r.Partition, Key: of.decode(t, r.Key), Value: of.decode(t, r.Value)}
	if string(rec.Key) == "session-key" && !renewal {
		rec.Value = renewed(rec.Value)
	}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h[0], Value: of.decode(t, &h[1])})
	}
	cl := c.cl
	if r.Txn != "" || r.Compression != "" {
		codec := map[string]kgo.CompressionCodec{"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(),
			"zstd": kgo.ZstdCompression(), "": kgo.NoCompression()}[r.Compression]
		opts := []kgo.Opt{kgo.SeedBrokers(c.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec)}
		if r.Txn != "" {
			opts = append(opts, kgo.TransactionalID("recorded"))
		}
		var err error
		cl, err = kgo.NewClient(opts...)
		must(t, err)
		defer cl.Close()
	}
	if r.Txn != "" {
		must(t, cl.BeginTransaction())
	}
	must(t, cl.ProduceSync(t.Context(), rec).FirstErr())
	if r.Txn != "" {
		must(t, cl.EndTransaction(t.Context(), kgo.TransactionEndTry(r.Txn == "commit")))
	}
}

// renewed is a session key that is as young as it was for a worker that kept it.
func renewed(value []byte) []byte {
	var key map[string]any
	if json.Unmarshal(value, &key) != nil {
		return value
	}
	key["creation-timestamp"] = time.Now().UnixMilli()
	b, err := json.Marshal(key)
	if err != nil {
		return value
	}
	return b
}

// start runs a coordinator with the recorded worker's properties until the test ends. It may end by itself: see c.err.
func (c *cluster) start(t *testing.T, r *recorded) {
	t.Helper()
	props := properties.NewProperties()
	props.DisableExpansion = true
	all := maps.Clone(r.Props)
	maps.Copy(all, map[string]string{"bootstrap.servers": c.addr, "listeners": "http://127.0.0.1:0", "mayfly.launcher": "inproc"})
	for k, v := range all {
		_, _, err := props.Set(k, v)
		must(t, err)
	}
	path := filepath.Join(t.TempDir(), "worker.properties")
	f, err := os.Create(path)
	must(t, err)
	_, err = props.Write(f, properties.ISO_8859_1)
	must(t, err)
	must(t, f.Close())
	w, err := config.Load(path, []string{"ST_SECRET=secret"}, false)
	must(t, err)
	n, err := node.New(node.Config{Worker: w, Plugins: plugins(), Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	must(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	c.url, c.done = n.URL(), make(chan error, 1)
	go func() { c.done <- n.Run(ctx) }()
	select {
	case c.err = <-c.done:
		cancel()
		return
	case <-n.Ready():
	case <-time.After(30 * time.Second):
		t.Error("the coordinator is not ready")
	}
	t.Cleanup(func() {
		cancel()
		if err := <-c.done; err != nil {
			t.Errorf("the coordinator ended with %v", err)
		}
	})
}

// plugins are those of the recorded worker that there are.
func plugins() tasks.Plugins {
	s, f := sink.Plugin(), source.Plugin()
	s.Version, f.Version = "4.3.1", "4.3.1"
	return tasks.Plugins{Sinks: []tasks.SinkPlugin{s}, Sources: append(mirror.Plugins(), f, multiSource())}
}

// get asks the coordinator. Its own address comes back as <worker>.
func (c *cluster) get(t *testing.T, path string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
	must(t, err)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	text := strings.ReplaceAll(string(b), strings.TrimPrefix(c.url, "http://"), worker)
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		v = text
	}
	return answer{res.StatusCode, v}
}

func (c *cluster) connector(t *testing.T, name, resource string) answer {
	t.Helper()
	path := "/connectors/" + url.PathEscape(name)
	if resource != "config" {
		path += "/" + resource
	}
	return c.get(t, path)
}

// groups reads the committed offsets of the groups.
func (c *cluster) groups(t *testing.T, names []string) map[string][]position {
	t.Helper()
	out := map[string][]position{}
	for _, g := range names {
		offsets, err := c.adm.FetchOffsets(t.Context(), g)
		if err != nil {
			out[g] = nil
			continue
		}
		out[g] = nil
		offsets.Each(func(o kadm.OffsetResponse) {
			if o.At >= 0 {
				out[g] = append(out[g], position{o.Topic, o.Partition, o.At})
			}
		})
		sortPositions(out[g])
	}
	return out
}

// written reads what came into the internal topics since the case was laid: the newest value of each key.
func (c *cluster) written(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	for name, topic := range c.topics {
		ends, err := c.adm.ListEndOffsets(t.Context(), topic)
		must(t, err)
		from := map[int32]kgo.Offset{}
		left := 0
		until := map[int32]int64{}
		ends.Each(func(o kadm.ListedOffset) {
			s, _ := c.starts[name].Lookup(topic, o.Partition)
			if o.Offset > s.Offset {
				from[o.Partition], until[o.Partition] = kgo.NewOffset().At(s.Offset), o.Offset
				left++
			}
		})
		if left == 0 {
			continue
		}
		cl, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.KeepControlRecords(),
			kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
		must(t, err)
		for left > 0 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			fetches := cl.PollFetches(ctx)
			cancel()
			if fetches.IsClientClosed() || ctx.Err() == context.DeadlineExceeded {
				t.Fatalf("cannot read topic %s", topic)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if r.Offset == until[r.Partition]-1 {
					left--
				}
				if r.Attrs.IsControl() || r.Offset >= until[r.Partition] {
					return
				}
				var v any
				if r.Value != nil && json.Unmarshal([]byte(strings.ReplaceAll(string(r.Value), strings.TrimPrefix(c.url, "http://"), worker)), &v) != nil {
					v = strconv.Quote(string(r.Value))
				}
				out[name+"/"+string(r.Key)] = v
			})
		}
		cl.Close()
	}
	return out
}
