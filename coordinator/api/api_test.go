package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/api/apitest"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

const good = `{"name":"c","config":{"connector.class":"LineSink","topics":"t","secret":"hush"}}`

func memory() *apitest.Memory {
	return &apitest.Memory{Version: "1", WorkerID: "w:1",
		Kind:  func(map[string]string) tasks.ConnectorKind { return tasks.SinkKind },
		Tasks: func(c map[string]string) []map[string]string { return []map[string]string{c, c} }}
}

// serve starts an API whose leader is the URL, or itself when that is "me".
func serve(t *testing.T, backend api.Backend, leader string) string {
	t.Helper()
	plugins := tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "org.example.LineSinkConnector", Type: tasks.SinkPluginType,
		Version: "1", Config: tasks.ConfigDef{{Name: "secret", Type: tasks.TypePassword, Default: tasks.NullDefault}}}}}}
	s := httptest.NewServer(api.New(api.Options{Backend: backend, Plugins: plugins,
		Validate: connector.Validator{Plugins: plugins}.Validate,
		Leader:   func() (string, bool) { return leader, leader == "me" }}))
	t.Cleanup(s.Close)
	return s.URL
}

type answer struct {
	status         int
	location, body string
}

func ask(t *testing.T, method, url, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), strings.TrimSpace(string(b))}
}

func TestForward(t *testing.T) {
	t.Parallel()
	backend := memory()
	leader := serve(t, backend, "me")
	follower := serve(t, memory(), leader)
	got := ask(t, "POST", follower+"/connectors", good)
	if got.status != http.StatusCreated || got.location != follower+"/connectors/c" {
		t.Errorf("POST through a follower: %+v, want 201 and the follower's location", got)
	}
	if _, ok := backend.Connector("c"); !ok {
		t.Error("the leader does not have the connector")
	}
	if got := ask(t, "PUT", follower+"/connectors/c/pause", ""); got.status != http.StatusAccepted {
		t.Errorf("PUT pause through a follower: %+v", got)
	}
	if s, _ := backend.Connector("c"); s.Target != "PAUSED" {
		t.Errorf("target %q at the leader, want PAUSED", s.Target)
	}
	for _, tt := range []struct{ name, leader, query, want string }{
		{"no hop is left", leader, "?forward=false", "conflicting operation"},
		{"nobody leads", "", "", "no known leader URL"},
		{"two followers that each take the other for the leader", serve(t, memory(), follower), "?forward=true", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, "DELETE", serve(t, memory(), tt.leader)+"/connectors/unknown"+tt.query, "")
			if got.status != http.StatusConflict || !strings.Contains(got.body, tt.want) {
				t.Errorf("got %+v, want 409 with %q", got, tt.want)
			}
		})
	}
}

// broken fails every write with the same error.
type broken struct {
	*apitest.Memory
	err error
}

func (b broken) Delete(context.Context, string) error { return b.err }

func TestBackendErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"not found", fmt.Errorf("connector c: %w", api.ErrNotFound), http.StatusNotFound},
		{"conflict", fmt.Errorf("fenced: %w", api.ErrConflict), http.StatusConflict},
		{"other", errors.New("no broker answers"), http.StatusInternalServerError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, broken{memory(), tt.err}, "me")
			ask(t, "POST", url+"/connectors", good)
			if got := ask(t, "DELETE", url+"/connectors/c", ""); got.status != tt.want || !strings.Contains(got.body, `"error_code":`) {
				t.Errorf("got %+v, want %d", got, tt.want)
			}
		})
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	got := ask(t, "POST", serve(t, memory(), "me")+"/connectors", strings.Repeat(" ", 5<<20))
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %+v, want 413", got)
	}
}

