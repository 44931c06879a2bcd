package javakeystore

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// store is the content of a trust or key store.
type store struct {
	from, kind            string
	data                  []byte
	password, keyPassword string
}

// read returns the store of some properties, nil when they name none.
func read(p Properties, name, inline string) (*store, error) {
	text, from := p(inline)
	s := &store{from: from, kind: "PEM", data: []byte(text)}
	s.password, _ = p(name + ".password")
	if len(s.data) > 0 {
		return s, nil
	}
	path, from := p(name + ".location")
	if path == "" {
		return nil, nil
	}
	s.from = from
	var err error
	if s.data, err = os.ReadFile(path); err != nil {
		return nil, s.failed(err)
	}
	// Java reads JKS as PKCS12 and the other way round, so the content decides.
	switch {
	case bytes.Contains(s.data, []byte("-----BEGIN ")):
	case bytes.HasPrefix(s.data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		s.kind = "JKS"
	default:
		s.kind = "PKCS12"
	}
	if want, key := p(name + ".type"); strings.EqualFold(want, "PEM") != (s.kind == "PEM") && want != "" {
		return nil, s.failed(fmt.Errorf("%s is not of the type %s that %s says", path, want, key))
	}
	return s, nil
}

func (s *store) failed(err error) error { return &Error{s.from, err} }

// certificates adds what the store trusts.
func (s *store) certificates(pool *x509.CertPool) error {
	switch s.kind {
	case "PEM":
		if !pool.AppendCertsFromPEM(s.data) {
			return errors.New("it holds no certificate")
		}
		return nil
	case "PKCS12":
		list, err := pkcs12.DecodeTrustStore(s.data, s.password)
		for _, cert := range list {
			pool.AddCert(cert)
		}
		return err
	}
	ks, err := s.jks()
	if err != nil {
		return err
	}
	for _, alias := range ks.Aliases() {
		entry, err := ks.GetTrustedCertificateEntry(alias)
		if err != nil {
			continue // a key's entry
		}
		cert, err := x509.ParseCertificate(entry.Certificate.Content)
		if err != nil {
			return err
		}
		pool.AddCert(cert)
	}
	return nil
}

// pair returns the certificate and its key.
func (s *store) pair() (tls.Certificate, error) {
	chain, private := s.data, s.data
	switch s.kind {
	case "PKCS12":
		k, cert, more, err := pkcs12.DecodeChain(s.data, s.password)
		if err != nil {
			return tls.Certificate{}, err
		}
		pair := tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: k}
		for _, c := range more {
			pair.Certificate = append(pair.Certificate, c.Raw)
		}
		return pair, nil
	case "JKS":
		var err error
		if chain, private, err = s.fromJKS(); err != nil {
			return tls.Certificate{}, err
		}
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		// The cause is left out: it may quote what was read.
		return pair, errors.New("it holds no matching certificate and private key that is not encrypted")
	}
	return pair, nil
}

// fromJKS returns the first key of a store and its certificates as PEM.
func (s *store) fromJKS() (chain, private []byte, err error) {
	ks, err := s.jks()
	if err != nil {
		return nil, nil, err
	}
	for _, alias := range ks.Aliases() {
		if !ks.IsPrivateKeyEntry(alias) {
			continue
		}
		entry, err := ks.GetPrivateKeyEntry(alias, []byte(s.keyPassword))
		if err != nil {
			return nil, nil, err
		}
		for _, c := range entry.CertificateChain {
			chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Content})...)
		}
		return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: entry.PrivateKey}), nil
	}
	return nil, nil, errors.New("it holds no private key")
}
