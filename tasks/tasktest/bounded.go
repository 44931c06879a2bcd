package tasktest

import (
	"runtime"
	"testing"
	"time"
)

// Bounded fails the test if f takes long, or allocates beyond a multiple of the bytes that it is given: a decoder may be given
// anything. No other test of the package may run at the same time.
func Bounded(t *testing.T, input int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	f()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(200*input)+16<<20 {
		t.Errorf("%d KiB were allocated for %d KiB", used>>10, input>>10)
	}
	if took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
