package gcs_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/storage"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

// failOnce applies a fault to the first request that matches.
func failOnce(fault gcs.Fault, match func(*http.Request) bool) gcs.Option {
	var done atomic.Bool
	return gcs.WithFault(func(r *http.Request) gcs.Fault {
		if match(r) && !done.Swap(true) {
			return fault
		}
		return gcs.Fault{}
	})
}

func TestRetries(t *testing.T) {
	t.Parallel()
	once := func(r *http.Request) bool { return r.Method == http.MethodPost }
	chunk := func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 262144-") }
	last := func(r *http.Request) bool {
		h := r.Header.Get("Content-Range")
		return h != "" && !strings.HasSuffix(h, "/*")
	}
	for _, tt := range []struct {
		name  string
		fault gcs.Option
		chunk int
		// A write whose answer is lost has happened. Its repetition fails at the
		// precondition: the writer has to look whose object is there.
		status int
	}{
		{"503", failOnce(gcs.Fault{Status: 503}, once), 16 * mib, 0},
		{"429", failOnce(gcs.Fault{Status: 429}, once), 16 * mib, 0},
		{"cut", failOnce(gcs.Fault{Drop: true}, once), 16 * mib, 0},
		{"delay", failOnce(gcs.Fault{Delay: time.Millisecond}, once), 16 * mib, 0},
		{"answer lost", failOnce(gcs.Fault{Lose: true}, once), 16 * mib, 412},
		{"503 to a new session", failOnce(gcs.Fault{Status: 503}, once), unit, 0},
		{"503 to a chunk", failOnce(gcs.Fault{Status: 503}, chunk), unit, 0},
		{"chunk cut", failOnce(gcs.Fault{Drop: true}, chunk), unit, 0},
		{"answer to a chunk lost", failOnce(gcs.Fault{Lose: true}, chunk), unit, 0},
		{"answer to the last chunk lost", failOnce(gcs.Fault{Lose: true}, last), unit, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := client(t, serve(t, tt.fault)).Bucket(bucket).Object("x")
			content := random(4*unit + 10)
			if err := put(t.Context(), o.If(storage.Conditions{DoesNotExist: true}), content, tt.chunk); status(err) != tt.status || err != nil && tt.status == 0 {
				t.Fatalf("%v, want %d", err, tt.status)
			}
			if get(t, o) != content {
				t.Error("read something else than was written")
			}
		})
	}
}

// Without retries the client tells what it got.
func TestFaultStatus(t *testing.T) {
	t.Parallel()
	o := client(t, serve(t, gcs.WithFault(func(*http.Request) gcs.Fault { return gcs.Fault{Status: 503} }))).Bucket(bucket).Object("x")
	if err := put(t.Context(), o.Retryer(storage.WithPolicy(storage.RetryNever)), "x", 0); status(err) != 503 {
		t.Error(err)
	}
}
