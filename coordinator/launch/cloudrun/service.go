// Package cloudrun launches executors on Cloud Run: as requests to a service that answers the lease endpoint.
package cloudrun

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"

	"github.com/mayfly-connect/mayfly/coordinator/launch/endpoint"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	prefix      = "mayfly.launcher.cloudrun."
	urlKey      = prefix + "url"
	audienceKey = prefix + "audience"
)

// Keys are the worker properties of the launcher cloudrun.
func Keys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: urlKey, Type: tasks.TypeString, Check: tasks.NonEmpty, Importance: tasks.High,
			Doc: "Where the services take invitations, `{family}` for the plugin family: `https://mayfly-{family}-PROJECT.REGION.run.app/lease`."},
		{Name: audienceKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low,
			Doc: "The audience of the ID token; the URL without its path, which Cloud Run takes, without one."},
	}
}

// New returns the launcher with its worker properties: that of HTTP, with an ID token of Google's default credentials.
func New(ctx context.Context, c tasks.Config, family func(l tasks.Lease) tasks.Family) *endpoint.Launcher {
	t := &tokens{audience: c.String(audienceKey), sources: map[string]oauth2.TokenSource{}}
	return endpoint.Launcher{URL: c.String(urlKey), Family: family, Client: endpoint.Client(nil), Limit: tasks.InvitationLimit, URLKey: urlKey,
		TokenKey: "Google's default credentials and run.routes.invoke (roles/run.invoker)", Token: t.token}.Open(ctx)
}

// tokens are ID tokens by audience, which Google's library renews.
type tokens struct {
	audience string

	mu      sync.Mutex
	sources map[string]oauth2.TokenSource
}

func (t *tokens) token(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	audience := u.Scheme + "://" + u.Host
	if t.audience != "" {
		audience = t.audience
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sources[audience]
	if s == nil {
		// It outlives this call.
		if s, err = idtoken.NewTokenSource(context.WithoutCancel(ctx), audience); err != nil {
			return "", fmt.Errorf("get an ID token for %s: %w; a service account is needed, not a user's login", audience, err)
		}
		t.sources[audience] = s
	}
	token, err := s.Token()
	if err != nil {
		return "", fmt.Errorf("get an ID token for %s: %w", audience, err)
	}
	return strings.TrimSpace(token.AccessToken), nil
}
