package loglevel_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/loglevel"
)

func TestLevels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	levels := loglevel.New()
	log := slog.New(levels.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)})))
	part := log.With(loglevel.Key, "mayfly.control.loop")
	log.Debug("one")
	part.Debug("two")
	levels.Set("mayfly.control", "DEBUG")
	part.Debug("three")
	log.Debug("four")
	if got := levels.Set("mayfly", "ERROR"); !slices.Equal(got, []string{"mayfly", "mayfly.control", "mayfly.control.loop"}) {
		t.Errorf("changed %v", got)
	}
	part.Warn("five")
	log.Info("six")
	levels.Set("root", "OFF")
	log.Error("seven")
	var got []string
	for line := range strings.Lines(out.String()) {
		_, msg, _ := strings.Cut(line, "msg=")
		got = append(got, strings.Fields(msg)[0])
	}
	if want := []string{"three", "six"}; !slices.Equal(got, want) {
		t.Errorf("logged %v, want %v", got, want)
	}
	if got := levels.Set("mayfly", "LOUD"); len(got) != 0 {
		t.Errorf("an unknown level changed %v", got)
	}
}
