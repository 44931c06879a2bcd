package boot

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// memory is how many bytes an executor may use before it collects garbage: most executors end before they have that much, and those that
// stay small remain so, whatever the slice's size.
const memory = 32 << 20

// saveCollections keeps the collector from running below [memory]. Beyond, it runs when the memory has doubled since, as Go does by
// itself from the first few megabytes on: a sink may hold many open files. GOGC and GOMEMLIMIT, when set, say otherwise.
func saveCollections() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(memory)
	debug.SetGCPercent(-1)
	eachCollection(func() {
		debug.SetMemoryLimit(max(memory, 2*alive()))
	})
}

// eachCollection calls f after each collection, from a goroutine of the runtime.
func eachCollection(f func()) {
	type unused struct{ _ *byte }
	var collected func(*unused)
	collected = func(*unused) {
		f()
		runtime.SetFinalizer(new(unused), collected)
	}
	runtime.SetFinalizer(new(unused), collected)
}

// alive returns the bytes that the last collection found in use.
func alive() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
