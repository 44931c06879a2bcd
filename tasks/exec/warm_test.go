package exec_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// A cold executor does not do one after the other what it can do at once: it fetches while the sink is opened, and connects for its
// report while the sink takes records.
func TestColdExecutorDoesAtOnceWhatItCan(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "results"))
	must(t, err)
	t.Cleanup(cluster.Close)
	w := &world{t: t, addr: cluster.ListenAddrs()[0], dest: &destination{perFile: 1}}
	w.cl = w.client()
	w.send("in", "a")

	fetched, connected := make(chan struct{}, 100), make(chan struct{}, 100)
	tell := func(key kmsg.Key, seen chan struct{}) {
		cluster.ControlKey(key.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			seen <- struct{}{}
			return nil, nil, false
		})
	}
	tell(kmsg.Fetch, fetched)
	tell(kmsg.ApiVersions, connected)
	await := func(ctx context.Context, seen chan struct{}, n int, what string) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		for i := range n {
			select {
			case <-seen:
			case <-ctx.Done():
				return fmt.Errorf("%d %s so far, want %d: %w", i, what, n, ctx.Err())
			}
		}
		return nil
	}
	plugin := w.dest.plugin()
	open := plugin.New
	plugin.New = func(ctx context.Context, c tasks.Config) (tasks.Sink, error) {
		if err := await(ctx, fetched, 1, "fetches"); err != nil {
			return nil, err
		}
		return open(ctx, c)
	}
	w.dest.put = func(ctx context.Context, _ int64) error {
		return await(ctx, connected, 4, "connections: the first, and for fetches, questions and records")
	}
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{plugin}}, Name: "test", Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.runner.Close)
	w.done(w.run(w.lease(0, 1)), 1)

	results := w.client(kgo.ConsumeTopics("results"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if fs := results.PollRecords(t.Context(), 1); fs.Err() != nil || fs.NumRecords() != 1 {
		t.Errorf("%d results came, %v", fs.NumRecords(), fs.Err())
	}
}
