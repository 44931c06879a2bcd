package gcs_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

const bucket = "my-bucket"

// serve runs an emulator with one bucket for a test.
func serve(t testing.TB, opts ...gcs.Option) string {
	t.Helper()
	s, err := gcs.New(append([]gcs.Option{gcs.WithBucket(bucket)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv.URL
}

// client is Google's own, with nothing in it changed.
func client(t testing.TB, url string, opts ...option.ClientOption) *storage.Client {
	t.Helper()
	opts = append([]option.ClientOption{option.WithoutAuthentication(), option.WithEndpoint(url + "/storage/v1/")}, opts...)
	c, err := storage.NewClient(context.Background(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// media runs a test with each way of keeping objects.
func media(t *testing.T, f func(t *testing.T, opts ...gcs.Option)) {
	t.Run("memory", func(t *testing.T) { t.Parallel(); f(t) })
	t.Run("disk", func(t *testing.T) { t.Parallel(); f(t, gcs.WithDir(t.TempDir())) })
}

func put(ctx context.Context, o *storage.ObjectHandle, content string, chunk int) error {
	w := o.NewWriter(ctx)
	w.ChunkSize = chunk
	if _, err := io.WriteString(w, content); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

func get(t testing.TB, o *storage.ObjectHandle) string {
	t.Helper()
	r, err := o.NewReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// status returns the HTTP status of an error of the client, or 0.
func status(err error) int {
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// do makes a plain HTTP request.
func do(t testing.TB, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	must(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(text)
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	must(t, os.MkdirAll(path, 0o755))
}
