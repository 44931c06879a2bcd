// Package poll waits in tests for what other processes and goroutines do.
package poll

import (
	"testing"
	"time"
)

// Until polls until missing says that nothing is missing, and logs what takes long. The test fails after patience with what is
// missing then.
func Until(t testing.TB, patience time.Duration, what string, missing func() string) {
	t.Helper()
	start := time.Now()
	defer func() {
		if took := time.Since(start); took > time.Second {
			t.Logf("%s took %s", what, took.Round(time.Millisecond))
		}
	}()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		still := missing()
		if still == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not after %s: %s", what, patience, still)
		}
	}
}
