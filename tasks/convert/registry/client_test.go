package registry_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

const schemaAnswer = `{"schema":"\"int\"","id":7,"version":1}`

func client(t *testing.T, props map[string]string) *registry.Client {
	t.Helper()
	c, err := newClient(props)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newClient(props map[string]string) (*registry.Client, error) {
	c, errs := registry.Keys().Parse(props)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return registry.New(c)
}

// TestCredentials sends what each source of credentials gives.
func TestCredentials(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		user, password, _ := r.BasicAuth()
		if user != "app" || password != "pw" || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "sr" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"tok","expires_in":3600}`)
	}))
	t.Cleanup(issuer.Close)
	for _, tt := range []struct {
		name  string
		props map[string]string
		want  string
	}{
		{"user info", map[string]string{"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "a:b:c"}, "Basic YTpiOmM="},
		{"inherited", map[string]string{"basic.auth.credentials.source": "SASL_INHERIT",
			"sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b:c";`}, "Basic YTpiOmM="},
		{"token", map[string]string{"bearer.auth.credentials.source": "STATIC_TOKEN", "bearer.auth.token": "xyz"}, "Bearer xyz"},
		{"client credentials", map[string]string{"bearer.auth.credentials.source": "OAUTHBEARER", "bearer.auth.issuer.endpoint.url": issuer.URL,
			"bearer.auth.client.id": "app", "bearer.auth.client.secret": "pw", "bearer.auth.scope": "sr", "bearer.auth.logical.cluster": "lsrc-1"}, "Bearer tok"},
		{"inherited client", map[string]string{"bearer.auth.credentials.source": "SASL_OAUTHBEARER_INHERIT", "sasl.oauthbearer.token.endpoint.url": issuer.URL,
			"sasl.jaas.config": `m required clientId='app' clientSecret="pw" scope=sr;`}, "Bearer tok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var seen, cluster atomic.Value
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen.Store(r.Header.Get("Authorization"))
				cluster.Store(r.Header.Get("target-sr-cluster"))
				_, _ = io.WriteString(w, schemaAnswer)
			}))
			defer server.Close()
			tt.props["schema.registry.url"] = server.URL
			c := client(t, tt.props)
			for range 2 {
				if _, err := c.ByID(t.Context(), 7, ""); err != nil {
					t.Fatal(err)
				}
			}
			if seen.Load() != tt.want || cluster.Load() != tt.props["bearer.auth.logical.cluster"] {
				t.Errorf("authorization %q for %q, want %q", seen.Load(), cluster.Load(), tt.want)
			}
		})
	}
	t.Cleanup(func() {
		if asked.Load() != 2 {
			t.Errorf("asked for %d tokens, want one for each client", asked.Load())
		}
	})
}

// TestRefusedToken is fatal, and hides the secret.
func TestRefusedToken(t *testing.T) {
	t.Parallel()
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer issuer.Close()
	c := client(t, map[string]string{"schema.registry.url": "http://127.0.0.1:1", "bearer.auth.credentials.source": "OAUTHBEARER",
		"bearer.auth.issuer.endpoint.url": issuer.URL, "bearer.auth.client.id": "app", "bearer.auth.client.secret": "hush"})
	_, err := c.ByID(t.Context(), 7, "")
	if tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), issuer.URL) || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// TestTooMany repeats what the registry refuses for now, and stops after the configured number of repetitions.
func TestTooMany(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		refuse  int32
		retries string
		ok      bool
	}{{"passes", 2, "3", true}, {"lasts", 9, "1", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) <= tt.refuse {
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				_, _ = io.WriteString(w, schemaAnswer)
			}))
			defer server.Close()
			c := client(t, map[string]string{"schema.registry.url": server.URL, "max.retries": tt.retries, "retries.wait.ms": "0", "retries.max.wait.ms": "1"})
			_, err := c.ByID(t.Context(), 7, "")
			if tt.ok != (err == nil) || err != nil && tasks.KindOf(err) != tasks.KindRetriable {
				t.Errorf("after %d calls: %v", asked.Load(), err)
			}
		})
	}
}

// TestSlow gives up on a registry that does not answer, in time and with its address.
func TestSlow(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	defer server.Close()
	defer close(done)
	c := client(t, map[string]string{"schema.registry.url": server.URL, "max.retries": "0", "http.read.timeout.ms": "20"})
	_, err := c.ByID(t.Context(), 7, "s-value")
	if tasks.KindOf(err) != tasks.KindRetriable || !strings.Contains(err.Error(), server.URL+"/schemas/ids/7?fetchMaxId=false&subject=s-value") {
		t.Errorf("got %v", err)
	}
}

// TestProxy goes through the proxy, with the headers that are configured.
func TestProxy(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Host + " " + r.Header.Get("X-Team"))
		_, _ = io.WriteString(w, schemaAnswer)
	}))
	defer proxy.Close()
	host, port, err := net.SplitHostPort(strings.TrimPrefix(proxy.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, map[string]string{"schema.registry.url": "http://registry.invalid:8081", "proxy.host": host, "proxy.port": port, "request.header.X-Team": "data"})
	if _, err := c.ByID(t.Context(), 7, ""); err != nil || seen.Load() != "registry.invalid:8081 data" {
		t.Errorf("%v, %v", seen.Load(), err)
	}
}

// TestBadCredentials refuses at once what cannot work.
func TestBadCredentials(t *testing.T) {
	t.Parallel()
	for _, props := range []map[string]string{
		{"basic.auth.credentials.source": "NONSENSE"},
		{"basic.auth.credentials.source": "USER_INFO"},
		{"basic.auth.credentials.source": "SASL_INHERIT"},
		{"bearer.auth.credentials.source": "NONSENSE"},
		{"bearer.auth.credentials.source": "OAUTHBEARER"},
		{"schema.registry.ssl.truststore.location": "/nowhere"},
		{"schema.registry.ssl.truststore.certificates": "none"},
		{"schema.registry.ssl.keystore.certificate.chain": "none"},
		{"schema.registry.ssl.endpoint.identification.algorithm": "x"},
	} {
		props["schema.registry.url"] = "http://r"
		if c, err := newClient(props); err == nil {
			t.Errorf("%v: got %v", props, c)
		}
	}
}
