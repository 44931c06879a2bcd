// Package loglevel holds the levels of loggers by their dotted names, as Connect's /admin/loggers shows and sets them, and
// filters slog records by them.
package loglevel

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/api"
)

// Key is the attribute that names a logger: log.With(loglevel.Key, "mayfly.control").
const Key = "logger"

const root = "root"

// numbers are Log4j's levels as slog's.
var numbers = map[string]slog.Level{"OFF": 1 << 20, "FATAL": 12, "ERROR": slog.LevelError, "WARN": slog.LevelWarn, "INFO": slog.LevelInfo,
	"DEBUG": slog.LevelDebug, "TRACE": -8, "ALL": -1 << 20}

// Levels are the levels of all loggers of a process. Safe for concurrent use.
type Levels struct {
	mu    sync.RWMutex
	set   map[string]api.Level
	known map[string]bool // that somebody logs with
}

// New returns levels that are INFO for all.
func New() *Levels {
	return &Levels{set: map[string]api.Level{root: {Level: "INFO"}}, known: map[string]bool{}}
}

// All returns the known loggers with the level that each has.
func (l *Levels) All() map[string]api.Level {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := maps.Clone(l.set)
	for name := range l.known {
		if _, ok := out[name]; !ok {
			out[name] = api.Level{Level: l.nearest(name).Level}
		}
	}
	return out
}

// Set changes the level of a logger and of the known ones below it, and returns their names, sorted. Unknown levels change
// nothing.
func (l *Levels) Set(name, level string) []string {
	if _, ok := numbers[level]; !ok {
		return []string{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	changed := map[string]api.Level{name: {Level: level, Modified: now}}
	for known := range l.known {
		if name == root || strings.HasPrefix(known, name+".") {
			changed[known] = api.Level{Level: level, Modified: now}
		}
	}
	for known := range l.set {
		if name == root || strings.HasPrefix(known, name+".") {
			changed[known] = api.Level{Level: level, Modified: now}
		}
	}
	maps.Copy(l.set, changed)
	return slices.Sorted(maps.Keys(changed))
}

// at is the level of a logger: its own, or that of the nearest above it.
func (l *Levels) at(name string) slog.Level {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return numbers[l.nearest(name).Level]
}

// nearest is the level that was set for a logger or the nearest above it. The caller holds mu.
func (l *Levels) nearest(name string) api.Level {
	for ; name != ""; name = name[:max(0, strings.LastIndexByte(name, '.'))] {
		if v, ok := l.set[name]; ok {
			return v
		}
	}
	return l.set[root]
}

// Handler passes on what the levels let through.
func (l *Levels) Handler(next slog.Handler) slog.Handler { return handler{l, "", next} }

type handler struct {
	levels *Levels
	name   string
	next   slog.Handler
}

func (h handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.levels.at(h.name)
}

func (h handler) Handle(ctx context.Context, r slog.Record) error { return h.next.Handle(ctx, r) }

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == Key {
			h.name = a.Value.String()
			h.levels.mu.Lock()
			h.levels.known[h.name] = true
			h.levels.mu.Unlock()
		}
	}
	h.next = h.next.WithAttrs(attrs)
	return h
}

func (h handler) WithGroup(name string) slog.Handler {
	h.next = h.next.WithGroup(name)
	return h
}
