package worker

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

// Listener is an address at which REST is served; over TLS when TLS is not nil.
type Listener struct {
	Address string
	TLS     *tls.Config
}

// Scheme is that of the listener's URL.
func (l Listener) Scheme() string {
	if l.TLS != nil {
		return "https"
	}
	return "http"
}

// listeners reads a list of http://host:port and https://host:port. The certificate of the latter is where the properties with
// one of the prefixes say, or without a prefix when there is none with it: never from both, as in Connect.
func (c *Config) listeners(text, key string, prefixes ...string) ([]Listener, error) {
	var out []Listener
	for _, one := range list(text) {
		if !strings.Contains(one, "://") {
			one = "http://" + one
		}
		u, err := url.Parse(one)
		if err != nil || u.Port() == "" || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
			return nil, fmt.Errorf("%s cannot be %q: use http://host:port or https://host:port, separated by commas", key, one)
		}
		l := Listener{Address: net.JoinHostPort(u.Hostname(), u.Port())}
		if strings.EqualFold(u.Scheme, "https") {
			if l.TLS, err = c.serverTLS(c.ssl(prefixes...)); err != nil {
				return nil, fmt.Errorf("%s has %s: %w", key, one, err)
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// advertised is the listener under which others are to reach this coordinator: the first one of the scheme, or, without one,
// the first that is not encrypted, as in Connect.
func (c *Config) advertised(scheme string) (Listener, error) {
	for _, want := range []string{cmp.Or(scheme, "http"), "https"} {
		for _, l := range c.Listeners {
			if strings.EqualFold(l.Scheme(), want) {
				return l, nil
			}
		}
		if scheme != "" {
			break
		}
	}
	return Listener{}, fmt.Errorf("rest.advertised.listener cannot be %q: listeners has none of that kind", scheme)
}

// ssl looks ssl.* properties up under the first prefix that any property has.
func (c *Config) ssl(prefixes ...string) javakeystore.Properties {
	used := ""
	for _, prefix := range prefixes {
		for k := range c.Props {
			if used == "" && strings.HasPrefix(k, prefix) {
				used = prefix
			}
		}
	}
	return func(name string) (string, string) { return strings.TrimSpace(c.Props[used+name]), used + name }
}

func (c *Config) serverTLS(p javakeystore.Properties) (*tls.Config, error) {
	own, err := javakeystore.Identity(p)
	if err != nil {
		return nil, err
	}
	if own == nil {
		_, key := p("ssl.keystore.location")
		return nil, fmt.Errorf("%s is not set: name a key store with the server's certificate", key)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*own}}
	if config.ClientCAs, err = javakeystore.Trust(p); err != nil {
		return nil, err
	}
	switch auth, key := p("ssl.client.auth"); strings.ToLower(auth) {
	case "", "none":
	case "requested":
		config.ClientAuth = tls.VerifyClientCertIfGiven
	case "required":
		config.ClientAuth = tls.RequireAndVerifyClientCert
	default:
		return nil, fmt.Errorf("%s cannot be %q: use required, requested or none", key, auth)
	}
	if versions, key := p("ssl.enabled.protocols"); versions != "" {
		if config.MinVersion, config.MaxVersion, err = protocols(list(versions)); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	names, key := p("ssl.cipher.suites")
	for _, name := range list(names) {
		id, ok := suite(name)
		if !ok {
			return nil, fmt.Errorf("%s: %q is not known, or not safe", key, name)
		}
		config.CipherSuites = append(config.CipherSuites, id)
	}
	return config, nil
}

// protocols returns the oldest and the newest of Java's names of TLS versions. What is older than TLS 1.2 is not spoken.
func protocols(names []string) (oldest, newest uint16, err error) {
	known := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	for _, name := range names {
		v, ok := known[name]
		if !ok {
			return 0, 0, fmt.Errorf("%q is not spoken: use TLSv1.2 and TLSv1.3", name)
		}
		oldest, newest = min(cmp.Or(oldest, v), v), max(newest, v)
	}
	return oldest, newest, nil
}

// suite finds a cipher suite; those of TLS 1.3 cannot be chosen among, and are all there.
func suite(name string) (uint16, bool) {
	for _, s := range tls.CipherSuites() {
		if s.Name == name {
			return s.ID, true
		}
	}
	return 0, false
}

// transport is how this coordinator asks the REST API of others, with the certificates of its own.
func (c *Config) transport() (http.RoundTripper, error) {
	p := c.ssl("listeners.https.")
	config, err := javakeystore.Client(p)
	if err != nil {
		return nil, err
	}
	name := "ssl.endpoint.identification.algorithm"
	if _, key := p(name); key != "" {
		if algorithm, set := c.Props[key]; set && strings.TrimSpace(algorithm) == "" {
			javakeystore.ChainOnly(config, "other coordinator")
		}
	}
	return &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}, nil
}
