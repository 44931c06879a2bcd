// Package nodetest runs coordinators in tests.
package nodetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/node"
)

// patience is how long a node may take until it is ready.
const patience = 30 * time.Second

// Start runs a node and blocks until it is ready. It runs until stop, which blocks until the node has ended and may be called
// again, or until the test ends; the test fails if it ends otherwise, or with an error.
func Start(t testing.TB, cfg node.Config) (n *node.Node, stop func()) {
	t.Helper()
	n, err := node.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		begun := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the node ended with %v", err)
		}
		t.Logf("the node stopped in %s", time.Since(begun).Round(time.Millisecond))
	})
	t.Cleanup(stop)
	select {
	case err := <-done:
		done <- err
		t.Fatalf("the node did not start: %v", err)
	case <-n.Ready():
		t.Logf("the node was ready in %s", time.Since(begun).Round(time.Millisecond))
	case <-time.After(patience):
		t.Fatal("the node is not ready")
	}
	return n, stop
}
