package gcs_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	emulator "github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

const forbidden = "forbidden-bucket"

func TestMain(m *testing.M) {
	s, err := emulator.New(emulator.WithForbidden(forbidden), emulator.WithFault(fault))
	if err != nil {
		panic(err)
	}
	srv := httptest.NewServer(s)
	if err := os.Setenv("STORAGE_EMULATOR_HOST", srv.URL); err != nil {
		panic(err)
	}
	code := m.Run()
	srv.Close()
	os.Exit(code)
}

// fault lets the name of a bucket say what is to go wrong with it.
func fault(r *http.Request) emulator.Fault {
	upload := r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/upload/")
	switch {
	case upload && strings.Contains(r.URL.Path, "-lost-") && lost.Add(1)%2 == 1:
		return emulator.Fault{Lose: true}
	case upload && strings.Contains(r.URL.Path, "-busy-"):
		refuse(r.URL.Path)
		return emulator.Fault{Status: http.StatusServiceUnavailable}
	}
	return emulator.Fault{}
}

// newBucket makes a bucket with a name that begins so.
func newBucket(t testing.TB, name string) *storage.BucketHandle {
	t.Helper()
	client, err := storage.NewClient(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	b := client.Bucket(name + "-" + number())
	if err := b.Create(t.Context(), "project", nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func config(bucket string, more map[string]string) map[string]string {
	c := map[string]string{
		"name": "orders-sink", "connector.class": "io.confluent.connect.gcs.GcsSinkConnector", "gcs.bucket.name": bucket,
		"flush.size": "3", "storage.class": "io.confluent.connect.gcs.storage.GcsStorage", "gcs.part.retries": "1", "gcs.retry.backoff.ms": "1",
		"format.class": "io.confluent.connect.gcs.format.bytearray.ByteArrayFormat",
	}
	maps.Copy(c, more)
	return c
}

func connect(t testing.TB, props map[string]string) (tasks.Sink, error) {
	t.Helper()
	p, _ := tasks.Plugins{Sinks: []tasks.SinkPlugin{gcs.Plugin(), gcs.AivenPlugin()}}.Sink(props["connector.class"])
	c, mistakes := p.Config.Parse(props)
	mistakes = append(mistakes, p.Validate(c)...)
	if len(mistakes) > 0 {
		t.Fatalf("the configuration is refused: %v", mistakes)
	}
	return p.New(t.Context(), c)
}

func mustConnect(t testing.TB, props map[string]string) tasks.Sink {
	t.Helper()
	s, err := connect(t, props)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// objects returns names and contents of a bucket's objects.
func objects(t testing.TB, b *storage.BucketHandle) (names []string, content map[string]string) {
	t.Helper()
	content = map[string]string{}
	for it := b.Objects(t.Context(), nil); ; {
		a, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names, content
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Object(a.Name).NewReader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		names = append(names, a.Name)
		content[a.Name] = string(text)
	}
}

func asBytes(text string) (*tasks.Schema, tasks.Value) {
	return tasks.BytesSchema, tasks.NewBytes([]byte(text))
}

func TestSuite(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"well", "with-lost-answers"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(t testing.TB) tasktest.SinkUnderTest {
				b := newBucket(t, kind)
				return tasktest.SinkUnderTest{
					New: func(t testing.TB) tasks.Sink {
						// The subtests lose answers for each other, several in a row for one of them.
						return mustConnect(t, config(b.BucketName(), map[string]string{"gcs.part.retries": "50"}))
					},
					Read: func(t testing.TB) (out []string) {
						names, content := objects(t, b)
						for _, n := range names {
							out = append(out, strings.Fields(content[n])...)
						}
						return out
					},
					Value: asBytes,
				}
			})
		})
	}
}
