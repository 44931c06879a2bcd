package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/kubernetes"
	"github.com/mayfly-connect/mayfly/coordinator/launch/launchtest"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// cluster is a stand-in of an API server with what is behind it: a Job's pods run the suite's executors. It knows nothing but Jobs
// whose pods end.
type cluster struct {
	mu   sync.Mutex
	jobs map[string]*job
}

type job struct {
	done  chan struct{}
	phase string
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const jobs = "/apis/batch/v1/namespaces/lab/jobs"
	switch {
	case r.Header.Get("Authorization") != "Bearer secret":
		answer(w, http.StatusForbidden, "Forbidden", "jobs.batch is forbidden")
	case r.Method == http.MethodPost && r.URL.Path == jobs:
		c.create(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, jobs+"/"):
		_, _ = fmt.Fprint(w, `{"status":{}}`)
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/namespaces/lab/pods":
		c.watch(w, r)
	default:
		answer(w, http.StatusNotFound, "NotFound", "the server could not find the requested resource")
	}
}

func answer(w http.ResponseWriter, code int, reason, message string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "code": code, "reason": reason, "message": message})
}

func (c *cluster) create(w http.ResponseWriter, r *http.Request) {
	var j struct {
		Metadata struct{ Name string }
		Spec     struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Env []struct{ Name, Value string }
					}
				}
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&j); err != nil || len(j.Spec.Template.Spec.Containers) != 1 {
		answer(w, http.StatusBadRequest, "BadRequest", fmt.Sprint(err))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jobs[j.Metadata.Name] != nil {
		answer(w, http.StatusConflict, "AlreadyExists", "jobs.batch already exists")
		return
	}
	run := &job{done: make(chan struct{}), phase: "Succeeded"}
	c.jobs[j.Metadata.Name] = run
	for _, e := range j.Spec.Template.Spec.Containers[0].Env {
		if e.Name == boot.InvitationEnv {
			go run.run(strings.ReplaceAll(e.Value, "$$(", "$("))
		}
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, "{}")
}

func (j *job) run(invitation string) {
	defer close(j.done)
	defer func() {
		if recover() != nil {
			j.phase = "Failed"
		}
	}()
	inv, err := boot.Admit([]byte(invitation), "", time.Now())
	if err == nil {
		err = launchtest.RunAll(context.Background(), inv)
	}
	if err != nil {
		j.phase = "Failed"
	}
}

func (c *cluster) watch(w http.ResponseWriter, r *http.Request) {
	name, _ := strings.CutPrefix(r.URL.Query().Get("labelSelector"), "batch.kubernetes.io/job-name=")
	c.mu.Lock()
	j := c.jobs[name]
	c.mu.Unlock()
	_ = http.NewResponseController(w).Flush()
	select {
	case <-j.done:
	case <-r.Context().Done():
		return
	}
	for i := range 3 { // an indexed Job has more of them
		event := map[string]any{"type": "MODIFIED", "object": map[string]any{"metadata": map[string]any{"name": fmt.Sprint(name, "-", i)}, "status": map[string]any{"phase": j.phase}}}
		_ = json.NewEncoder(w).Encode(event)
	}
}

func launcher(t *testing.T, server, token string, props map[string]string) *kubernetes.Launcher {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	full := map[string]string{"server": server, "token.file": file, "namespace": "lab", "image": "example.com/mayfly-process-{family}:1"}
	for k, v := range props {
		full[k] = v
	}
	prefixed := map[string]string{}
	for k, v := range full {
		prefixed["mayfly.launcher.kubernetes."+k] = v
	}
	c, mistakes := kubernetes.Keys().Parse(prefixed)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	l, err := kubernetes.New(t.Context(), c, func(tasks.Lease) tasks.Family { return tasks.CoreFamily })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSuite(t *testing.T) {
	s := httptest.NewServer(&cluster{jobs: map[string]*job{}})
	t.Cleanup(s.Close)
	launchtest.Suite(t, launchtest.UnderTest{
		// A namespace of names for each case, for the suite's leases repeat: the names of Jobs are those of leases.
		New: func(t *testing.T) launch.Launcher {
			s.Config.Handler.(*cluster).forget()
			return launcher(t, s.URL, "secret", nil)
		},
		Broken: []launchtest.Broken{
			{Why: "no permission", New: func(t *testing.T) launch.Launcher { return launcher(t, s.URL, "other", nil) },
				Says: []string{"start", "lab", "forbidden", "create and get on jobs"}},
			{Why: "no such namespace", New: func(t *testing.T) launch.Launcher {
				return launcher(t, s.URL, "secret", map[string]string{"namespace": "moon"})
			}, Says: []string{"start", "moon", "404", "mayfly.launcher.kubernetes.namespace"}},
			{Why: "nobody there", New: func(t *testing.T) launch.Launcher { return launcher(t, "http://127.0.0.1:1", "secret", nil) },
				Says: []string{"refused", "mayfly.launcher.kubernetes.server"}},
		},
		Apart: true,
		Limit: 65536,
	})
}

func (c *cluster) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs = map[string]*job{}
}
