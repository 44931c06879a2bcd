package boot_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

const cluster = "connect-cluster"

func encoded(t *testing.T, change func(inv *tasks.Invitation)) []byte {
	t.Helper()
	inv := tasks.Invitation{Version: tasks.WireVersion, Sent: time.Now().UnixMilli(), Leases: []tasks.Lease{{Version: tasks.WireVersion, ID: "c-orders-0-1-2", Connector: "c",
		Kind: tasks.SinkKind, GroupID: cluster, Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, From: 1, To: 2}, Epoch: 1, Attempt: 1, TTL: 60_000,
		Config: map[string]string{"a": "b"}, Bootstrap: []string{"localhost:9092"}, ResultTopic: "results"}}}
	if change != nil {
		change(&inv)
	}
	b, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBadInvitations goes through the endpoint, as platforms do.
func TestBadInvitations(t *testing.T) {
	t.Parallel()
	whole := encoded(t, nil)
	ran := 0
	e := &boot.Endpoint{Admit: func(b []byte) (*tasks.Invitation, error) { return boot.Admit(b, cluster, time.Now()) },
		Run: func(context.Context, *tasks.Invitation) error { ran++; return nil }, Token: func() (string, error) { return "", nil }}
	e.Open(t.Context(), 1)
	sent := func(at time.Time) []byte {
		return encoded(t, func(inv *tasks.Invitation) { inv.Sent = at.UnixMilli() })
	}
	for _, c := range []struct {
		name   string
		body   []byte
		status int
		says   string
	}{
		{"truncated", whole[:len(whole)/2], http.StatusBadRequest, "decode invitation"},
		{"empty", nil, http.StatusBadRequest, "decode invitation"},
		{"not JSON", []byte("hello"), http.StatusBadRequest, "decode invitation"},
		{"damaged", bytes.Replace(whole, []byte(`"from":1`), []byte(`"from":0`), 1), http.StatusBadRequest, "damaged"},
		{"no lease", []byte(`{"version":1,"leases":[]}`), http.StatusBadRequest, "no lease"},
		{"of a version to come", []byte(`{"version":99,"leases":[{}]}`), http.StatusBadRequest, "update the executor"},
		{"too large", encoded(t, func(inv *tasks.Invitation) { inv.Leases[0].Config["x"] = strings.Repeat("x", tasks.InvitationLimit) }), http.StatusRequestEntityTooLarge, "bytes"},
		{"of another cluster", encoded(t, func(inv *tasks.Invitation) { inv.Leases[0].GroupID = "other" }), http.StatusConflict, boot.GroupIDEnv},
		{"expired", sent(time.Now().Add(-time.Hour)), http.StatusGone, "granted again"},
		{"from the future", sent(time.Now().Add(time.Hour)), http.StatusTooEarly, "clocks"},
	} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/lease", bytes.NewReader(c.body)))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: answered %d %s, want %d and %q", c.name, w.Code, w.Body, c.status, c.says)
		}
	}
	if ran != 0 {
		t.Errorf("%d of them were run", ran)
	}
	for _, late := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} { // clocks are a little apart
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/lease", bytes.NewReader(sent(time.Now().Add(-late)))))
		if w.Code != http.StatusOK || !strings.HasSuffix(w.Body.String(), "{\"done\":true}\n") {
			t.Errorf("one that is %s late: answered %d %s", late, w.Code, w.Body)
		}
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	e := &boot.Endpoint{Admit: func(b []byte) (*tasks.Invitation, error) { return boot.Admit(b, "", time.Now()) },
		Run: func(context.Context, *tasks.Invitation) error { close(begun); <-end; return nil }, Token: func() (string, error) { return "", nil }}
	e.Open(t.Context(), 1)
	post := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/lease", bytes.NewReader(encoded(t, nil))))
		return w
	}
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- post() }()
	<-begun
	if w := post(); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), boot.ConcurrencyEnv) {
		t.Errorf("one too many: answered %d %s", w.Code, w.Body)
	}
	close(end)
	if w := <-first; w.Code != http.StatusOK {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestIsInvitation(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]bool{
		string(encoded(t, nil)):                               true,
		`{"version":1,"slice":{}}`:                            true,
		`{"version":"2.0","rawPath":"/","requestContext":{}}`: false,
		`{"Records":[{"eventSource":"aws:sqs"}]}`:             false,
		`{"leases":`: false,
		`[]`:         false,
	} {
		if got := boot.IsInvitation([]byte(payload)); got != want {
			t.Errorf("%.60s: %v, want %v", payload, got, want)
		}
	}
}
