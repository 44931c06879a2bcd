//go:build linux

package crash_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNeverLaunched kills the coordinator at the moment between a grant and its executor: the next one cannot know whether an
// executor runs, and grants the lease again when nothing is heard, long before its deadline.
func TestNeverLaunched(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	w := newWorld(ctx, t, rand.New(rand.NewPCG(1, 0)))
	w.ttl = time.Hour
	executor := filepath.Join(w.dir, executorName)
	if err := os.Remove(executor); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(executor, []byte("#!/bin/sh\nkill -9 $PPID\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := w.coordinator(ctx, "worker")
	w.write(ctx, 1000)
	w.createConnector(ctx, c)
	select {
	case <-c.done:
	case <-ctx.Done():
		t.Fatal("the coordinator launched nothing")
	}
	if n := w.committed(ctx); n != 0 {
		t.Fatalf("%d records are committed, though no executor ran", n)
	}
	if err := os.Remove(executor); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(binaries, executorName), executor); err != nil {
		t.Fatal(err)
	}
	c = w.coordinator(ctx, "worker")
	w.awaitCommitted(ctx)
	c.stop(ctx, t)
	w.verify(ctx)
}
