// Package kafka turns Kafka's Java client properties into franz-go options.
//
// Options does no I/O but reading the key stores that the properties name, and
// holds no state: it is safe for concurrent use. No error of this package
// holds the value of a secret property.
package kafka

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Options gives the client options for props. A property named prefix+name
// wins over the plain name, as Connect's "consumer." and "producer." do; with
// an empty prefix only plain names count. An error names the property to mend.
func Options(props map[string]string, prefix string) ([]kgo.Opt, error) {
	p := lookup{props: props, prefix: prefix}
	servers, err := p.servers()
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{kgo.SeedBrokers(servers...)}
	if id := p.get("client.id"); id != "" {
		opts = append(opts, kgo.ClientID(id))
	}
	switch level := strings.ToLower(p.get("isolation.level")); level {
	case "", "read_uncommitted":
	case "read_committed":
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	default:
		return nil, fmt.Errorf("%s: %q is neither read_uncommitted nor read_committed", p.name("isolation.level"), level)
	}
	security, err := p.security()
	if err != nil {
		return nil, err
	}
	tuning, err := p.tuning()
	return slices.Concat(opts, security, tuning), err
}

// security gives the TLS and SASL options that security.protocol asks for.
func (p lookup) security() ([]kgo.Opt, error) {
	protocol := strings.ToUpper(p.get("security.protocol"))
	var useTLS, useSASL bool
	switch protocol {
	case "", "PLAINTEXT":
	case "SSL":
		useTLS = true
	case "SASL_PLAINTEXT":
		useSASL = true
	case "SASL_SSL":
		useTLS, useSASL = true, true
	default:
		return nil, fmt.Errorf("%s: %q is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", p.name("security.protocol"), protocol)
	}
	var opts []kgo.Opt
	if useTLS {
		config, err := p.tls()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(config))
	}
	if useSASL {
		mechanism, err := p.sasl()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

// lookup reads properties with a prefix that wins over the plain name.
type lookup struct {
	props  map[string]string
	prefix string
}

func (p lookup) get(name string) string { return strings.TrimSpace(p.props[p.name(name)]) }

// name is the key that get reads, for errors.
func (p lookup) name(name string) string {
	if _, ok := p.props[p.prefix+name]; ok {
		return p.prefix + name
	}
	return name
}

// servers splits bootstrap.servers at its commas.
func (p lookup) servers() ([]string, error) {
	var servers []string
	for s := range strings.SplitSeq(p.get("bootstrap.servers"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			servers = append(servers, s)
		}
	}
	if len(servers) == 0 {
		return nil, fmt.Errorf("%s: no broker is named; give host:port, separated by commas", p.name("bootstrap.servers"))
	}
	return servers, nil
}
