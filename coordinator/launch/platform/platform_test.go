package platform_test

import (
	"flag"
	"log/slog"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/launch/platform"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

var update = flag.Bool("update", false, "write the tables of the launchers' README files")

// pages are the README files of the launchers that have keys.
var pages = map[string]string{"process": "../README.md", "http": "../endpoint/README.md", "lambda": "../lambda/README.md",
	"kubernetes": "../kubernetes/README.md", "cloudrun": "../cloudrun/README.md"}

func TestREADMETables(t *testing.T) {
	t.Parallel()
	for _, k := range platform.All() {
		page, ok := pages[k.Name]
		if !ok {
			if len(k.Keys) > 0 {
				t.Errorf("launcher %s has no README in this test", k.Name)
			}
			continue
		}
		tasktest.README(t, page, "<!-- keys: begin, written by go test ./coordinator/launch/platform -update -->\n", "<!-- keys: end -->\n", k.Keys, *update)
	}
}

func TestWrongProperties(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		launcher, fallback string
		props              map[string]string
		says               string
	}{
		{"rocket", "", nil, `mayfly.launcher cannot be "rocket"`},
		{"process", "rocket", nil, `mayfly.launcher.fallback cannot be "rocket"`},
		{"process", "process", nil, "both process"},
		{"http", "", nil, "mayfly.launcher.http.url"},
		{"process", "http", nil, "mayfly.launcher.http.url"},
		{"process", "", map[string]string{"mayfly.launcher.process.idle.ms": "soon"}, "mayfly.launcher.process.idle.ms"},
	} {
		if err := platform.Check(c.launcher, c.fallback, c.props); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s with fallback %q: %v does not say %q", c.launcher, c.fallback, err, c.says)
		}
	}
	_, err := platform.New(t.Context(), "http", "", map[string]string{"mayfly.launcher.http.url": "http://x", "mayfly.launcher.http.token": "a",
		"mayfly.launcher.http.token.file": "b"}, platform.Options{Family: func(tasks.Lease) tasks.Family { return tasks.CoreFamily }, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "keep one") {
		t.Errorf("two tokens: %v", err)
	}
}
