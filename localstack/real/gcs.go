package real

import (
	"context"
	"sync"
	"testing"
)

// GCS returns the URL of the test process's Google Cloud Storage emulator, which it starts at the first call. It is what
// STORAGE_EMULATOR_HOST takes. Buckets are created by the tests; objects are in memory.
func GCS(t testing.TB) string {
	t.Helper()
	s, err := gcs()
	if err != nil {
		t.Fatal(err)
	}
	s.logOnFailure(t)
	return s.url
}

// server is a part that is reached by HTTP.
type server struct {
	*part
	url string
}

var gcs = sync.OnceValues(func() (server, error) {
	port, err := freePort()
	if err != nil {
		return server{}, err
	}
	url := "http://127.0.0.1:" + port
	p, err := start("gcs", "gcs", func(ctx context.Context) error { return get(ctx, url+"/_internal/healthcheck") }, port)
	return server{p, url}, err
})
