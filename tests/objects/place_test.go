package objects_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/localstack/s3"
	"github.com/mayfly-connect/mayfly/tasks"
)

const bucket = "bucket"

// place is a bucket of its own.
type place struct {
	url, bucket string
	// headers says that content types and the like were recorded from this very service.
	headers bool
	objects func() map[string]written
	close   func()
}

// The GCS client finds an emulator by the environment alone.
var gcsURL string

func TestMain(m *testing.M) {
	s, err := gcs.New()
	if err != nil {
		panic(err)
	}
	srv := httptest.NewServer(s)
	gcsURL = srv.URL
	if err := os.Setenv("STORAGE_EMULATOR_HOST", srv.URL); err != nil {
		panic(err)
	}
	code := m.Run()
	srv.Close()
	os.Exit(code)
}

func newPlace(t *testing.T, family tasks.Family) (*place, error) {
	switch family {
	case tasks.S3Family:
		s := s3.New(s3.WithBucket(bucket))
		srv := httptest.NewServer(s)
		return &place{url: srv.URL, bucket: bucket, headers: true, close: srv.Close, objects: func() map[string]written { return fromS3(s) }}, nil
	case tasks.GCSFamily:
		return newGCS(t)
	}
	return nil, fmt.Errorf("there is no store for the plugin family %s", family)
}

func fromS3(s *s3.Server) map[string]written {
	out := map[string]written{}
	for name, o := range s.Objects(bucket) {
		w := written{content: o.Content, contentType: o.Header.Get("Content-Type"), tags: o.Tags}
		for k := range o.Header {
			switch name := strings.ToLower(k); {
			case name == "content-type", name == "if-none-match", strings.HasPrefix(name, "x-amz-meta-mayfly-"):
			default:
				if w.metadata == nil {
					w.metadata = map[string]string{}
				}
				w.metadata[name] = o.Header.Get(k)
			}
		}
		out[name] = w
	}
	return out
}

// buckets numbers the buckets of this run.
var buckets atomic.Int64

func newGCS(t *testing.T) (*place, error) {
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name())) + fmt.Sprintf("-%d", buckets.Add(1))
	resp, err := http.Post(gcsURL+"/storage/v1/b?project=p", "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q}`, name)))
	if err != nil {
		return nil, err
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("make bucket %s: %s", name, resp.Status)
	}
	return &place{url: gcsURL + "/storage/v1/", bucket: name, headers: true, close: func() {}, objects: func() map[string]written { return fromGCS(t, name) }}, nil
}

func fromGCS(t *testing.T, bucket string) map[string]written {
	get := func(path string) []byte {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gcsURL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip") // else content that has an encoding is decoded on the way
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var list struct {
		Items []struct{ Name, ContentType, ContentEncoding string }
	}
	if err := json.Unmarshal(get("/storage/v1/b/"+bucket+"/o"), &list); err != nil {
		t.Fatal(err)
	}
	out := map[string]written{}
	for _, o := range list.Items {
		w := written{content: get("/storage/v1/b/" + bucket + "/o/" + url.PathEscape(o.Name) + "?alt=media"), contentType: o.ContentType}
		if o.ContentEncoding != "" {
			w.metadata = map[string]string{"contentEncoding": o.ContentEncoding}
		}
		out[o.Name] = w
	}
	return maps.Clone(out)
}
