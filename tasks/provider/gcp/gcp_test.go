package gcp_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

func resolver(t *testing.T, more ...string) *provider.Resolver {
	t.Helper()
	secrets := map[string]string{"projects/1/secrets/db/versions/latest": `{"pw":"secret"}`, "projects/2/secrets/db/versions/3": `{"pw":"older"}`,
		"projects/1/secrets/prod-db/versions/latest": `{"pw":"prefixed"}`, "projects/1/secrets/text/versions/latest": "secret text"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), ":access")
		switch v, ok := secrets[name]; {
		case ok:
			fmt.Fprintf(w, `{"payload":{"data":%q}}`, base64.StdEncoding.EncodeToString([]byte(v)))
		case strings.Contains(name, "busy"):
			w.WriteHeader(503)
		default:
			w.WriteHeader(404)
			fmt.Fprint(w, `{"error":{"message":"no such thing"}}`)
		}
	}))
	t.Cleanup(s.Close)
	props := map[string]string{"config.providers": "g", "config.providers.g.class": provider.SecretManagerClass}
	for i, kv := 0, append([]string{"endpoint", s.URL, "project.id", "1"}, more...); i < len(kv); i += 2 {
		props["config.providers.g.param."+kv[i]] = kv[i+1]
	}
	r, err := provider.New(props, nil, slog.New(slog.DiscardHandler), gcp.Kinds()...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		more     []string
		ttl      time.Duration
	}{
		{"${g:db:pw}", "secret", nil, 5 * time.Minute},
		{"${g:db?ttl=1000&version=3&projectid=2:pw}", "older", nil, time.Second},
		{"${g:projects/2/secrets/db/versions/3:pw}", "older", nil, 5 * time.Minute},
		{"${g:db:pw}", "prefixed", []string{"secret.prefix", "prod-", "secret.ttl.ms", "3000"}, 3 * time.Second},
		{"${g:text}", "secret text", nil, 5 * time.Minute},
		{"${g:db:none}", "${g:db:none}", nil, 5 * time.Minute},
	} {
		got, err := resolver(t, c.more...).Resolve(t.Context(), map[string]string{"k": c.in})
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got.Props["k"] != c.want || got.TTL != c.ttl {
			t.Errorf("%s: got %q for %v, want %q for %v", c.in, got.Props["k"], got.TTL, c.want, c.ttl)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"${g:none:pw}": "Exception thrown while reading secret 'projects/1/secrets/none/versions/latest'",
		"${g:text:pw}": "not a JSON object",
		"${g:busy:pw}": "status 503",
	} {
		_, err := resolver(t).Resolve(t.Context(), map[string]string{"k": in})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret text") {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
		if retriable := tasks.KindOf(err) == tasks.KindRetriable; retriable != strings.Contains(in, "busy") {
			t.Errorf("%s: retriable is %v", in, retriable)
		}
	}
}
