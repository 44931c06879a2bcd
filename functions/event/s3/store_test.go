package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/functions/event/s3"
	localS3 "github.com/mayfly-connect/mayfly/localstack/s3"
	"github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

// environment is what Lambda gives a function.
func environment(t *testing.T, url string) {
	for k, v := range map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_LAMBDA": url} {
		t.Setenv(k, v)
	}
}

func TestStore(t *testing.T) {
	status := 0
	server := localS3.New(localS3.WithBucket("b"), localS3.WithForbidden("forbidden"), localS3.WithFault(func(r *http.Request) localS3.Fault {
		if r.Method == http.MethodPut {
			return localS3.Fault{}
		}
		return localS3.Fault{Status: status}
	}))
	srv := httptest.NewServer(server)
	defer srv.Close()
	environment(t, srv.URL)
	ctx := t.Context()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPut, srv.URL+"/b/a%20b.csv", strings.NewReader("0123456789"))
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	etag := strings.Trim(server.Objects("b")["a b.csv"].ETag, `"`)
	ref := event.Ref{Scheme: "s3", Bucket: "b", Key: "a b.csv", ETag: etag}
	s := s3.New()
	if n, err := s.Size(ctx, ref); n != 10 || err != nil {
		t.Errorf("size %d, %v", n, err)
	}
	for _, tt := range []struct {
		from, n int64
		want    string
	}{{0, 3, "012"}, {4, -1, "456789"}, {8, 100, "89"}} {
		body, err := s.Read(ctx, ref, tt.from, tt.n)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if string(got) != tt.want || err != nil {
			t.Errorf("[%d,+%d) is %q, %v", tt.from, tt.n, got, err)
		}
	}
	for name, r := range map[string]event.Ref{"gone": {Bucket: "b", Key: "gone"}, "replaced": {Bucket: "b", Key: "a b.csv", ETag: "other"}} {
		if _, err := s.Size(ctx, r); !errors.Is(err, event.ErrGone) {
			t.Errorf("%s: size: %v", name, err)
		}
		if _, err := s.Read(ctx, r, 0, -1); !errors.Is(err, event.ErrGone) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
	if _, err := s.Size(ctx, event.Ref{Bucket: "forbidden", Key: "a"}); tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), "grant the function's role s3:GetObject") {
		t.Errorf("forbidden: %v", err)
	}
	status = http.StatusServiceUnavailable
	if _, err := s.Size(ctx, ref); tasks.KindOf(err) != tasks.KindRetriable {
		t.Errorf("unavailable: %v", err)
	}
}

func TestAgain(t *testing.T) {
	var got []string
	answer := http.StatusAccepted
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("X-Amz-Invocation-Type"), " ", strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), " ", string(bytes.TrimSpace(b))))
		w.WriteHeader(answer)
	}))
	defer srv.Close()
	environment(t, srv.URL)
	if err := s3.Again(context.WithoutCancel(t.Context()), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "AWS_LAMBDA_FUNCTION_NAME") {
		t.Error(err)
	}
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
	if err := s3.Again(t.Context(), []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if want := `POST /2015-03-31/functions/f/invocations Event true {"a":1}`; len(got) != 1 || got[0] != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	answer = http.StatusForbidden
	if err := s3.Again(t.Context(), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "lambda:InvokeFunction") {
		t.Error(err)
	}
}
