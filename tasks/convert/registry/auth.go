package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

func authKeys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey { return key(name, tasks.TypeString, "", doc) }
	secret := func(name, doc string) tasks.ConfigKey { return key(name, tasks.TypePassword, "", doc) }
	return tasks.ConfigDef{
		key("basic.auth.credentials.source", tasks.TypeString, "URL", "URL, USER_INFO or SASL_INHERIT."),
		secret("basic.auth.user.info", "User and password for USER_INFO, separated by a colon."),
		secret("schema.registry.basic.auth.user.info", "The older name of basic.auth.user.info."),
		text("bearer.auth.credentials.source", "STATIC_TOKEN, OAUTHBEARER or SASL_OAUTHBEARER_INHERIT; empty for no bearer token."),
		secret("bearer.auth.token", "The token for STATIC_TOKEN."),
		text("bearer.auth.issuer.endpoint.url", "Where OAUTHBEARER gets its tokens."),
		text("bearer.auth.client.id", "The client's name for OAUTHBEARER."),
		secret("bearer.auth.client.secret", "The client's secret for OAUTHBEARER."),
		text("bearer.auth.scope", "The scope that OAUTHBEARER asks for."),
		text("bearer.auth.logical.cluster", "Sent as the header target-sr-cluster with a bearer token."),
		text("bearer.auth.identity.pool.id", "Sent as the header Confluent-Identity-Pool-Id with a bearer token."),
		secret("sasl.jaas.config", "The login of SASL_INHERIT and SASL_OAUTHBEARER_INHERIT."),
		text("sasl.oauthbearer.token.endpoint.url", "Where SASL_OAUTHBEARER_INHERIT gets its tokens."),
	}
}

// authorize prepares the credentials: a header that stays the same, or tokens that are got when they are needed.
func (r *Client) authorize(c tasks.Config) error {
	source := strings.ToUpper(c.String("bearer.auth.credentials.source"))
	if source != "" {
		for header, name := range map[string]string{"target-sr-cluster": "bearer.auth.logical.cluster",
			"Confluent-Identity-Pool-Id": "bearer.auth.identity.pool.id"} {
			if v := c.String(name); v != "" {
				r.header.Set(header, v)
			}
		}
	}
	jaas := jaasOptions(c.String("sasl.jaas.config"))
	switch source {
	case "":
		return r.basic(c, jaas)
	case "STATIC_TOKEN":
		r.header.Set("Authorization", "Bearer "+c.String("bearer.auth.token"))
		return nil
	case "OAUTHBEARER":
		r.tokens = &tokens{endpoint: c.String("bearer.auth.issuer.endpoint.url"), id: c.String("bearer.auth.client.id"),
			secret: c.String("bearer.auth.client.secret"), scope: c.String("bearer.auth.scope")}
		return r.tokens.complete("bearer.auth.issuer.endpoint.url, bearer.auth.client.id and bearer.auth.client.secret")
	case "SASL_OAUTHBEARER_INHERIT":
		r.tokens = &tokens{endpoint: c.String("sasl.oauthbearer.token.endpoint.url"), id: jaas["clientId"], secret: jaas["clientSecret"], scope: jaas["scope"]}
		return r.tokens.complete("sasl.oauthbearer.token.endpoint.url, and clientId and clientSecret in sasl.jaas.config")
	}
	return tasks.ConfigException("Invalid value %s for configuration bearer.auth.credentials.source: "+
		"only STATIC_TOKEN, OAUTHBEARER and SASL_OAUTHBEARER_INHERIT are supported", source)
}

func (r *Client) basic(c tasks.Config, jaas map[string]string) error {
	req := http.Request{Header: r.header}
	switch source := strings.ToUpper(c.String("basic.auth.credentials.source")); source {
	case "URL":
	case "USER_INFO":
		info := c.String("basic.auth.user.info")
		if info == "" {
			info = c.String("schema.registry.basic.auth.user.info")
		}
		user, password, ok := strings.Cut(info, ":")
		if !ok {
			return tasks.ConfigException("UserInfo must be provided when basic.auth.credentials.source is set to USER_INFO: set basic.auth.user.info to user:password")
		}
		req.SetBasicAuth(user, password)
	case "SASL_INHERIT":
		if jaas["username"] == "" {
			return tasks.ConfigException("sasl.jaas.config has no username, which basic.auth.credentials.source SASL_INHERIT takes from there")
		}
		req.SetBasicAuth(jaas["username"], jaas["password"])
	default:
		return tasks.ConfigException("Invalid value %s for configuration basic.auth.credentials.source: only URL, USER_INFO and SASL_INHERIT are supported", source)
	}
	return nil
}

var jaasOption = regexp.MustCompile(`(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"']+))`)

// jaasOptions reads the options of a login module's line.
func jaasOptions(text string) map[string]string {
	out := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(text, -1) {
		out[m[1]] = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[2]) + m[3] + m[4]
	}
	return out
}

// tokens gets bearer tokens by the client credentials grant of OAuth 2, and keeps each until shortly before it expires. Safe
// for concurrent use.
type tokens struct {
	endpoint, id, secret, scope string

	mu      sync.Mutex
	token   string
	expires time.Time
}

func (t *tokens) complete(names string) error {
	if t.endpoint == "" || t.id == "" || t.secret == "" {
		return tasks.ConfigException("Missing required configuration: bearer tokens need %s", names)
	}
	if u, err := url.Parse(t.endpoint); err != nil || u.Host == "" {
		return tasks.ConfigException("Invalid value for a token endpoint: it must be an http or https URL")
	}
	return nil
}

// leeway is how long before its end a token is no longer used; lifeless is how long one lives that does not say so.
const (
	leeway   = 30 * time.Second
	lifeless = 5 * time.Minute
)

// get returns a token, a new one when the last is about to expire. It blocks on the endpoint.
func (t *tokens) get(ctx context.Context, client *http.Client) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && time.Now().Before(t.expires) {
		return t.token, nil
	}
	what := "token endpoint: POST " + withoutUser(t.endpoint)
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.scope != "" {
		form.Set("scope", t.scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	req.SetBasicAuth(url.QueryEscape(t.id), url.QueryEscape(t.secret))
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

// forget drops a token that was refused.
func (t *tokens) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

func withoutUser(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(a URL that cannot be read)"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
