package gcs_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	emulator "github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
)

// behind starts a service of its own, before which wrap stands, and makes a bucket there.
func behind(t *testing.T, wrap func(service http.Handler) http.Handler, opts ...emulator.Option) (props map[string]string, b *storage.BucketHandle) {
	t.Helper()
	s, err := emulator.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	plain, srv := httptest.NewServer(s), httptest.NewServer(wrap(s))
	t.Cleanup(plain.Close)
	t.Cleanup(srv.Close)
	client, err := storage.NewClient(t.Context(), option.WithEndpoint(plain.URL+"/storage/v1/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	b = client.Bucket("parts")
	if err := b.Create(t.Context(), "project", nil); err != nil {
		t.Fatal(err)
	}
	return config("parts", map[string]string{"flush.size": "4", "gcs.part.size": "5242880", "store.url": srv.URL + "/storage/v1/"}), b
}

// large are the records of an object of four parts.
func large() (records []tasks.Record, content string) {
	for i := range 4 {
		line := strings.Repeat(string(rune('a'+i)), 5<<20+i)
		records, content = append(records, record(int64(i), line)), content+line+"\n"
	}
	return records, content
}

func TestPartsThatFail(t *testing.T) {
	t.Parallel()
	session := func(r *http.Request) bool {
		return r.Method == http.MethodPost && r.URL.Query().Get("uploadType") == "resumable"
	}
	second := func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 5242880-")
	}
	last := func(r *http.Request) bool {
		header := r.Header.Get("Content-Range")
		return header != "" && !strings.HasSuffix(header, "/*")
	}
	for _, c := range []struct {
		name  string
		fault emulator.Fault
		at    func(*http.Request) bool
	}{
		{"503 to the session", emulator.Fault{Status: 503}, session},
		{"session's address lost", emulator.Fault{Lose: true}, session},
		{"503 to a part", emulator.Fault{Status: 503}, second},
		{"part cut", emulator.Fault{Drop: true}, second},
		{"answer to a part lost", emulator.Fault{Lose: true}, second},
		{"503 to the last part", emulator.Fault{Status: 503}, last},
		{"answer to the last part lost", emulator.Fault{Lose: true}, last},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var failed atomic.Bool
			props, b := behind(t, func(s http.Handler) http.Handler { return s }, emulator.WithFault(func(r *http.Request) emulator.Fault {
				if c.at(r) && !failed.Swap(true) {
					return c.fault
				}
				return emulator.Fault{}
			}))
			records, want := large()
			position, _, err := run(t, props, silent(), records...)
			if err != nil || position != 4 || !failed.Load() {
				t.Fatalf("position = %d, err = %v, failed = %v", position, err, failed.Load())
			}
			if _, content := objects(t, b); content[first] != want {
				t.Errorf("the object has %d bytes that differ from the %d wanted", len(content[first]), len(want))
			}
		})
	}
}

// The service may keep less of a part than it was sent, and says how much.
func TestPartsThatAreKeptInPart(t *testing.T) {
	t.Parallel()
	const kept = 256 << 10
	short := func(s http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var from, to int64
			if n, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/", &from, &to); n == 2 && to-from >= kept {
				all, _ := io.ReadAll(r.Body)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(all[:kept])), kept
				r.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", from, from+kept-1))
			}
			s.ServeHTTP(w, r)
		})
	}
	props, b := behind(t, short)
	records, want := large()
	if position, _, err := run(t, props, silent(), records...); err != nil || position != 4 {
		t.Fatalf("position = %d, err = %v", position, err)
	}
	if _, content := objects(t, b); content[first] != want {
		t.Errorf("the object has %d bytes that differ from the %d wanted", len(content[first]), len(want))
	}
}

// What was sent to a session that the service has ended is lost: the slice is run again.
func TestSessionsThatEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
	}{
		{"gone", http.StatusGone},
		{"not found", http.StatusNotFound},
		{"takes nothing", http.StatusPermanentRedirect},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			props, b := behind(t, func(s http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 5242880-") {
						_, _ = io.Copy(io.Discard, r.Body)
						w.WriteHeader(c.status)
						return
					}
					s.ServeHTTP(w, r)
				})
			})
			records, _ := large()
			position, _, err := run(t, props, silent(), records...)
			if tasks.KindOf(err) != tasks.KindRetriable || position != 0 || !strings.Contains(err.Error(), first) {
				t.Errorf("position = %d, err = %v (%v), want a retriable one that names %s", position, err, tasks.KindOf(err), first)
			}
			if names, _ := objects(t, b); len(names) > 0 {
				t.Errorf("objects = %v, want none", names)
			}
		})
	}
}
