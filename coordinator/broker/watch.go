package broker

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
)

// A watch is the cluster's logger. The cluster answers some requests with
// success although it could not write them (a commit, an offset, a new topic)
// and says so in its log alone. The watch stops the broker there, before the
// answer goes out: a client then knows what it knows of any broker that died.
type watch struct {
	dir    string
	log    *slog.Logger
	hangUp func()
	failed chan struct{}

	mu      sync.Mutex
	cause   error
	ordered bool // an orderly Close has begun
}

func newWatch(dir string, log *slog.Logger, hangUp func()) *watch {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &watch{dir: dir, log: log, hangUp: hangUp, failed: make(chan struct{})}
}

// Logf implements kfake.Logger. Every message about a failed write comes from
// the cluster's one goroutine, in the middle of the request that wanted it.
func (w *watch) Logf(level kfake.LogLevel, format string, args ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	message := fmt.Sprintf(format, args...)
	w.log.Log(context.Background(), slogLevel(level), "broker", "message", message)
	if !strings.HasPrefix(format, "persist ") && !strings.HasPrefix(format, "endTx: failed to persist") {
		return
	}
	if w.fail(fmt.Errorf("write broker data directory %s (free space or make it writable, then start again): %s", w.dir, message)) {
		w.hangUp()
		close(w.failed)
		runtime.Goexit() // and never answer
	}
}

// fail records the first failure, and says whether the broker has to stop for
// it here and now.
func (w *watch) fail(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause != nil {
		return false
	}
	w.cause = err
	return !w.ordered
}

func (w *watch) closing() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ordered = true
}

func (w *watch) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}

func slogLevel(level kfake.LogLevel) slog.Level {
	if level == kfake.LogLevelError {
		return slog.LevelError
	}
	return slog.LevelWarn
}
