package gcs_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

// BenchmarkSmallUpload is what the emulator itself costs for a small object,
// without a network and without the client.
func BenchmarkSmallUpload(b *testing.B) {
	for _, mode := range []string{"memory", "disk"} {
		b.Run(mode, func(b *testing.B) {
			opts := []gcs.Option{gcs.WithBucket(bucket)}
			if mode == "disk" {
				opts = append(opts, gcs.WithDir(b.TempDir()))
			}
			s, err := gcs.New(opts...)
			must(b, err)
			head := "--b\r\nContent-Type: application/json\r\n\r\n"
			tail := "\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n" + strings.Repeat("x", 1000) + "\r\n--b--\r\n"
			n := 0
			for b.Loop() {
				n++
				body := fmt.Sprintf(`%s{"name":"topics/orders/partition=0/orders+0+%010d.json"}%s`, head, n, tail)
				r := httptest.NewRequest(http.MethodPost, "/upload/storage/v1/b/"+bucket+"/o?uploadType=multipart&ifGenerationMatch=0", strings.NewReader(body))
				r.Header.Set("Content-Type", "multipart/related; boundary=b")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
