// Package aws has the config providers of AWS Secrets Manager and of the SSM Parameter Store, under the class names of
// AWS's and Confluent's own providers, with their parameters.
//
// The two services take one signed request each, which is made here rather than by their SDKs: those would cost an executor
// megabytes.
package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// Kinds returns the kinds of this package.
func Kinds() []provider.Kind {
	reloading := func(s provider.Settings) (provider.Provider, error) { return newSecrets(s, 5*time.Minute) }
	return []provider.Kind{
		{Class: provider.SecretsManagerClass, New: func(s provider.Settings) (provider.Provider, error) { return newSecrets(s, 0) }},
		{Class: provider.SecretsManagerClassConfluent, New: reloading},
		{Class: provider.SecretsManagerClassBefore, New: reloading},
		{Class: provider.ParameterStoreClass, New: newParameters},
	}
}

// settings are the parameters that both services take.
type settings struct {
	client client
	ttl    time.Duration
	prefix string
	// ignore says that what is not found is empty (NotFoundStrategy).
	ignore bool
	encode bool // RawSecretEncoding=base64

	cache     provider.Cache
	mu        sync.Mutex
	connected bool
}

func newSettings(s provider.Settings, ttl time.Duration) (*settings, error) {
	p := s.Params
	first := func(keys ...string) string {
		for _, k := range keys {
			if v := strings.TrimSpace(p[k]); v != "" {
				return v
			}
		}
		return ""
	}
	c := &settings{ttl: ttl, prefix: first("secret.prefix"), ignore: first("NotFoundStrategy") == "ignore",
		encode: strings.EqualFold(first("RawSecretEncoding"), "base64"),
		client: client{region: first("region", "aws.region"), endpoint: first("endpoint", "aws.endpoint.url"),
			access: first("aws.access.key"), secret: first("aws.secret.key")}}
	var err error
	if text := first("secret.ttl.ms"); text != "" {
		c.ttl, err = provider.Millis("secret.ttl.ms", text)
	}
	return c, err
}

// connect reads the credentials' settings when the first value is asked for.
func (s *settings) connect(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected {
		return nil
	}
	err := s.client.connect(ctx)
	s.connected = err == nil
	return err
}

// secrets is AWS Secrets Manager: the path is the secret's name or ARN, the key a member of its JSON object. Without a path
// the key is the name, and the value the whole secret.
type secrets struct{ *settings }

func newSecrets(s provider.Settings, ttl time.Duration) (provider.Provider, error) {
	c, err := newSettings(s, ttl)
	return secrets{c}, err
}

// Get implements [provider.Provider].
func (s secrets) Get(ctx context.Context, path string, keys []string) (provider.Data, error) {
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
		name, query, _ := strings.Cut(key, "?") // AWS's provider takes the TTL behind the key
		if k, err := provider.NewAddress("?" + query); path != "" && err == nil && k.Query.Has("ttl") {
			a.Query.Set("ttl", k.Query.Get("ttl"))
		}
		ttl, err := a.TTL(s.ttl)
		if err != nil {
			return data, err
		}
		if ttl > 0 && (data.TTL == 0 || ttl < data.TTL) {
			data.TTL = ttl
		}
		value, found, err := s.value(ctx, a.Name, name, path == "", ttl)
		switch {
		case err != nil:
			return data, err
		case found:
			data.Values[key] = value
		case s.ignore:
			data.Values[key] = ""
		default:
			return data, tasks.ConfigException("Secret undefined %s:%s", path, key)
		}
	}
	return data, nil
}

// value returns a member of a secret, or the whole.
func (s secrets) value(ctx context.Context, secret, key string, whole bool, ttl time.Duration) (string, bool, error) {
	if s.prefix != "" {
		secret = strings.TrimSuffix(s.prefix, "/") + "/" + strings.TrimPrefix(secret, "/")
	}
	text, err := s.cache.Get(secret, ttl, func() (string, error) { return s.fetch(ctx, secret) })
	switch {
	case errors.Is(err, errNotFound) && s.ignore:
		return "", false, nil
	case errors.Is(err, errNotFound):
		return "", false, tasks.ConfigException("Could not find secret '%s'", secret)
	case err != nil || whole && !s.encode:
		return text, err == nil, err
	case whole:
		return base64.StdEncoding.EncodeToString([]byte(text)), true, nil
	}
	return provider.Field(text, key)
}

func (s secrets) fetch(ctx context.Context, secret string) (string, error) {
	if err := s.connect(ctx); err != nil {
		return "", err
	}
	var out struct {
		SecretString *string
		SecretBinary []byte
	}
	err := s.client.call(ctx, "secretsmanager", "secretsmanager.GetSecretValue", map[string]any{"SecretId": secret}, &out)
	if err != nil || out.SecretString == nil {
		return string(out.SecretBinary), err
	}
	return *out.SecretString, nil
}

// parameters is the SSM Parameter Store: the key is the parameter's name; a path says nothing.
type parameters struct{ *settings }

func newParameters(s provider.Settings) (provider.Provider, error) {
	c, err := newSettings(s, 0)
	return parameters{c}, err
}

// Get implements [provider.Provider].
func (p parameters) Get(ctx context.Context, _ string, keys []string) (provider.Data, error) {
	data := provider.Data{Values: map[string]string{}}
	for _, key := range keys {
		a, err := provider.NewAddress(key)
		if err != nil {
			return data, err
		}
		ttl, err := a.TTL(p.ttl)
		if err != nil {
			return data, err
		}
		if ttl > 0 && (data.TTL == 0 || ttl < data.TTL) {
			data.TTL = ttl
		}
		value, err := p.cache.Get(a.Name, ttl, func() (string, error) { return p.fetch(ctx, a.Name) })
		switch {
		case errors.Is(err, errNotFound) && p.ignore:
		case errors.Is(err, errNotFound):
			return data, tasks.ConfigException("Parameter %s not found.", a.Name)
		case err != nil:
			return data, err
		}
		data.Values[key] = value
	}
	return data, nil
}

func (p parameters) fetch(ctx context.Context, name string) (string, error) {
	if err := p.connect(ctx); err != nil {
		return "", err
	}
	var out struct{ Parameter struct{ Value string } }
	err := p.client.call(ctx, "ssm", "AmazonSSM.GetParameter", map[string]any{"Name": name, "WithDecryption": true}, &out)
	return out.Parameter.Value, err
}
