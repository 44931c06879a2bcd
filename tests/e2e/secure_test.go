package e2e_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jks "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.issue("authority")
	return a
}

// issue makes a certificate for 127.0.0.1, signed by the authority, the first one by itself.
func (a *authority) issue(name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	parent, signer := form, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	} else {
		form.IsCA, form.KeyUsage = true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &key.PublicKey, signer)
	must(a.t, err)
	cert, err := x509.ParseCertificate(der)
	must(a.t, err)
	return cert, key
}

func (a *authority) file(name string, b []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	must(a.t, os.WriteFile(path, b, 0o600))
	return path
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// store writes a key store of a kind, with a certificate of its own.
func (a *authority) store(kind, password string) string {
	a.t.Helper()
	cert, key := a.issue("server")
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(a.t, err)
	switch kind {
	case "PKCS12":
		b, err := pkcs12.Modern.Encode(key, cert, nil, password)
		must(a.t, err)
		return a.file("store.p12", b)
	case "JKS":
		ks := jks.New()
		must(a.t, ks.SetPrivateKeyEntry("server", jks.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: der,
			CertificateChain: []jks.Certificate{{Type: "X509", Content: cert.Raw}}}, []byte(password)))
		var b bytes.Buffer
		must(a.t, ks.Store(&b, []byte(password)))
		return a.file("store.jks", b.Bytes())
	}
	return a.file("store.pem", append(block("CERTIFICATE", cert.Raw), block("PRIVATE KEY", der)...))
}

func (a *authority) trust() string { return a.file("trust.pem", block("CERTIFICATE", a.cert.Raw)) }

// client trusts the authority, and shows a certificate of it.
func (a *authority) client(shown bool) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	config := &tls.Config{RootCAs: pool}
	if shown {
		cert, key := a.issue("client")
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
}

func TestKeyStores(t *testing.T) {
	for _, kind := range []string{"PEM", "PKCS12", "JKS"} {
		t.Run(kind, func(t *testing.T) {
			a := newAuthority(t)
			s := embedded(t, "CONNECT_LISTENERS=https://127.0.0.1:0", "CONNECT_LISTENERS_HTTPS_SSL_KEYSTORE_TYPE="+kind,
				"CONNECT_LISTENERS_HTTPS_SSL_KEYSTORE_LOCATION="+a.store(kind, "changeit"), "CONNECT_LISTENERS_HTTPS_SSL_KEYSTORE_PASSWORD=changeit")
			resp, err := a.client(false).Get(s.node.URL() + "/")
			must(t, err)
			must(t, resp.Body.Close())
			if !strings.HasPrefix(s.node.URL(), "https://") || resp.StatusCode != http.StatusOK {
				t.Errorf("%s answers %s", s.node.URL(), resp.Status)
			}
			if _, err := newAuthority(t).client(false).Get(s.node.URL() + "/"); err == nil {
				t.Error("a client that does not trust the certificate got an answer")
			}
		})
	}
}

// TestMutualTLS has a leader and a standby, which forwards over TLS with its own certificate.
func TestMutualTLS(t *testing.T) {
	a := newAuthority(t)
	environ := []string{"CONNECT_LISTENERS=https://127.0.0.1:0", "CONNECT_SSL_KEYSTORE_LOCATION=" + a.store("PEM", ""), "CONNECT_SSL_TRUSTSTORE_LOCATION=" + a.trust(),
		"CONNECT_SSL_CLIENT_AUTH=required"}
	leader := embedded(t, environ...)
	if _, err := a.client(false).Get(leader.node.URL() + "/"); err == nil {
		t.Error("a client without a certificate got an answer")
	}
	if _, err := newAuthority(t).client(true).Get(leader.node.URL() + "/"); err == nil {
		t.Error("a client with a certificate of another authority got an answer")
	}
	standby := newSite(t, leader.addr)
	standby.start(true, environ...)
	req, err := http.NewRequest(http.MethodPut, standby.node.URL()+"/connectors/over-tls/config", strings.NewReader(
		fmt.Sprintf(`{"connector.class":"FileStreamSink","topics":"t","file":%q}`, leader.file("out"))))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client(true).Do(req)
	must(t, err)
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("the standby answers %d %s", resp.StatusCode, b)
	}
	standby.stop()
}

