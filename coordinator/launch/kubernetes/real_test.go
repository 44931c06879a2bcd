//go:build kubernetes

package kubernetes_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/launchtest"
	"github.com/mayfly-connect/mayfly/functions/boot"
)

// The API server that `make kubernetes` has started.
var (
	server    = os.Getenv("KUBERNETES_SERVER")
	authority = os.Getenv("KUBERNETES_CA")
)

const (
	admin  = "admintoken"
	nobody = "lowtoken"
)

// kubelet runs the pods of a real API server as far as the launcher can see: it runs the suite's executors with their
// variables, and says how they ended.
type kubelet struct {
	t      *testing.T
	prefix string // of the namespaces that are its own
}

func (k *kubelet) call(method, path, kind string, body any) (*http.Response, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(k.t.Context(), method, server+path, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+admin)
	req.Header.Set("Content-Type", kind)
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	return web.Do(req)
}

func (k *kubelet) must(method, path, kind string, body any) {
	resp, err := k.call(method, path, kind, body)
	if err == nil {
		said, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode >= 300 {
			err = fmt.Errorf("%s: %s", resp.Status, said)
		}
	}
	if err != nil && k.t.Context().Err() == nil {
		k.t.Errorf("%s %s: %v", method, path, err)
	}
}

// run watches pods until the test ends.
func (k *kubelet) run(watching chan<- struct{}) {
	seen := map[string]bool{}
	begun := sync.OnceFunc(func() { close(watching) })
	for k.t.Context().Err() == nil {
		resp, err := k.call(http.MethodGet, "/api/v1/pods?watch=true", "", nil)
		if err != nil {
			continue
		}
		begun()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e struct {
				Object struct {
					Metadata struct{ Name, Namespace string }
					Spec     struct {
						Containers []struct {
							Env []struct{ Name, Value string }
						}
					}
				}
			}
			if json.Unmarshal(lines.Bytes(), &e) != nil || !strings.HasPrefix(e.Object.Metadata.Namespace, k.prefix) || seen[e.Object.Metadata.Name] {
				continue
			}
			seen[e.Object.Metadata.Name] = true
			index := ""
			for _, v := range e.Object.Spec.Containers[0].Env {
				if v.Name == "JOB_COMPLETION_INDEX" {
					index = e.Object.Metadata.Name[strings.LastIndexByte(e.Object.Metadata.Name[:len(e.Object.Metadata.Name)-6], '-')+1 : len(e.Object.Metadata.Name)-6]
				}
			}
			for _, v := range e.Object.Spec.Containers[0].Env {
				if v.Name == boot.InvitationEnv {
					go k.pod(e.Object.Metadata.Namespace, e.Object.Metadata.Name, strings.ReplaceAll(v.Value, "$$(", "$("), index)
				}
			}
		}
		_ = resp.Body.Close()
	}
}

func (k *kubelet) pod(namespace, name, invitation, index string) {
	phase := "Succeeded"
	defer func() {
		if recover() != nil {
			phase = "Failed"
		}
		k.must(http.MethodPatch, "/api/v1/namespaces/"+namespace+"/pods/"+name+"/status", "application/merge-patch+json", map[string]any{"status": map[string]any{"phase": phase}})
	}()
	inv, err := boot.Admit([]byte(invitation), "", time.Now())
	if err == nil && index != "" {
		var i int
		if _, err = fmt.Sscan(index, &i); err == nil {
			inv.Leases = inv.Leases[i : i+1]
		}
	}
	if err == nil {
		err = launchtest.RunAll(context.WithoutCancel(k.t.Context()), inv)
	}
	if err != nil {
		phase = "Failed"
	}
}

// TestAPIServer runs the suite against a real API server and Job controller, each case in a namespace of its own.
func TestAPIServer(t *testing.T) {
	if server == "" {
		t.Fatal("KUBERNETES_SERVER is not set: run make kubernetes")
	}
	k := &kubelet{t, fmt.Sprintf("lab-%d-", time.Now().UnixNano())}
	watching := make(chan struct{})
	go k.run(watching)
	<-watching
	var n atomic.Int64
	lab := func() string {
		name := fmt.Sprint(k.prefix, n.Add(1))
		k.must(http.MethodPost, "/api/v1/namespaces", "application/json", map[string]any{"metadata": map[string]any{"name": name}})
		return name
	}
	props := func(namespace string) map[string]string {
		return map[string]string{"namespace": namespace, "ca.file": authority}
	}
	launchtest.Suite(t, launchtest.UnderTest{
		New: func(t *testing.T) launch.Launcher { return launcher(t, server, admin, props(lab())) },
		Broken: []launchtest.Broken{
			{Why: "no permission", New: func(t *testing.T) launch.Launcher { return launcher(t, server, nobody, props("default")) },
				Says: []string{"start", "default", "forbidden", "create and get on jobs"}},
			{Why: "no such namespace", New: func(t *testing.T) launch.Launcher { return launcher(t, server, admin, props("moon")) },
				Says: []string{"start", "moon", "404", "mayfly.launcher.kubernetes.namespace"}},
		},
		Apart: true,
		Limit: 65536,
	})
}
