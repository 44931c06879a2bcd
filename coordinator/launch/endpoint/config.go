package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

const (
	prefix       = "mayfly.launcher.http."
	urlKey       = prefix + "url"
	tokenKey     = prefix + "token"
	tokenFileKey = prefix + "token.file"
	limitKey     = prefix + "invitation.max.bytes"
)

// Keys are the worker properties of the launcher http.
func Keys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: urlKey, Type: tasks.TypeString, Importance: tasks.High, Check: tasks.NonEmpty,
			Doc: "Where invitations are posted; `{family}` in it stands for the plugin family, as in `http://executor-{family}:8080/lease`."},
		{Name: tokenKey, Type: tasks.TypePassword, Default: tasks.NullDefault, Importance: tasks.Medium,
			Doc: "The bearer token that the endpoint expects; may be a placeholder of a config provider."},
		{Name: tokenFileKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium,
			Doc: "A file with the token instead, read anew for each request, as platforms replace it."},
		{Name: limitKey, Type: tasks.TypeInt, Default: tasks.DefaultTo("1048576"), Check: tasks.Between(1024, tasks.InvitationLimit), Importance: tasks.Low,
			Doc: "The most bytes of an invitation."},
		{Name: prefix + "ssl.truststore.location", Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium,
			Doc: "Whom to trust with `https`: a PEM, PKCS12 or JKS file; the system's authorities without one. The other `ssl.truststore.*` and `ssl.keystore.*` properties of Kafka's clients count too, with the same prefix."},
		{Name: prefix + "ssl.keystore.location", Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium,
			Doc: "The certificate and key with which this coordinator shows who it is (mutual TLS)."},
	}
}

// Configured returns the launcher with its worker properties.
func Configured(c tasks.Config, family func(l tasks.Lease) tasks.Family) (Launcher, error) {
	config, err := javakeystore.Client(func(name string) (string, string) { return c.Props()[prefix+name], prefix + name })
	if err != nil {
		return Launcher{}, err
	}
	token, file := c.String(tokenKey), c.String(tokenFileKey)
	if token != "" && file != "" {
		return Launcher{}, fmt.Errorf("both %s and %s are set; keep one", tokenKey, tokenFileKey)
	}
	return Launcher{URL: c.String(urlKey), Family: family, Client: Client(config), Limit: int(c.Int(limitKey)), URLKey: urlKey, TokenKey: tokenKey,
		Token: func(context.Context, string) (string, error) {
			if file == "" {
				return token, nil
			}
			return readToken(file)
		}}, nil
}

func readToken(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", tokenFileKey, err)
	}
	if t := strings.TrimSpace(string(b)); t != "" {
		return t, nil
	}
	return "", errors.New(tokenFileKey + " names an empty file")
}

// Client returns an HTTP client for answers that take as long as a lease, many at once, to one host.
func Client(config *tls.Config) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSClientConfig: config,
		TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
}
