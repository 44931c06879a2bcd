package boot

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// The limit is the process's, and once begun, it is set after each collection: one test, in this order.
func TestMemory(t *testing.T) {
	t.Run("the environment decides", environmentDecides)
	t.Run("the limit follows what is alive", limitFollows)
}

func environmentDecides(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
		_ = os.Unsetenv(name)
		t.Setenv(name, "50")
		saveCollections()
		if now := debug.SetMemoryLimit(-1); now != math.MaxInt64 {
			t.Errorf("%s is set, and yet the limit is %d", name, now)
		}
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

func limitFollows(t *testing.T) {
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	saveCollections()
	if now := debug.SetMemoryLimit(-1); now != memory {
		t.Fatalf("the limit is %d, want %d", now, memory)
	}
	held := make([]byte, 2*memory)
	for deadline := time.Now().Add(10 * time.Second); debug.SetMemoryLimit(-1) < 4*memory; {
		if time.Now().After(deadline) {
			t.Fatalf("the limit is %d while %d bytes are in use", debug.SetMemoryLimit(-1), len(held))
		}
		runtime.GC()
	}
	runtime.KeepAlive(held)
}
