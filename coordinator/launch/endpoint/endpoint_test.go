package endpoint_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/endpoint"
	"github.com/mayfly-connect/mayfly/coordinator/launch/launchtest"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	token   = "hunter-2"
	cluster = "connect-cluster"
)

// service is the lease endpoint over the suite's executors.
func service(t *testing.T, concurrency int) *httptest.Server {
	t.Helper()
	e := &boot.Endpoint{Admit: func(b []byte) (*tasks.Invitation, error) { return boot.Admit(b, "", time.Now()) }, Run: launchtest.RunAll,
		Token: func() (string, error) { return token, nil }}
	e.Open(t.Context(), concurrency)
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

func launcher(t *testing.T, props map[string]string) *endpoint.Launcher {
	t.Helper()
	full := map[string]string{"mayfly.launcher.http.token": token}
	for k, v := range props {
		full["mayfly.launcher.http."+k] = v
	}
	c, mistakes := endpoint.Keys().Parse(full)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	l, err := endpoint.Configured(c, func(tasks.Lease) tasks.Family { return tasks.CoreFamily })
	if err != nil {
		t.Fatal(err)
	}
	return l.Open(t.Context())
}

func TestSuite(t *testing.T) {
	s := service(t, 64)
	answers := func(status int, body string) func(t *testing.T) launch.Launcher {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }))
		t.Cleanup(s.Close)
		return func(t *testing.T) launch.Launcher { return launcher(t, map[string]string{"url": s.URL}) }
	}
	launchtest.Suite(t, launchtest.UnderTest{
		New: func(t *testing.T) launch.Launcher { return launcher(t, map[string]string{"url": s.URL}) },
		Broken: []launchtest.Broken{
			{Why: "nobody listens", New: func(t *testing.T) launch.Launcher {
				return launcher(t, map[string]string{"url": "http://127.0.0.1:1/lease"})
			},
				Says: []string{"start an executor", "127.0.0.1:1", "refused", "mayfly.launcher.http.url"}},
			{Why: "the wrong token", New: func(t *testing.T) launch.Launcher {
				return launcher(t, map[string]string{"url": s.URL, "token": "other"})
			}, Says: []string{"start an executor", s.URL, "403", "no permission", "mayfly.launcher.http.token"}},
			{Why: "no endpoint", New: answers(http.StatusNotFound, "nothing here"), Says: []string{"404", "nothing here", "mayfly.launcher.http.url"}},
			{Why: "a server that fails", New: answers(http.StatusInternalServerError, `{"error":"the disk is full"}`), Says: []string{"500", "the disk is full"}},
		},
		Apart:  true,
		Limit:  tasks.InvitationLimit,
		Secret: "", // the service has its own
	})
}

func invitation(change func(l *tasks.Lease)) tasks.Invitation {
	l := tasks.Lease{Version: tasks.WireVersion, ID: "c-orders-0-1-2", Connector: "c", Kind: tasks.SinkKind, GroupID: cluster,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, From: 1, To: 2}, Epoch: 1, Attempt: 1, TTL: 60_000, Config: map[string]string{"a": "b"},
		Bootstrap: []string{"localhost:9092"}, ResultTopic: "results"}
	if change != nil {
		change(&l)
	}
	return tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{l}}
}

// TestThrottled is a service that has no room for a while: the start waits as long as it may, and asks as seldom as it is told.
func TestThrottled(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{"done":true}`+"\n")
	}))
	defer s.Close()
	l := launcher(t, map[string]string{"url": s.URL})
	defer l.Close(t.Context())
	gone := make(chan error, 1)
	if err := l.Launch(t.Context(), invitation(nil), func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-gone; err != nil || asked.Load() != 4 {
		t.Errorf("asked %d times, and gone with %v", asked.Load(), err)
	}

	never := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer never.Close()
	l = launcher(t, map[string]string{"url": never.URL})
	defer l.Close(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := l.Launch(ctx, invitation(nil), func(err error) { t.Errorf("gone with %v, though it never started", err) })
	if !errors.Is(err, launch.ErrBusy) || !strings.Contains(err.Error(), "503") {
		t.Errorf("a service without room answers %v", err)
	}
}

// TestLostConnection cuts the connection while the executor runs; TestSilence keeps it and says nothing more.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer s.Close()
	ends(t, s, "connection was lost")
}

func TestSilence(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer s.Close()
	ends(t, s, "hung")
}

func ends(t *testing.T, s *httptest.Server, says string) {
	t.Helper()
	l := launcher(t, map[string]string{"url": s.URL})
	defer l.Close(t.Context())
	gone := make(chan error, 1)
	at := time.Now()
	if err := l.Launch(t.Context(), invitation(nil), func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-gone; err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("gone with %v", err)
	}
	if d := time.Since(at); d > 2500*time.Millisecond {
		t.Errorf("it took %s until that was said", d)
	}
}

// TestSlowAnswer is an endpoint whose answer comes through a proxy that holds it back: that ends no lease.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-end
		_, _ = io.WriteString(w, "\n\n{\"done\":true}\n")
	}))
	defer s.Close()
	l := launcher(t, map[string]string{"url": s.URL})
	defer l.Close(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	gone := make(chan error, 1)
	if err := l.Launch(ctx, invitation(nil), func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-gone:
		t.Fatalf("gone with %v before it ended", err)
	default:
	}
	close(end)
	if err := <-gone; err != nil {
		t.Error(err)
	}
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pair, pool := certificate(t, filepath.Join(dir, "own.pem"))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "{\"done\":true}\n") }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	trust := map[string]string{"url": s.URL, "ssl.truststore.location": filepath.Join(dir, "own.pem"), "ssl.truststore.type": "PEM"}
	l := launcher(t, trust)
	defer l.Close(t.Context())
	if err := l.Launch(t.Context(), invitation(nil), func(error) {}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without a certificate the answer is %v", err)
	}
	trust["ssl.keystore.location"], trust["ssl.keystore.type"] = trust["ssl.truststore.location"], "PEM"
	l = launcher(t, trust)
	defer l.Close(t.Context())
	gone := make(chan error, 1)
	if err := l.Launch(t.Context(), invitation(nil), func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-gone; err != nil {
		t.Error(err)
	}
}

// certificate makes one for 127.0.0.1 that signs itself, and writes it with its key.
func certificate(t *testing.T, path string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "executor"}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(b)
	return pair, pool
}