// endpoints are all of the API, with whether they change something.
var endpoints = []struct {
	method, path string
	writes       bool
}{
	{"GET", "/", false}, {"GET", "/health", false}, {"GET", "/openapi.json", false}, {"GET", "/metrics", false}, {"GET", "/connectors", false}, {"POST", "/connectors", true},
	{"GET", "/connectors/x", false}, {"DELETE", "/connectors/x", true}, {"GET", "/connectors/x/config", false}, {"PUT", "/connectors/x/config", true},
	{"PATCH", "/connectors/x/config", true}, {"GET", "/connectors/x/status", false}, {"GET", "/connectors/x/tasks", false},
	{"GET", "/connectors/x/tasks/0/status", false}, {"POST", "/connectors/x/restart", true},
	{"POST", "/connectors/x/tasks/0/restart", true}, {"PUT", "/connectors/x/pause", true}, {"PUT", "/connectors/x/resume", true}, {"PUT", "/connectors/x/stop", true},
	{"GET", "/connectors/x/topics", false}, {"PUT", "/connectors/x/topics/reset", true}, {"GET", "/connectors/x/offsets", false},
	{"PATCH", "/connectors/x/offsets", true}, {"DELETE", "/connectors/x/offsets", true}, {"GET", "/connector-plugins", false},
	{"GET", "/connector-plugins/FileStreamSink/config", false}, {"PUT", "/connector-plugins/FileStreamSink/config/validate", false},
	{"GET", "/admin/loggers", false}, {"GET", "/admin/loggers/root", false}, {"PUT", "/admin/loggers/root", true}, {"OPTIONS", "/connectors", false},
}

func TestUsers(t *testing.T) {
	users := filepath.Join(t.TempDir(), "users.properties")
	must(t, os.WriteFile(users, []byte("ann=secret\nron=looks\n"), 0o600))
	s := embedded(t, "MAYFLY_REST_USERS_FILE="+users, "MAYFLY_REST_READERS=ron")
	ask := func(method, path, user, password string) int {
		req, err := http.NewRequest(method, s.node.URL()+path, strings.NewReader("{}"))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	for _, e := range endpoints {
		for _, who := range [][2]string{{"", ""}, {"ann", "looks"}, {"eve", ""}, {"eve", "secret"}} {
			if got := ask(e.method, e.path, who[0], who[1]); got != http.StatusUnauthorized {
				t.Errorf("%s %s as %q: %d", e.method, e.path, who, got)
			}
		}
		want := map[bool]string{true: "403", false: "not 401 or 403"}[e.writes]
		if got := ask(e.method, e.path, "ron", "looks"); (got == http.StatusForbidden) != e.writes || got == http.StatusUnauthorized {
			t.Errorf("%s %s as a reader: %d, want %s", e.method, e.path, got, want)
		}
		if got := ask(e.method, e.path, "ann", "secret"); got == http.StatusForbidden || got == http.StatusUnauthorized {
			t.Errorf("%s %s: %d", e.method, e.path, got)
		}
	}
	if strings.Contains(s.said.String(), "secret") {
		t.Error("a password is in the log")
	}
}

func TestRequestLimits(t *testing.T) {
	s := embedded(t, "MAYFLY_REST_REQUEST_MAX_BYTES=1000", "MAYFLY_REST_RATE_LIMIT=5")
	resp, err := http.Post(s.node.URL()+"/connectors", "application/json", strings.NewReader(`{"name":"`+strings.Repeat("x", 1000)+`"}`))
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large request is answered %s", resp.Status)
	}
	refused := false
	for range 200 {
		resp, err := http.Get(s.node.URL() + "/")
		must(t, err)
		must(t, resp.Body.Close())
		refused = refused || resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != ""
	}
	if !refused {
		t.Error("200 requests at once were all answered")
	}
}
