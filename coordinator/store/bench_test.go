package store_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/tasks"
)

// BenchmarkOpen reads the state of 50,000 streams back, a grant and a checkpoint each, and becomes the leader. Every tenth stream's lease is in flight.
func BenchmarkOpen(b *testing.B) {
	c := start(b)
	s, _ := c.lead(b, "http://bench")
	const streams, perTurn = 50_000, 1000
	for i := 0; i < streams; i += perTurn {
		var d control.Decision
		for p := i; p < i+perTurn; p++ {
			stream := tasks.Stream{Topic: "orders", Partition: int32(p)}
			d.Grants = append(d.Grants, tasks.Lease{Version: tasks.WireVersion, ID: fmt.Sprintf("to-objects-orders-%d-1000-2000", p), Connector: "to-objects",
				Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: stream, From: 1000, To: 2000}, Epoch: -1, Attempt: 1, TTL: 240_000, ConfigTopic: "connect-configs",
				Bootstrap: []string{"localhost:9092"}, GroupID: "bench", ResultTopic: "mayfly-results"})
			done := plan.Checkpoint{Connector: "to-objects", Stream: stream, Position: 2000, Epoch: 1 << 40}
			if p%10 == 0 {
				done.Position, done.Epoch = 1000, -1
			}
			d.Checkpoints = append(d.Checkpoints, done)
		}
		_, err := s.Commit(b.Context(), d)
		must(b, err)
	}
	s.Close(b.Context())
	cfg := c.config(b)
	for b.Loop() {
		s, err := store.Open(b.Context(), cfg, "http://bench", nil, slog.New(slog.DiscardHandler))
		must(b, err)
		_, err = s.Load(b.Context())
		must(b, err)
		s.Close(b.Context())
	}
}
