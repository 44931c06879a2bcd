// Package bearer gets bearer tokens by the client credentials grant of OAuth 2, for the schema registry and for Kafka.
package bearer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Tokens gets bearer tokens by the client credentials grant of OAuth 2, and keeps each until shortly before it expires. Safe
// for concurrent use.
type Tokens struct {
	// Endpoint is the URL that is asked, ID and Secret the client's, Scope what it asks for.
	Endpoint, ID, Secret, Scope string

	mu      sync.Mutex
	token   string
	expires time.Time
}

// Check returns an error when something is missing; names are the properties that have it.
func (t *Tokens) Check(names string) error {
	if t.Endpoint == "" || t.ID == "" || t.Secret == "" {
		return tasks.ConfigException("Missing required configuration: bearer tokens need %s", names)
	}
	if u, err := url.Parse(t.Endpoint); err != nil || u.Host == "" {
		return tasks.ConfigException("Invalid value for a token endpoint: it must be an http or https URL")
	}
	return nil
}

// leeway is how long before its end a token is no longer used; lifeless is how long one lives that does not say so.
const (
	leeway   = 30 * time.Second
	lifeless = 5 * time.Minute
)

// Get returns a token, a new one when the last is about to expire. It blocks on the endpoint.
func (t *Tokens) Get(ctx context.Context, client *http.Client) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && time.Now().Before(t.expires) {
		return t.token, nil
	}
	what := "token endpoint: POST " + withoutUser(t.Endpoint)
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.Scope != "" {
		form.Set("scope", t.Scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	req.SetBasicAuth(url.QueryEscape(t.ID), url.QueryEscape(t.Secret))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return "", tasks.Retriable(fmt.Errorf("%s: %w; check that it runs", what, inner(err)))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", tasks.Retriable(fmt.Errorf("%s: read the answer: %w", what, err))
	}
	if resp.StatusCode != http.StatusOK {
		err := fmt.Errorf("%s: %s; check the client's id and secret", what, resp.Status)
		if transient(resp.StatusCode) {
			return "", tasks.Retriable(err)
		}
		return "", tasks.Fatal(err)
	}
	var answer struct {
		Token   string  `json:"access_token"`
		Expires float64 `json:"expires_in"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Token == "" {
		return "", tasks.Fatal(fmt.Errorf("%s: the answer has no access_token", what))
	}
	life := lifeless
	if answer.Expires > 0 {
		life = time.Duration(answer.Expires * float64(time.Second))
	}
	t.token, t.expires = answer.Token, time.Now().Add(life-min(leeway, life/2))
	return t.token, nil
}

// Forget drops a token that was refused.
func (t *Tokens) Forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// transient reports whether a status may be another one soon.
func transient(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// inner is an HTTP client's error without the URL, which may hold a password.
func inner(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func withoutUser(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(a URL that cannot be read)"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
