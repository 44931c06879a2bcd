package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jks "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// identity is a client's own certificate, signed by itself.
type identity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIdentity(t *testing.T) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return identity{cert, key}
}

func (i identity) pkcs8(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMutualTLS connects with every kind of store to a registry that asks for the client's certificate.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	own := newIdentity(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, schemaAnswer) }))
	clients := x509.NewCertPool()
	clients.AddCert(own.cert)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := server.Certificate()

	const p = "schema.registry.ssl."
	for _, tt := range []struct {
		name  string
		props func(t *testing.T) map[string]string
	}{
		{"inline PEM", func(t *testing.T) map[string]string {
			return map[string]string{p + "truststore.certificates": pemOf("CERTIFICATE", trusted.Raw),
				p + "keystore.certificate.chain": pemOf("CERTIFICATE", own.cert.Raw), p + "keystore.key": pemOf("PRIVATE KEY", own.pkcs8(t))}
		}},
		{"PEM files", func(t *testing.T) map[string]string {
			return map[string]string{p + "truststore.location": write(t, "ca.pem", []byte(pemOf("CERTIFICATE", trusted.Raw))), p + "truststore.type": "PEM",
				p + "keystore.location": write(t, "own.pem", []byte(pemOf("CERTIFICATE", own.cert.Raw)+pemOf("PRIVATE KEY", own.pkcs8(t))))}
		}},
		{"PKCS12", func(t *testing.T) map[string]string {
			trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{trusted}, "changeit")
			if err != nil {
				t.Fatal(err)
			}
			keys, err := pkcs12.Modern.Encode(own.key, own.cert, nil, "changeit")
			if err != nil {
				t.Fatal(err)
			}
			return map[string]string{p + "truststore.location": write(t, "trust.p12", trust), p + "truststore.password": "changeit",
				p + "keystore.location": write(t, "keys.p12", keys), p + "keystore.password": "changeit", p + "keystore.type": "PKCS12"}
		}},
		{"JKS", func(t *testing.T) map[string]string {
			return map[string]string{p + "truststore.location": write(t, "trust.jks", trustJKS(t, trusted)), p + "truststore.password": "changeit",
				p + "keystore.location": write(t, "keys.jks", keyJKS(t, own)), p + "keystore.password": "changeit", p + "key.password": "keypass"}
		}},
		{"any host", func(t *testing.T) map[string]string {
			return map[string]string{p + "truststore.certificates": pemOf("CERTIFICATE", trusted.Raw), p + "endpoint.identification.algorithm": "",
				p + "keystore.certificate.chain": pemOf("CERTIFICATE", own.cert.Raw), p + "keystore.key": pemOf("PRIVATE KEY", own.pkcs8(t))}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			props := tt.props(t)
			props["schema.registry.url"], props["max.retries"] = server.URL, "0"
			if _, err := client(t, props).ByID(t.Context(), 7, ""); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("unknown authority", func(t *testing.T) {
		t.Parallel()
		c := client(t, map[string]string{"schema.registry.url": server.URL, "max.retries": "0"})
		if _, err := c.ByID(t.Context(), 7, ""); err == nil {
			t.Error("a certificate of nobody was trusted")
		}
	})
}

func trustJKS(t *testing.T, cert *x509.Certificate) []byte {
	t.Helper()
	ks := jks.New()
	entry := jks.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: jks.Certificate{Type: "X509", Content: cert.Raw}}
	if err := ks.SetTrustedCertificateEntry("ca", entry); err != nil {
		t.Fatal(err)
	}
	return stored(t, ks)
}

func keyJKS(t *testing.T, own identity) []byte {
	t.Helper()
	ks := jks.New()
	entry := jks.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: own.pkcs8(t),
		CertificateChain: []jks.Certificate{{Type: "X509", Content: own.cert.Raw}}}
	if err := ks.SetPrivateKeyEntry("own", entry, []byte("keypass")); err != nil {
		t.Fatal(err)
	}
	return stored(t, ks)
}

func stored(t *testing.T, ks jks.KeyStore) []byte {
	t.Helper()
	var b strings.Builder
	if err := ks.Store(&b, []byte("changeit")); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}
