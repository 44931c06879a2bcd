// Package gcp has the config provider of Google Cloud's Secret Manager, under the class names of Confluent's own, with its
// parameters. The one request that it takes is made here rather than by the service's SDK, which would cost an executor
// megabytes.
package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

const (
	host     = "https://secretmanager.googleapis.com"
	scope    = "https://www.googleapis.com/auth/cloud-platform"
	patience = 10 * time.Second
	limit    = 1 << 20
)

// Kinds returns the kinds of this package.
func Kinds() []provider.Kind {
	return []provider.Kind{{Class: provider.SecretManagerClass, New: newSecrets}, {Class: provider.SecretManagerClassBefore, New: newSecrets}}
}

// secrets is the Secret Manager: the path is the secret's name (with ?version=, ?projectid= and ?ttl= behind it), or its
// resource name projects/P/secrets/S; the key is a member of its JSON object. Without a path the key is the name, and the
// value the whole secret.
type secrets struct {
	project, prefix, endpoint string
	ttl                       time.Duration
	credentials               []option.ClientOption

	cache provider.Cache
	mu    sync.Mutex
	http  *http.Client // once it is connected
}

func newSecrets(s provider.Settings) (provider.Provider, error) {
	p := s.Params
	c := &secrets{project: p["project.id"], prefix: p["secret.prefix"], endpoint: host, ttl: 5 * time.Minute}
	var err error
	if text := p["secret.ttl.ms"]; text != "" {
		if c.ttl, err = provider.Millis("secret.ttl.ms", text); err != nil {
			return nil, err
		}
	}
	if p["endpoint"] != "" {
		c.endpoint = strings.TrimSuffix(p["endpoint"], "/")
	}
	switch location := p["credential.location"]; {
	case strings.HasPrefix(c.endpoint, "http://"): // an emulator
		c.credentials = []option.ClientOption{option.WithoutAuthentication()}
	case location == "" || strings.EqualFold(location, "ApplicationDefault"):
		c.credentials = []option.ClientOption{option.WithScopes(scope)}
	case strings.EqualFold(location, "File"):
		c.credentials = []option.ClientOption{option.WithScopes(scope), option.WithAuthCredentialsFile(option.ServiceAccount, p["credential.file"])}
	case strings.EqualFold(location, "Inline"):
		c.credentials = []option.ClientOption{option.WithScopes(scope), option.WithAuthCredentialsJSON(option.ServiceAccount, []byte(p["credential.inline"]))}
	default:
		return nil, tasks.ConfigException("%s", tasks.InvalidValue("credential.location", location, "it is none of ApplicationDefault, File, Inline").Message)
	}
	return c, nil
}

// Get implements [provider.Provider].
func (s *secrets) Get(ctx context.Context, path string, keys []string) (provider.Data, error) {
	data := provider.Data{Values: map[string]string{}}
	for _, key := range keys {
		at := path
		if path == "" {
			at = key
		}
		a, err := provider.NewAddress(at)
		if err != nil {
			return data, err
		}
		ttl, err := a.TTL(s.ttl)
		if err != nil {
			return data, err
		}
		if ttl > 0 && (data.TTL == 0 || ttl < data.TTL) {
			data.TTL = ttl
		}
		name, err := s.name(a)
		if err != nil {
			return data, err
		}
		value, err := s.cache.Get(name, ttl, func() (string, error) { return s.fetch(ctx, name) })
		found := err == nil
		if found && path != "" {
			value, found, err = provider.Field(value, key)
		}
		if err != nil {
			return data, err
		}
		if found {
			data.Values[key] = value
		}
	}
	return data, nil
}

// name returns the resource name of a version.
func (s *secrets) name(a provider.Address) (string, error) {
	name, version := a.Name, "latest"
	if v := a.Query.Get("version"); v != "" {
		version = v
	}
	if !strings.HasPrefix(name, "projects/") {
		project := s.project
		if p := a.Query.Get("projectid"); p != "" {
			project = p
		}
		if project == "" {
			return "", tasks.ConfigException("config provider: no project is named; set the parameter project.id, or ?projectid= behind the secret %s", name)
		}
		name = "projects/" + project + "/secrets/" + s.prefix + name
	}
	if !strings.Contains(name, "/versions/") {
		name += "/versions/" + version
	}
	return name, nil
}

// connect finds the credentials when the first value is asked for.
func (s *secrets) connect(ctx context.Context) (*http.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return s.http, nil
	}
	c, _, err := transport.NewClient(context.WithoutCancel(ctx), s.credentials...)
	if err != nil {
		return nil, tasks.Retriable(fmt.Errorf("find credentials for the Secret Manager: %w", err))
	}
	s.http = c
	return c, nil
}

func (s *secrets) fetch(ctx context.Context, name string) (string, error) {
	client, err := s.connect(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	u := &url.URL{Path: "/v1/" + name + ":access"}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint+u.EscapedPath(), nil)
	if err != nil {
		return "", tasks.ConfigException("config provider: the parameter endpoint is no URL")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", tasks.Retriable(fmt.Errorf("read secret %s: %w", name, err))
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	_ = resp.Body.Close() // it was read to its end
	if err != nil {
		return "", tasks.Retriable(fmt.Errorf("read secret %s: %w", name, err))
	}
	if resp.StatusCode != http.StatusOK {
		return "", refusal(name, resp.StatusCode, answer)
	}
	var out struct {
		Payload struct{ Data []byte }
	}
	if json.Unmarshal(answer, &out) != nil { // the cause may quote it
		return "", tasks.Fatal(fmt.Errorf("read secret %s: the answer is not what the service says it is", name))
	}
	return string(out.Payload.Data), nil
}

// refusal reads an error's answer.
func refusal(name string, status int, answer []byte) error {
	var e struct {
		Error struct{ Message string }
	}
	_ = json.Unmarshal(answer, &e) // what is no JSON says nothing
	cause := fmt.Errorf("status %d: %s", status, e.Error.Message)
	if status >= 500 || status == http.StatusTooManyRequests {
		return tasks.Retriable(fmt.Errorf("read secret %s: %w", name, cause))
	}
	return tasks.ConfigException("Exception thrown while reading secret '%s'", name).WithCause(cause)
}
