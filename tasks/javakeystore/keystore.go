// Package javakeystore reads certificates and keys from where the ssl.* properties of Kafka and its relatives say: PEM, PKCS12 and
// JKS. Its errors name the property and hold nothing of the content.
package javakeystore

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// Properties looks a property up by its plain name, such as ssl.keystore.location: its value, and the whole name by which people
// know it.
type Properties func(name string) (value, full string)

// Error says which property is at fault.
type Error struct {
	Key string
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v; give a PEM, PKCS12 or JKS file and its password", e.Key, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Trust returns the certificates that ssl.truststore.* name, nil when they name none.
func Trust(p Properties) (*x509.CertPool, error) {
	s, err := read(p, "ssl.truststore", "ssl.truststore.certificates")
	if err != nil || s == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if err := s.certificates(pool); err != nil {
		return nil, s.failed(err)
	}
	return pool, nil
}

// Identity returns the certificate and key that ssl.keystore.* name, nil when they name none.
func Identity(p Properties) (*tls.Certificate, error) {
	s, err := read(p, "ssl.keystore", "ssl.keystore.certificate.chain")
	if err != nil || s == nil {
		return nil, err
	}
	if inline, _ := p("ssl.keystore.key"); inline != "" {
		s.data = append(append(s.data, '\n'), inline...)
	}
	if s.keyPassword, _ = p("ssl.key.password"); s.keyPassword == "" {
		s.keyPassword = s.password
	}
	pair, err := s.pair()
	if err != nil {
		return nil, s.failed(err)
	}
	return &pair, nil
}

// Client returns a client's settings from the ssl.* properties: whom it trusts, and who it is.
func Client(p Properties) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if config.RootCAs, err = Trust(p); err != nil {
		return nil, err
	}
	own, err := Identity(p)
	if err != nil {
		return nil, err
	}
	if own != nil {
		config.Certificates = []tls.Certificate{*own}
	}
	return config, nil
}

// ChainOnly makes a client verify the chain but not the host name, as an empty
// ssl.endpoint.identification.algorithm asks. peer is what the other side is called in errors.
func ChainOnly(config *tls.Config, peer string) {
	roots := config.RootCAs
	config.InsecureSkipVerify = true // VerifyConnection below does the chain
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return fmt.Errorf("the %s sent no certificate", peer)
		}
		between := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}
