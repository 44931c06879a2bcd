package aws_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
)

// service is a stand-in for both services.
func service(t *testing.T, asked *atomic.Int64) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var in struct{ SecretId, Name string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=AK/") || !strings.Contains(a, "/eu-west-1/") {
			t.Errorf("authorization %q", a)
		}
		refuse := func(status int, kind string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"__type":"x#%s","message":"said so"}`, kind)
		}
		switch target := r.Header.Get("X-Amz-Target"); {
		case target == "AmazonSSM.GetParameter" && in.Name == "/db/pw":
			fmt.Fprint(w, `{"Parameter":{"Value":"p1"}}`)
		case target == "AmazonSSM.GetParameter":
			refuse(400, "ParameterNotFound")
		case in.SecretId == "busy":
			refuse(400, "ThrottlingException")
		case in.SecretId == "denied":
			refuse(400, "AccessDeniedException")
		case in.SecretId == "db" || in.SecretId == "arn:aws:x:db" || in.SecretId == "prod/db":
			fmt.Fprint(w, `{"SecretString":"{\"user\":\"u\",\"pw\":\"secret\",\"n\":7,\"no\":null,\"in\":{}}"}`)
		case in.SecretId == "bin":
			fmt.Fprint(w, `{"SecretBinary":"eyJwdyI6ImIifQ=="}`)
		case in.SecretId == "text":
			fmt.Fprint(w, `{"SecretString":"secret text"}`)
		default:
			refuse(400, "ResourceNotFoundException")
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func resolver(t *testing.T, class, endpoint string, more ...string) *provider.Resolver {
	t.Helper()
	props := map[string]string{"config.providers": "a", "config.providers.a.class": class}
	for i, kv := 0, append([]string{"endpoint", endpoint, "region", "eu-west-1", "aws.access.key", "AK", "aws.secret.key", "SK"}, more...); i < len(kv); i += 2 {
		props["config.providers.a.param."+kv[i]] = kv[i+1]
	}
	r, err := provider.New(props, nil, slog.New(slog.DiscardHandler), aws.Kinds()...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, class string
		more        []string
		in, want    string
		ttl         time.Duration
	}{
		{"two members", provider.SecretsManagerClass, nil, "${a:db:user}/${a:db:pw}", "u/secret", 0},
		{"number", provider.SecretsManagerClass, nil, "${a:db:n}", "7", 0},
		{"arn", provider.SecretsManagerClass, nil, "${a:arn%3Aaws%3Ax%3Adb:pw}", "secret", 0},
		{"ttl behind the key", provider.SecretsManagerClass, nil, "${a:db:pw?ttl=1500}", "secret", 1500 * time.Millisecond},
		{"ttl behind the path", provider.SecretsManagerClass, nil, "${a:db?ttl=60000:pw}", "secret", time.Minute},
		{"binary", provider.SecretsManagerClass, nil, "${a:bin:pw}", "b", 0},
		{"whole", provider.SecretsManagerClass, nil, "${a:text}", "secret text", 0},
		{"whole in base64", provider.SecretsManagerClass, []string{"RawSecretEncoding", "base64"}, "${a:text}", "c2VjcmV0IHRleHQ=", 0},
		{"not found is empty", provider.SecretsManagerClass, []string{"NotFoundStrategy", "ignore"}, "[${a:none:pw}${a:db:none}]", "[]", 0},
		{"Confluent's", provider.SecretsManagerClassConfluent, []string{"secret.prefix", "prod"}, "${a:db:pw}", "secret", 5 * time.Minute},
		{"the ttl of all", provider.SecretsManagerClassBefore, []string{"secret.ttl.ms", "2000"}, "${a:db:pw}", "secret", 2 * time.Second},
		{"parameter", provider.ParameterStoreClass, nil, "${a::/db/pw}", "p1", 0},
		{"parameter with ttl", provider.ParameterStoreClass, nil, "${a::/db/pw?ttl=1000}", "p1", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := resolver(t, c.class, service(t, &atomic.Int64{}), c.more...)
			got, err := r.Resolve(t.Context(), map[string]string{"k": c.in})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got.Props["k"]); d != "" {
				t.Error(d)
			}
			if got.TTL != c.ttl {
				t.Errorf("ttl %v, want %v", got.TTL, c.ttl)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	url := service(t, &atomic.Int64{})
	for _, c := range []struct {
		class, in, want string
		retriable       bool
	}{
		{provider.SecretsManagerClass, "${a:none:pw}", "Could not find secret 'none'", false},
		{provider.SecretsManagerClass, "${a:db:none}", "Secret undefined db:none", false},
		{provider.SecretsManagerClass, "${a:text:pw}", "not a JSON object", false},
		{provider.SecretsManagerClass, "${a:db:in}", "the member in is no text", false},
		{provider.SecretsManagerClass, "${a:db:pw?ttl=x}", "Invalid value x for configuration ttl", false},
		{provider.SecretsManagerClass, "${a:busy:pw}", "ThrottlingException", true},
		{provider.SecretsManagerClass, "${a:denied:pw}", "AccessDeniedException: said so", false},
		{provider.ParameterStoreClass, "${a::/none}", "Parameter /none not found.", false},
	} {
		_, err := resolver(t, c.class, url).Resolve(t.Context(), map[string]string{"k": c.in})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret text") {
			t.Errorf("%s: got %v, want %s", c.in, err, c.want)
		}
		if retriable := tasks.KindOf(err) == tasks.KindRetriable; retriable != c.retriable {
			t.Errorf("%s: retriable is %v", c.in, retriable)
		}
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	r := resolver(t, provider.SecretsManagerClass, service(t, &asked))
	for range 3 {
		if _, err := r.Resolve(t.Context(), map[string]string{"k": "${a:db:user}${a:db:pw}"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	for range 2 {
		if _, err := r.Resolve(t.Context(), map[string]string{"k": "${a:text?ttl=1}"}); err != nil {
			t.Fatal(err)
		}
		for start := time.Now(); time.Since(start) < 2*time.Millisecond; { // the time to live passes
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("%d requests after what had expired, want 3", n)
	}
}
