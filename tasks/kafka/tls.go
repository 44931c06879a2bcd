package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// tls builds the client's TLS settings from the ssl.* properties.
func (p lookup) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	trust, from, err := p.pem("ssl.truststore", "ssl.truststore.certificates")
	if err != nil {
		return nil, err
	}
	if trust != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(trust) {
			return nil, fmt.Errorf("%s: holds no PEM certificate", from)
		}
	}
	if err := p.keystore(config); err != nil {
		return nil, err
	}
	// Kafka checks the host name unless the algorithm is set and empty.
	algorithm, set := p.props[p.name("ssl.endpoint.identification.algorithm")]
	switch algorithm = strings.TrimSpace(algorithm); {
	case !set || strings.EqualFold(algorithm, "https"):
	case algorithm == "":
		chainOnly(config)
	default:
		return nil, fmt.Errorf("%s: %q is neither https nor empty", p.name("ssl.endpoint.identification.algorithm"), algorithm)
	}
	return config, nil
}

// keystore adds the client's certificate and key when the properties give one.
func (p lookup) keystore(config *tls.Config) error {
	if p.get("ssl.key.password") != "" {
		return fmt.Errorf("%s: encrypted private keys are not read; give an unencrypted PEM key", p.name("ssl.key.password"))
	}
	chain, from, err := p.pem("ssl.keystore", "ssl.keystore.certificate.chain")
	if err != nil || chain == nil {
		return err
	}
	key := chain // a PEM keystore file holds both
	if inline := p.get("ssl.keystore.key"); inline != "" {
		key = []byte(inline)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		// The cause is left out: it may quote what was read.
		return fmt.Errorf("%s: holds no matching PEM certificate and unencrypted private key", from)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

// pem gives the inline PEM text, or the content of store+".location", and the
// property it came from; nil when neither is set.
func (p lookup) pem(store, inline string) ([]byte, string, error) {
	kind := strings.ToUpper(p.get(store + ".type"))
	if kind != "" && kind != "PEM" {
		return nil, "", fmt.Errorf("%s: %s stores are not read; convert it to PEM and set %s.type=PEM", p.name(store+".type"), kind, store)
	}
	if text := p.get(inline); text != "" {
		return []byte(text), p.name(inline), nil
	}
	path, from := p.get(store+".location"), p.name(store+".location")
	if path == "" {
		return nil, "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", from, err)
	}
	if !strings.Contains(string(data), "-----BEGIN ") {
		return nil, "", fmt.Errorf("%s: %s is not PEM (JKS and PKCS12 are not read); convert it to PEM", from, path)
	}
	return data, from, nil
}

// chainOnly verifies the server's chain but not its host name.
func chainOnly(config *tls.Config) {
	roots := config.RootCAs
	config.InsecureSkipVerify = true // VerifyConnection below does the chain
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the broker sent no certificate")
		}
		between := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}
