package state_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// world is a broker and an executor for one theme's recordings, whose topics have names of their own.
type world struct {
	addr string
	cl   *kgo.Client
	adm  *kadm.Client
}

func newWorld(t *testing.T) *world {
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
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	w := &world{b.Addr(), cl, kadm.NewClient(cl)}
	w.create(t, "results", topic{Partitions: 1})
	w.create(t, "offsets", topic{Partitions: 1})
	return w
}

func plugins() tasks.Plugins {
	return tasks.Plugins{Sinks: append(sinks.All(), picky()), Sources: sources.All()}
}

// errorLog counts the lines that errors.log.enable asks for.
type errorLog struct {
	slog.Handler
	lines *atomic.Int64
}

func (l errorLog) Enabled(context.Context, slog.Level) bool { return true }

func (l errorLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "Error encountered in task" {
		l.lines.Add(1)
	}
	return nil
}

func (l errorLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// executor returns an executor and what counts its error lines.
func (w *world) executor(t *testing.T) (*exec.Runner, *atomic.Int64) {
	lines := &atomic.Int64{}
	r := exec.New(exec.Env{Plugins: plugins(), Transforms: []transform.Factory{boom()}, Name: "recorded", Log: slog.New(errorLog{slog.DiscardHandler, lines})})
	t.Cleanup(r.Close)
	return r, lines
}

func (w *world) create(t *testing.T, name string, top topic) {
	t.Helper()
	configs := map[string]*string{}
	for k, v := range top.Configs {
		configs[k] = &v
	}
	if _, err := w.adm.CreateTopic(t.Context(), max(1, top.Partitions), 1, configs, name); err != nil {
		t.Fatal(err)
	}
}

// read returns the committed records of a topic, partition by partition; none when it does not exist.
func (w *world) read(t *testing.T, name string) (out []*kgo.Record) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.addr)) // one that remembers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) {
		if errors.Is(o.Err, kerr.UnknownTopicOrPartition) {
			return
		}
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		out = append(out, w.readPartition(t, name, o.Partition, o.Offset)...)
	})
	return out
}

func (w *world) readPartition(t *testing.T, name string, partition int32, end int64) (out []*kgo.Record) {
	if end == 0 {
		return nil
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.addr), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: {partition: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for next := int64(0); next < end; {
		fs := cl.PollFetches(t.Context())
		if err := fs.Err(); err != nil {
			t.Fatal(err)
		}
		fs.EachRecord(func(r *kgo.Record) {
			if next = r.Offset + 1; !r.Attrs.IsControl() {
				out = append(out, r)
			}
		})
	}
	return out
}

// configure returns the recording's configuration with its file in a folder of the test, or why it was refused as recorded
// (done), or an error.
func configure(t *testing.T, r *recording) (config map[string]string, done bool, err error) {
	config = map[string]string{"name": r.Name}
	for k, v := range r.Config {
		config[k] = v
	}
	if path, ok := config["file"]; ok {
		_, rest, ok := strings.Cut(path, "/f/") // the recorder's folder
		if ok || !filepath.IsAbs(path) {
			config["file"] = filepath.Join(t.TempDir(), cmp.Or(rest, path))
		}
	} else if strings.Contains(config["connector.class"], "Source") {
		because(t, "standard-input")
		return nil, true, nil
	}
	report, err := connector.Validator{Plugins: plugins(), Others: convert.Plugins(),
		Transforms: func(props map[string]string) []tasks.ConfigError { return transform.Validate(props, boom()) }}.Validate(config)
	if err != nil {
		return nil, false, err
	}
	switch {
	case r.Created.Status == 400 && report.OK():
		return nil, false, fmt.Errorf("accepted, recorded: %s", r.Created.Body.Message)
	case r.Created.Status == 400 && r.Created.Body != nil && report.Message() != r.Created.Body.Message:
		return nil, false, fmt.Errorf("refused with %q, recorded %q", report.Message(), r.Created.Body.Message)
	case r.Created.Status == 400:
		return nil, true, nil
	case !report.OK():
		return config, false, fmt.Errorf("refused: %s", report.Message())
	}
	return config, false, nil
}

// lease is what every lease of a recording has.
func (w *world) lease(kind tasks.ConnectorKind, config map[string]string) tasks.Lease {
	return tasks.Lease{Version: tasks.WireVersion, ID: config["name"], Connector: config["name"], Kind: kind, Epoch: 1, Attempt: 1, TTL: 60000,
		Config: config, Bootstrap: []string{w.addr}, GroupID: "recorded", ResultTopic: "results", OffsetTopic: "offsets"}
}

func atoi(s string, def int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return def
}