func TestValidateHidesPasswords(t *testing.T) {
	t.Parallel()
	got := ask(t, "PUT", serve(t, memory(), "me")+"/connector-plugins/LineSink/config/validate",
		`{"connector.class":"LineSink","name":"c","topics":"a , b","secret":"hush"}`)
	if got.status != http.StatusOK || strings.Contains(got.body, "hush") {
		t.Errorf("got %+v, want 200 without the password", got)
	}
	for _, want := range []string{`"error_count":0`, `"name":"secret","value":"[hidden]"`, `"name":"topics","value":"a,b"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing in %s", want, got.body)
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	backend := memory()
	url := serve(t, backend, "me")
	ask(t, "POST", url+"/connectors", good)
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/connectors/c/restart", http.StatusNoContent},
		{"/connectors/c/restart?includeTasks=true&onlyFailed=TRUE", http.StatusAccepted},
		{"/connectors/c/tasks/1/restart", http.StatusNoContent},
		// -1 would mean the whole connector to the backend.
		{"/connectors/c/tasks/-1/restart", http.StatusNotFound},
	} {
		if got := ask(t, "POST", url+tt.path, ""); got.status != tt.status {
			t.Errorf("POST %s: %+v, want %d", tt.path, got, tt.status)
		}
	}
	want := []apitest.Restart{{Name: "c", Task: -1}, {Name: "c", Task: -1, IncludeTasks: true, OnlyFailed: true}, {Name: "c", Task: 1}}
	if d := cmp.Diff(want, backend.Restarts()); d != "" {
		t.Errorf("restarts (-want +got):\n%s", d)
	}
}

func TestPathsThatCanBeReadInTwoWays(t *testing.T) {
	t.Parallel()
	url := serve(t, memory(), "me")
	for _, path := range []string{"//connectors", "/connectors/a%2Fb", "/connectors/a%25b", "/connectors/a%5Cb", "/connectors/a%00b", "/connectors/%ff"} {
		if got := ask(t, "GET", url+path, ""); got.status != http.StatusBadRequest {
			t.Errorf("GET %s: %+v, want 400", path, got)
		}
	}
}

func TestServeLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel() // The end comes while this request runs.
		_, _ = io.WriteString(w, "done")
	})
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, ln, api.ServeOptions{}, h) }()
	if got := ask(t, "GET", "http://"+ln.Addr().String(), ""); got.body != "done" {
		t.Errorf("got %+v, want the whole answer", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestSlowClients has clients that send a request byte by byte, and never its end: they are let go when its time is over, and keep
// nobody else from an answer meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + ln.Addr().String()
	plugins := tasks.Plugins{}
	h := api.New(api.Options{Backend: memory(), Plugins: plugins, Validate: connector.Validator{Plugins: plugins}.Validate, Leader: func() (string, bool) { return "me", true }})
	const limit = time.Second
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- api.Serve(ctx, ln, api.ServeOptions{Timeout: limit}, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	const clients = 50
	gone := make(chan time.Duration, 2*clients)
	for _, begin := range []string{"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST /connectors HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"} {
		for range clients {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				defer conn.Close()
				begun := time.Now()
				_, err := io.WriteString(conn, begin)
				for err == nil && time.Since(begun) < 20*limit {
					time.Sleep(limit / 20) // as slow clients do
					_, err = io.WriteString(conn, "x")
				}
				gone <- time.Since(begun)
			}()
		}
	}
	for range 20 {
		if got := ask(t, "GET", url+"/", ""); got.status != http.StatusOK {
			t.Errorf("with slow clients: %+v", got)
		}
	}
	for range 2 * clients {
		if took := <-gone; took >= 20*limit {
			t.Errorf("a slow client was served for %s", took)
		}
	}
}

// TestForwardedNames has names in paths that could be read as something else on the way to the leader.
func TestForwardedNames(t *testing.T) {
	t.Parallel()
	follower := serve(t, memory(), serve(t, memory(), "me"))
	for path, name := range map[string]string{"a%3Fforward=false": "a?forward=false", "a%23b": "a#b", "a%20b": "a b", "%C3%BC": "ü", "a;b=c": "a;b=c", "a%26b": "a&b", "%2e%2e%2e": "...", "a+b": "a+b", "a%0A": ""} {
		got := ask(t, "PUT", follower+"/connectors/"+path+"/pause", "")
		if want := `"Unknown connector ` + name + `"`; name != "" && (got.status != http.StatusNotFound || !strings.Contains(got.body, want)) || name == "" && got.status != http.StatusBadRequest {
			t.Errorf("%s: %+v, want %s", path, got, want)
		}
	}
}

func FuzzCreateBody(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"name":null,"config":{"a":1.50,"b":null,"c":[1]}}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	h := api.New(api.Options{Backend: memory(), Leader: func() (string, bool) { return "", true },
		Validate: func(map[string]string) (connector.Report, error) { return connector.Report{}, nil }})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/connectors", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 0 || w.Code == http.StatusNoContent {
			t.Errorf("status %d for %q", w.Code, body)
		}
	})
}
