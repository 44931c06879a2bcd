package awslogin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// early is how long before they expire credentials are fetched anew.
const early = 5 * time.Minute

// patience bounds one request for credentials.
const patience = 10 * time.Second

// Credentials are what requests are signed with.
type Credentials struct {
	AccessKey, SecretKey, SessionToken string
	Expires                            time.Time // zero for never
}

func (c *Credentials) complete() bool { return c.AccessKey != "" && c.SecretKey != "" }

// Chain finds credentials. The zero value is AWS's default chain. Safe for concurrent use.
type Chain struct {
	// Profile is the profile of the shared files; empty for AWS_PROFILE, or "default". Where it is set, only it counts.
	Profile string
	// Role, when it has an ARN, is assumed with the credentials that the chain finds.
	Role Role
	// Getenv is the environment, Transport reaches the endpoints, Now is the clock; nil for the process's own.
	Getenv    func(string) string
	Transport http.RoundTripper
	Now       func() time.Time

	mu    sync.Mutex
	found Credentials
}

// Role is a role that is assumed.
type Role struct {
	ARN, ExternalID, SessionName string
	// Region is where STS is asked; empty for the environment's.
	Region string
}

// errNone says that a place has no credentials, which is no mistake: the next one is looked at.
var errNone = errors.New("no credentials")

// Get returns credentials that are valid for some minutes; it asks for them only when the last ones are not. It may block on
// the network.
func (c *Chain) Get(ctx context.Context) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found.complete() && !c.found.Expires.IsZero() && c.now().Before(c.found.Expires.Add(-early)) {
		return c.found, nil
	}
	found, err := c.find(ctx)
	if err == nil && c.Role.ARN != "" {
		found, err = c.assume(ctx, found, c.Role)
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("find AWS credentials: %w", err)
	}
	c.found = found
	return found, nil
}

// find looks at one place after the other. A place that is configured and does not work ends the search.
func (c *Chain) find(ctx context.Context) (Credentials, error) {
	if c.Profile != "" {
		return c.profile(ctx, c.Profile)
	}
	for _, look := range []func(context.Context) (Credentials, error){c.environment, c.webIdentity, c.shared, c.container, c.instance} {
		if found, err := look(ctx); !errors.Is(err, errNone) {
			return found, err
		}
	}
	return Credentials{}, errors.New("there are none: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or AWS_PROFILE, " +
		"or give the container or the instance a role")
}

func (c *Chain) environment(context.Context) (Credentials, error) {
	found := Credentials{AccessKey: c.getenv("AWS_ACCESS_KEY_ID"), SecretKey: c.getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: c.getenv("AWS_SESSION_TOKEN")}
	if !found.complete() {
		return found, errNone
	}
	return found, nil
}

func (c *Chain) webIdentity(ctx context.Context) (Credentials, error) {
	file, role := c.getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), c.getenv("AWS_ROLE_ARN")
	if file == "" || role == "" {
		return Credentials{}, errNone
	}
	return c.assumeWithToken(ctx, file, Role{ARN: role, SessionName: c.getenv("AWS_ROLE_SESSION_NAME")})
}

func (c *Chain) getenv(name string) string {
	if c.Getenv != nil {
		return c.Getenv(name)
	}
	return os.Getenv(name)
}

func (c *Chain) first(names ...string) string {
	for _, n := range names {
		if v := c.getenv(n); v != "" {
			return v
		}
	}
	return ""
}

func (c *Chain) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Chain) client() *http.Client {
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	// A redirect would take the token elsewhere.
	return &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
