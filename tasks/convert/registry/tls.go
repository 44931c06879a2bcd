package registry

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	jks "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/mayfly-connect/mayfly/tasks"
)

// sslPrefix is the prefix of the TLS properties.
const sslPrefix = "schema.registry."

// sslKeys are the properties that say whom to trust and who the client is, as PEM, PKCS12 or JKS.
func sslKeys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey { return key(sslPrefix+name, tasks.TypeString, "", doc) }
	secret := func(name, doc string) tasks.ConfigKey { return key(sslPrefix+name, tasks.TypePassword, "", doc) }
	algorithm := text("ssl.endpoint.identification.algorithm", "Empty to accept a certificate of another host.")
	algorithm.Default = tasks.DefaultTo("https")
	return tasks.ConfigDef{
		text("ssl.truststore.location", "File of the certificates to trust; without it, those of the system."),
		text("ssl.truststore.type", "PEM, PKCS12 or JKS; without it the content tells."),
		secret("ssl.truststore.password", "Password of the trust store."),
		secret("ssl.truststore.certificates", "The certificates to trust, in PEM."),
		text("ssl.keystore.location", "File of the client's certificate and key."),
		text("ssl.keystore.type", "PEM, PKCS12 or JKS; without it the content tells."),
		secret("ssl.keystore.password", "Password of the key store."),
		secret("ssl.key.password", "Password of the key, when it is not that of the key store."),
		secret("ssl.keystore.certificate.chain", "The client's certificate, in PEM."),
		secret("ssl.keystore.key", "The client's private key, in PEM, not encrypted."),
		algorithm,
	}
}

// transportSecurity reads the files that the properties name. Errors are ConfigExceptions and hold nothing of the content.
func transportSecurity(c tasks.Config) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	trust, err := readStore(c, "ssl.truststore", "ssl.truststore.certificates")
	if err != nil {
		return nil, err
	}
	if trust != nil {
		config.RootCAs = x509.NewCertPool()
		if err := trust.certificates(config.RootCAs); err != nil {
			return nil, trust.failed(err)
		}
	}
	if err := identify(c, config); err != nil {
		return nil, err
	}
	switch algorithm := c.String(sslPrefix + "ssl.endpoint.identification.algorithm"); strings.ToLower(algorithm) {
	case "https":
	case "":
		chainOnly(config)
	default:
		return nil, tasks.ConfigException("Invalid value %s for configuration %sssl.endpoint.identification.algorithm: it is neither https nor empty",
			algorithm, sslPrefix)
	}
	return config, nil
}

// identify adds the client's certificate, when there is one.
func identify(c tasks.Config, config *tls.Config) error {
	own, err := readStore(c, "ssl.keystore", "ssl.keystore.certificate.chain")
	if err != nil || own == nil {
		return err
	}
	if inline := c.String(sslPrefix + "ssl.keystore.key"); inline != "" {
		own.data = append(append(own.data, '\n'), inline...)
	}
	own.keyPassword = c.String(sslPrefix + "ssl.key.password")
	if own.keyPassword == "" {
		own.keyPassword = own.password
	}
	pair, err := own.pair()
	if err != nil {
		return own.failed(err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

// store is the content of a trust or key store.
type store struct {
	from, kind            string
	data                  []byte
	password, keyPassword string
}

// readStore returns the store of some properties, nil when they name none.
func readStore(c tasks.Config, name, inline string) (*store, error) {
	s := &store{from: sslPrefix + inline, kind: "PEM", data: []byte(c.String(sslPrefix + inline)), password: c.String(sslPrefix + name + ".password")}
	if len(s.data) > 0 {
		return s, nil
	}
	path := c.String(sslPrefix + name + ".location")
	if path == "" {
		return nil, nil
	}
	s.from = sslPrefix + name + ".location"
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
	if want := c.String(sslPrefix + name + ".type"); strings.EqualFold(want, "PEM") != (s.kind == "PEM") && want != "" {
		return nil, s.failed(fmt.Errorf("%s is not of the type %s that %s%s.type says", path, want, sslPrefix, name))
	}
	return s, nil
}

func (s *store) failed(err error) error {
	return tasks.ConfigException("Invalid value for configuration %s: %v; give a PEM, PKCS12 or JKS file and its password", s.from, err)
}

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
	ks := jks.New()
	if err := ks.Load(bytes.NewReader(s.data), []byte(s.password)); err != nil {
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

// pair returns the client's certificate and key.
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
	ks := jks.New()
	if err := ks.Load(bytes.NewReader(s.data), []byte(s.password)); err != nil {
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

// chainOnly verifies the server's chain but not its host name.
func chainOnly(config *tls.Config) {
	roots := config.RootCAs
	config.InsecureSkipVerify = true // VerifyConnection below does the chain
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the schema registry sent no certificate")
		}
		between := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}
