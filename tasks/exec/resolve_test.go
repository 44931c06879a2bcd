package exec_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// telling is a sink that tells all that it knows when it fails.
type telling struct{ password string }

func (s telling) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	t.Log.Warn("log in as "+s.password, "password", s.password) //nolint:sloglint // as a plugin that says too much
	return nil, tasks.Fatal(fmt.Errorf("log in with %q: %w", s.password, tasks.NewException("x.Denied", "%s is wrong", s.password).WithCause(errors.New("no "+s.password))))
}
func (telling) Close() error { return nil }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestSecretsStayHidden(t *testing.T) {
	const secret, env = "s3cret-of-a-file", "s3cret-of-the-environment"
	w := newWorld(t)
	w.send("in", "a")
	path := filepath.Join(t.TempDir(), "s.properties")
	must(t, os.WriteFile(path, []byte("pw="+secret+"\n"), 0o600))
	var log lockedBuffer
	seen := ""
	w.runner = exec.New(exec.Env{Name: "test", Log: slog.New(slog.NewTextHandler(&log, nil)), Providers: provider.Kafka(), Environ: []string{"PW=" + env},
		Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "test.Telling", Type: tasks.SinkPluginType,
			Config: tasks.ConfigDef{{Name: "pw", Type: tasks.TypePassword}, {Name: "also", Type: tasks.TypeString}}},
			New: func(_ context.Context, c tasks.Config) (tasks.Sink, error) {
				seen = c.String("pw")
				return telling{c.String("pw")}, nil
			}}}}})
	t.Cleanup(w.runner.Close)
	l := w.lease(0, 1, "connector.class", "test.Telling", "pw", "x-${file:"+path+":pw}-${env:PW}", "also", "${nobody:x}")
	l.Worker = map[string]string{"config.providers": "file,env", "config.providers.file.class": provider.FileClass, "config.providers.env.class": provider.EnvironmentClass,
		"key.converter": stringConverter, "value.converter": stringConverter}
	res := w.run(l)
	if want := "x-" + secret + "-" + env; seen != want {
		t.Errorf("the sink got %q, want %q", seen, want)
	}
	if f := res.Failure; f == nil || !strings.Contains(f.Message, "${env:PW}") || !strings.HasPrefix(f.Trace, "x.Denied: x-${file:") || !strings.Contains(f.Trace, "Caused by") {
		t.Errorf("failure %+v", res.Failure)
	}
	all := fmt.Sprint(res, res.Failure) + log.b.String()
	for _, r := range w.read("results") {
		all += string(r.Key) + string(r.Value)
	}
	for _, s := range []string{secret, env} {
		if strings.Contains(all, s) {
			t.Errorf("%s is told: %s", s, all)
		}
	}
	if !strings.Contains(log.b.String(), "${env:PW}") || len(w.results()) == 0 {
		t.Errorf("the test saw no log or result: %s", log.b.String())
	}
}

func TestPlaceholderCannotBeResolved(t *testing.T) {
	w := newWorld(t)
	w.runner = exec.New(exec.Env{Name: "test", Log: slog.New(slog.DiscardHandler), Providers: provider.Kafka()})
	t.Cleanup(w.runner.Close)
	for in, want := range map[string]string{
		"${file:/none/s:pw}": "org.apache.kafka.common.config.ConfigException: Could not read properties from file /none/s\n",
		"${aws:x:pw}":        "org.apache.kafka.common.config.ConfigException: config provider aws: this executor does not have " + provider.SecretsManagerClass,
	} {
		l := w.lease(0, 1, "x", in)
		l.Worker = map[string]string{"config.providers": "file,aws", "config.providers.file.class": provider.FileClass, "config.providers.aws.class": provider.SecretsManagerClass}
		if f := w.run(l).Failure; f == nil || !strings.HasPrefix(f.Trace, want) {
			t.Errorf("%s: failure %+v", in, f)
		}
	}
}
