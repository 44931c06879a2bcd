package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/api/apitest"
	"github.com/mayfly-connect/mayfly/coordinator/cli"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

// world is a worker, and a user's folder.
type world struct {
	t   *testing.T
	url string
	dir string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	plugins := tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "org.example.LineSinkConnector", Type: tasks.SinkPluginType, Version: "1",
		Config: tasks.ConfigDef{{Name: "file", Type: tasks.TypeString, Importance: tasks.High, Doc: "Where to."}}}}}}
	backend := &apitest.Memory{Version: "1", WorkerID: "w:1", Kind: func(map[string]string) tasks.ConnectorKind { return tasks.SinkKind },
		Tasks: func(c map[string]string) []map[string]string { return []map[string]string{c} }}
	s := httptest.NewServer(api.New(api.Options{Backend: backend, Plugins: plugins, Validate: connector.Validator{Plugins: plugins}.Validate,
		Version: "4.3.1", ClusterID: "c1", Leader: func() (string, bool) { return "", true },
		Auth: func(user, password string) api.Access {
			if user == "ann" && password == "pw" {
				return api.FullAccess
			}
			return api.NoAccess
		}}))
	t.Cleanup(s.Close)
	return &world{t, s.URL, t.TempDir()}
}

// mayfly runs a command and returns what it printed.
func (w *world) mayfly(args ...string) (string, error) {
	w.t.Helper()
	var out, errs bytes.Buffer
	env := cli.Env{Out: &out, Err: &errs, Contexts: filepath.Join(w.dir, "contexts.json"), Getenv: func(k string) string {
		return map[string]string{"MAYFLY_PASSWORD": "pw"}[k]
	}}
	commands := map[string]func(context.Context, cli.Env, []string) error{"connector": cli.Connector, "plugin": cli.Plugin, "offsets": cli.Offsets, "cluster": cli.Cluster}
	err := commands[args[0]](w.t.Context(), env, args[1:])
	return out.String() + errs.String(), err
}

func (w *world) good(args ...string) string {
	w.t.Helper()
	out, err := w.mayfly(args...)
	if err != nil {
		w.t.Fatalf("mayfly %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is missing in\n%s", p, text)
		}
	}
}

func TestConnectors(t *testing.T) {
	w := newWorld(t)
	w.good("cluster", "set-context", "test", w.url, "ann")
	contains(t, w.good("cluster", "contexts"), "test", w.url, "ann", "*")
	contains(t, w.good("cluster", "info"), "4.3.1", "c1")
	w.write("live/a.json", `{"name":"a","config":{"connector.class":"LineSink","topics":"t","file":"/x","x.password":"s3cret"}}`)
	w.write("live/b.properties", "name=b\nconnector.class=LineSink\ntopics=t\nfile=/y\n")
	live := filepath.Join(w.dir, "live")

	out, err := w.mayfly("connector", "diff", live)
	if !errors.Is(err, cli.ErrDiffers) {
		t.Errorf("diff: %v", err)
	}
	contains(t, out, "a\n", "+ file=/x", "+ x.password=[hidden]", "b\n", "+ file=/y")
	if strings.Contains(out, "s3cret") {
		t.Errorf("a secret is shown: %s", out)
	}
	contains(t, w.good("connector", "apply", live), "a created", "b created")
	if out := w.good("connector", "apply", live); out != "" {
		t.Errorf("applied again: %s", out)
	}
	w.write("live/b.properties", "name=b\nconnector.class=LineSink\ntopics=t\nfile=/z\n")
	contains(t, w.good("connector", "apply", live), "b changed: - file=/y; + file=/z")
	contains(t, w.good("connector", "list"), "NAME", "a     sink", "1 RUNNING")
	contains(t, w.good("connector", "get", "b"), "file=/z", "sink RUNNING", "task 0 RUNNING w:1")
	contains(t, w.good("connector", "pause", "a", "b"), "a paused", "b paused")
	contains(t, w.good("connector", "list", "-json"), `"state": "PAUSED"`)
	contains(t, w.good("connector", "resume", "a"), "a resumed")
	contains(t, w.good("connector", "restart", "a", "-tasks", "-failed"), "a restarted")
	contains(t, w.good("connector", "stop", "a"), "a stopped")
	contains(t, w.good("offsets", "reset", "a"), "reset successfully")
	if err := os.Remove(filepath.Join(live, "a.json")); err != nil {
		t.Fatal(err)
	}
	contains(t, w.good("connector", "apply", "-prune", live), "a deleted")
	contains(t, w.good("connector", "delete", "b"), "b deleted")
	if out := w.good("connector", "list"); strings.Contains(out, "sink") {
		t.Errorf("left over: %s", out)
	}
}

func TestMistakes(t *testing.T) {
	w := newWorld(t)
	bad := w.write("bad.json", `{"name":"a","config":{"connector.class":"LineSink","topics":"t"}}`)
	twice := w.write("twice.json", `{"name":"a","config":{"connector.class":"LineSink","topics":"t"}}`)
	w.good("cluster", "set-context", "test", w.url, "ann")
	w.good("cluster", "set-context", "stranger", w.url)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no such connector", []string{"connector", "get", "nope"}, "Connector nope not found"},
		{"a mistake in a configuration", []string{"connector", "create", bad}, `Missing required configuration "file"`},
		{"the same connector twice", []string{"connector", "apply", bad, twice}, "connector a is in "},
		{"no such file", []string{"connector", "apply", filepath.Join(w.dir, "none")}, "no such file"},
		{"no user", []string{"connector", "list", "-context", "stranger"}, "User cannot access the resource. (status 401)"},
		{"no such context", []string{"connector", "list", "-context", "none"}, `there is no context "none"`},
		{"nobody there", []string{"connector", "list", "-url", "http://127.0.0.1:1"}, "MAYFLY_URL names another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := w.mayfly(tt.args...)
			if err == nil {
				t.Fatalf("no error: %s", out)
			}
			contains(t, err.Error(), tt.want)
		})
	}
	for _, args := range [][]string{{"connector"}, {"connector", "dance"}, {"connector", "get"}, {"offsets", "show", "-nope", "a"}} {
		if out, err := w.mayfly(args...); !errors.Is(err, cli.ErrUsage) || !strings.Contains(out, "usage: mayfly "+args[0]) {
			t.Errorf("mayfly %v: %v\n%s", args, err, out)
		}
	}
}

func TestPlugins(t *testing.T) {
	w := newWorld(t)
	w.good("cluster", "set-context", "test", w.url, "ann")
	contains(t, w.good("plugin", "list"), "sink  org.example.LineSinkConnector  1")
	contains(t, w.good("plugin", "show", "LineSink"), "file", "required", "Where to.", "tasks.max")
}

// The verbs that completion offers are those that there are.
func TestVerbs(t *testing.T) {
	w := newWorld(t)
	for command, verbs := range cli.Verbs() {
		out, err := w.mayfly(command)
		if !errors.Is(err, cli.ErrUsage) {
			t.Fatal(err)
		}
		if n := strings.Count(out, "\n  "); n != len(verbs) {
			t.Errorf("%s has %d verbs, %d are offered", command, n, len(verbs))
		}
		for _, v := range verbs {
			contains(t, out, "\n  "+v+" ")
		}
	}
}
