package cloudrun_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch/cloudrun"
	"github.com/mayfly-connect/mayfly/tasks"
)

// google is the token endpoint of a service account's key: it answers with an ID token of the audience that is asked for.
func google(t *testing.T) *httptest.Server {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims := strings.Split(r.FormValue("assertion"), ".")
		asked, err := base64.RawURLEncoding.DecodeString(claims[min(1, len(claims)-1)])
		var c struct {
			Audience string `json:"target_audience"`
		}
		if err != nil || json.Unmarshal(asked, &c) != nil || c.Audience == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		token := part(map[string]string{"alg": "none"}) + "." + part(map[string]any{"aud": c.Audience, "exp": time.Now().Add(time.Hour).Unix()}) + ".x"
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"id_token": token})
	}))
	t.Cleanup(s.Close)
	return s
}

// credentials makes a key file the default one.
func credentials(t *testing.T, tokenURL string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "coordinator@project.iam.gserviceaccount.com", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": tokenURL})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
}

func TestIDToken(t *testing.T) {
	credentials(t, google(t).URL)
	var audience string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.Header.Get("Authorization"), ".")
		if len(parts) != 3 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var c struct {
			Audience string `json:"aud"`
		}
		if err := json.Unmarshal(claims, &c); err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		audience = c.Audience
		_, _ = io.WriteString(w, "{\"done\":true}\n")
	}))
	defer s.Close()
	c, mistakes := cloudrun.Keys().Parse(map[string]string{"mayfly.launcher.cloudrun.url": s.URL + "/{family}/lease"})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	l := cloudrun.New(t.Context(), c, func(tasks.Lease) tasks.Family { return tasks.CoreFamily })
	defer l.Close(t.Context())
	inv := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{{TTL: 1000}}}
	for range 2 {
		gone := make(chan error, 1)
		if err := l.Launch(t.Context(), inv, func(err error) { gone <- err }); err != nil {
			t.Fatal(err)
		}
		if err := <-gone; err != nil {
			t.Error(err)
		}
	}
	if audience != s.URL {
		t.Errorf("the token is for %q, want %q", audience, s.URL)
	}

	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none"))
	l = cloudrun.New(t.Context(), c, func(tasks.Lease) tasks.Family { return tasks.CoreFamily })
	defer l.Close(t.Context())
	err := l.Launch(t.Context(), inv, func(error) {})
	if err == nil || !strings.Contains(fmt.Sprint(err), "ID token") || !strings.Contains(err.Error(), "roles/run.invoker") {
		t.Errorf("without credentials: %v", err)
	}
}
