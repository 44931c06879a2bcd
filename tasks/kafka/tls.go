package kafka

import (
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

// tls builds the client's TLS settings from the ssl.* properties.
func (p lookup) tls() (*tls.Config, error) {
	config, err := javakeystore.Client(func(name string) (string, string) { return p.get(name), p.name(name) })
	if err != nil {
		return nil, err
	}
	// Kafka checks the host name unless the algorithm is set and empty.
	algorithm, set := p.props[p.name("ssl.endpoint.identification.algorithm")]
	switch algorithm = strings.TrimSpace(algorithm); {
	case !set || strings.EqualFold(algorithm, "https"):
	case algorithm == "":
		javakeystore.ChainOnly(config, "broker")
	default:
		return nil, fmt.Errorf("%s: %q is neither https nor empty", p.name("ssl.endpoint.identification.algorithm"), algorithm)
	}
	return config, nil
}
