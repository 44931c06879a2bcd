package avro_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// TestRegistryFailures tells what may pass from what is the record's fault.
func TestRegistryFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		kind   tasks.ErrorKind
		asked  int32 // calls after two records
	}{
		{"unknown id", 404, `{"error_code":40403,"message":"Schema not found"}`, tasks.KindBadRecord, 1},
		{"broken store", 500, `{"error_code":50001,"message":"Error in the backend data store"}`, tasks.KindRetriable, 4},
		{"proxy", 502, `<html>`, tasks.KindRetriable, 4},
		{"forbidden", 403, `{"error_code":40301,"message":"User is denied"}`, tasks.KindFatal, 2},
		{"other answer", 200, `<html>`, tasks.KindRetriable, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			url := strings.Replace(server.URL, "://", "://user:secret@", 1)
			c, err := avro.New(map[string]string{"schema.registry.url": url, "max.retries": "1", "retries.wait.ms": "0"}, false)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, _, err = c.ToConnect(t.Context(), &tasks.Arena{}, "t", nil, framed(7, []byte{2}))
			}
			if err == nil || tasks.KindOf(err) != tt.kind {
				t.Errorf("got kind %v of %v, want %v", tasks.KindOf(err), err, tt.kind)
			}
			if strings.Contains(tasks.Trace(err), "secret") {
				t.Errorf("a secret in %s", tasks.Trace(err))
			}
			if asked.Load() != tt.asked {
				t.Errorf("asked %d times, want %d", asked.Load(), tt.asked)
			}
		})
	}
}

// TestUnreachable names the URL, goes on to the next one, and ends with its context.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	c, err := avro.New(map[string]string{"schema.registry.url": "http://127.0.0.1:1", "max.retries": "0"}, false)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.ToConnect(t.Context(), &tasks.Arena{}, "t", nil, framed(7, nil))
	if tasks.KindOf(err) != tasks.KindRetriable || !strings.Contains(err.Error(), "http://127.0.0.1:1/schemas/ids/7") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err = c.ToConnect(ctx, &tasks.Arena{}, "t", nil, framed(8, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to be cancelled", err)
	}
}

// TestSeveralURLs goes to the second registry when the first is not there, with the credentials that are configured.
func TestSeveralURLs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, user, want string
		props            map[string]string
	}{
		{"of the URL", "me:pw@", "Basic bWU6cHc=", nil},
		{"user info", "", "Basic YTpiOmM=", map[string]string{"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "a:b:c"}},
		{"token", "", "Bearer xyz", map[string]string{"bearer.auth.credentials.source": "STATIC_TOKEN", "bearer.auth.token": "xyz"}},
		{"none", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Value
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen.Store(r.Header.Get("Authorization"))
				_, _ = w.Write([]byte(`{"schema":"\"int\"","version":1,"id":7}`))
			}))
			defer server.Close()
			props := map[string]string{"schema.registry.url": "http://127.0.0.1:1, " + strings.Replace(server.URL, "://", "://"+tt.user, 1)}
			for k, v := range tt.props {
				props[k] = v
			}
			c, err := avro.New(props, false)
			if err != nil {
				t.Fatal(err)
			}
			_, v, err := c.ToConnect(t.Context(), &tasks.Arena{}, "t", nil, framed(7, []byte{2}))
			if err != nil || v.Int() != 1 {
				t.Fatalf("got %v, %v", v, err)
			}
			if got := seen.Load(); got != tt.want {
				t.Errorf("authorization %q, want %q", got, tt.want)
			}
		})
	}
}
