package s3_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/s3"
)

// do sends one request; headers are pairs.
func do(s *s3.Server, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := s3.New(s3.WithBucket("b"), s3.WithForbidden("closed"))
	etag := do(s, http.MethodPut, "/b/there", "one").Header().Get("ETag")
	cases := []struct {
		name, method, target string
		headers              []string
		want                 int
	}{
		{"create where there is none", http.MethodPut, "/b/new", []string{"If-None-Match", "*"}, 200},
		{"create where there is one", http.MethodPut, "/b/there", []string{"If-None-Match", "*"}, 412},
		{"replace another", http.MethodPut, "/b/there", []string{"If-Match", `"other"`}, 412},
		{"replace what is gone", http.MethodPut, "/b/gone", []string{"If-Match", etag}, 404},
		{"a wrong checksum", http.MethodPut, "/b/sum", []string{"X-Amz-Checksum-Crc32c", "AAAAAA=="}, 400},
		{"a copy of another", http.MethodPut, "/b/copy", []string{"X-Amz-Copy-Source", "b/there", "X-Amz-Copy-Source-If-Match", `"other"`}, 412},
		{"an upload that is not there", http.MethodPut, "/b/parts?uploadId=x&partNumber=1", nil, 404},
		{"no bucket", http.MethodGet, "/none/a", nil, 404},
		{"a forbidden bucket", http.MethodGet, "/closed/a", nil, 403},
	}
	for _, c := range cases {
		if w := do(s, c.method, c.target, "content", c.headers...); w.Code != c.want {
			t.Errorf("%s: %d, want %d: %s", c.name, w.Code, c.want, w.Body)
		}
	}
	if w := do(s, http.MethodPut, "/b/there", "two", "If-Match", etag); w.Code != 200 || s.Objects("b")["there"].Replaced != 1 {
		t.Errorf("replacing the right one: %d", w.Code)
	}
	if log := s.AccessLog(); len(log) != len(cases)+2 || log[2].Key != "there" || log[2].Status != 412 {
		t.Errorf("access log = %+v", log)
	}
}

// What is sent in parts is there at the end alone, whole or not at all.
func TestParts(t *testing.T) {
	t.Parallel()
	s := s3.New(s3.WithBucket("b"))
	begin := func() string {
		_, rest, _ := strings.Cut(do(s, http.MethodPost, "/b/large?uploads", "").Body.String(), "<UploadId>")
		id, _, _ := strings.Cut(rest, "<")
		return id
	}
	send := func(id, n, content string) string {
		return do(s, http.MethodPut, "/b/large?uploadId="+id+"&partNumber="+n, content).Header().Get("ETag")
	}
	complete := func(id string, etags ...string) int {
		var b strings.Builder
		for i, e := range etags {
			b.WriteString("<Part><PartNumber>" + string(rune('1'+i)) + "</PartNumber><ETag>" + e + "</ETag></Part>")
		}
		return do(s, http.MethodPost, "/b/large?uploadId="+id, "<CompleteMultipartUpload>"+b.String()+"</CompleteMultipartUpload>", "If-None-Match", "*").Code
	}
	large := strings.Repeat("x", 5<<20)
	id := begin()
	one, two := send(id, "1", large), send(id, "2", "tail")
	if len(s.Objects("b")) != 0 || s.Uploads() != 1 {
		t.Error("the object is there before its end")
	}
	for name, etags := range map[string][]string{"no part": nil, "a wrong part": {`"other"`}, "a small part": {two}} {
		if code := complete(id, etags...); code != 400 {
			t.Errorf("%s: %d, want 400", name, code)
		}
	}
	if code := complete(id, one, two); code != 200 || len(s.Objects("b")["large"].Content) != 5<<20+4 || s.Uploads() != 0 {
		t.Errorf("the whole: %d", code)
	}
	second := begin()
	if code := complete(second, send(second, "1", "again")); code != 412 {
		t.Errorf("a second one: %d, want 412", code)
	}
	if w := do(s, http.MethodDelete, "/b/large?uploadId="+second, ""); w.Code != 204 || s.Uploads() != 0 {
		t.Errorf("abort: %d, %d uploads are left", w.Code, s.Uploads())
	}
}

func FuzzChunks(f *testing.F) {
	f.Add("3;chunk-signature=x\r\nabc\r\n0;chunk-signature=x\r\n\r\n")
	f.Add("ffffffff\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		s := s3.New(s3.WithBucket("b"))
		w := do(s, http.MethodPut, "/b/o", body, "X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		if n := len(s.Objects("b")["o"].Content); w.Code == 200 && n > len(body) {
			t.Errorf("%d bytes were made of %d", n, len(body))
		}
	})
}
