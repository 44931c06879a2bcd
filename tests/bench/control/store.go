package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

// What is granted: leases of as many streams as the lease topic then has entries.
const (
	entries = 100_000
	perTurn = 500  // grants of one transaction at full speed
	steady  = 5000 // grants per second
	paced   = 10 * time.Second
)

// measureStore writes grants as the loop does, and reads them back.
func measureStore(ctx context.Context, o options, row rowFunc) error {
	cfg, err := storeConfig(o)
	if err != nil {
		return err
	}
	begin := time.Now()
	s, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	row("from nothing to leader, of a new group, whose topics it creates", "%d ms", time.Since(begin).Milliseconds())
	if err := grant(ctx, s, row); err != nil {
		s.Close(ctx)
		return err
	}
	s.Close(ctx)

	var took []time.Duration
	for range 3 {
		begin := time.Now()
		s, err := open(ctx, cfg)
		if err != nil {
			return err
		}
		took = append(took, time.Since(begin))
		s.Close(ctx)
	}
	row(fmt.Sprintf("from nothing to leader, with %d streams granted, best of 3", entries), "%d ms", slices.Min(took).Milliseconds())
	return nil
}

// storeConfig is that of a worker whose topics no other run has.
func storeConfig(o options) (*worker.Config, error) {
	dir, err := os.MkdirTemp("", "bench-control")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text, err := command.Expand("tests/bench/worker.properties", map[string]string{
		"BOOTSTRAP": o.bootstrap, "LISTENER": "127.0.0.1:0", "NAME": fmt.Sprintf("bench-grants-%d", os.Getpid()), "DIR": dir})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "worker.properties")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return worker.Load(file, nil, false)
}

// open opens a store, makes it the leader and checks nothing: what it has read is thrown away.
func open(ctx context.Context, cfg *worker.Config) (*store.Store, error) {
	s, err := store.Open(ctx, cfg, "http://bench", nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if _, err := s.Load(ctx); err != nil {
		s.Close(ctx)
		return nil, err
	}
	return s, nil
}

// grant measures grants: at full speed, a turn after the other; and at a steady rate, where a turn takes what has come since.
func grant(ctx context.Context, s *store.Store, row rowFunc) error {
	before, err := command.UsageOf(os.Getpid())
	if err != nil {
		return err
	}
	begin := time.Now()
	for i := 0; i < entries; i += perTurn {
		if _, err := s.Commit(ctx, control.Decision{Grants: leases(i, perTurn)}); err != nil {
			return err
		}
	}
	took := time.Since(begin)
	after, err := command.UsageOf(os.Getpid())
	if err != nil {
		return err
	}
	row(fmt.Sprintf("durable grants, %d in a transaction", perTurn), "%.0f per second, %.0f per CPU-second",
		entries/took.Seconds(), entries/(after.CPU-before.CPU).Seconds())

	var waits []time.Duration // of each turn's oldest grant
	begin = time.Now()
	due := func(i int) time.Time { return begin.Add(time.Duration(float64(i) / steady * float64(time.Second))) }
	for done := 0; time.Since(begin) < paced; {
		first := due(done)
		time.Sleep(time.Until(first)) // like the loop, which turns at the first event and takes all that have come
		n := 1 + int(time.Since(first).Seconds()*steady)
		if _, err := s.Commit(ctx, control.Decision{Grants: leases(done%entries, n)}); err != nil {
			return err
		}
		done += n
		waits = append(waits, time.Since(first))
	}
	slices.Sort(waits)
	at := func(share float64) float64 { return waits[int(share*float64(len(waits)-1))].Seconds() * 1000 }
	row(fmt.Sprintf("from due to durable at %d grants per second, the oldest of each turn", steady), "p50 %.1f ms, p99 %.1f ms", at(0.5), at(0.99))
	return nil
}

// leases returns n leases as a plan grants them.
func leases(from, n int) []tasks.Lease {
	out := make([]tasks.Lease, n)
	for i := range out {
		p := int32(from + i)
		out[i] = tasks.Lease{Version: tasks.WireVersion, ID: fmt.Sprintf("to-objects-orders-%d-1000-2000", p), Connector: "to-objects", Kind: tasks.SinkKind,
			Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: p}, From: 1000, To: 2000, CloseTail: true}, Epoch: -1, Attempt: 1,
			PlanTime: 1_700_000_000_000, TTL: 240_000, ConfigVersion: 7, ConfigTopic: "connect-configs", Bootstrap: []string{"localhost:9092"},
			GroupID: "bench", ResultTopic: "mayfly-results"}
	}
	return out
}
