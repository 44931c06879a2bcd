//go:build linux

package crash_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

const objectExecutor = "mayfly-process-gcs"

// withObjects runs tests beside a storage emulator, whose address is the whole process's. It has a bucket for each seed.
func withObjects(run func() int) int {
	var buckets []string
	for n := range max(*seeds, int(*seed)) {
		buckets = append(buckets, bucketOf(n+1))
	}
	objects, err := gcs.New(gcs.WithBucket(buckets...))
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		return 1
	}
	srv := httptest.NewServer(objects)
	defer srv.Close()
	if err := os.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(srv.URL, "http://")); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		return 1
	}
	return run()
}

func bucketOf(n int) string { return fmt.Sprintf("crash-%d", n) }

// TestOnePartition kills executors, of which eight are at work on one partition at once, and the coordinator.
func TestOnePartition(t *testing.T) { eachSeed(t, onePartition) }

const perObject = 100

func onePartition(ctx context.Context, w *world) {
	n := 0
	if _, err := fmt.Sscanf(filepath.Base(w.t.Name()), "seed=%d", &n); err != nil {
		w.t.Fatal(err)
	}
	w.parts, w.executor = 1, objectExecutor
	w.config = map[string]string{"connector.class": "io.confluent.connect.gcs.GcsSinkConnector", "topics": topic, "tasks.max": "8", "gcs.bucket.name": bucketOf(n),
		"flush.size": fmt.Sprint(perObject), "storage.class": "io.confluent.connect.gcs.storage.GcsStorage",
		"format.class":    "io.confluent.connect.gcs.format.bytearray.ByteArrayFormat",
		"value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter"}
	total := *records - *records%perObject
	c := w.coordinator(ctx, "worker")
	w.write(ctx, total)
	w.createConnector(ctx, c)
	executors, most := 0, 0
	for kill := range executorKills + 1 {
		if kill == executorKills/2 {
			c.kill(w.t)
			w.pause(ctx, 500*time.Millisecond) // its executors go on meanwhile
			c = w.coordinator(ctx, "worker")
			continue
		}
		most = max(most, len(w.executors()))
		executors += w.killExecutors(ctx)
	}
	w.awaitCommitted(ctx)
	c.stop(ctx, w.t)
	w.until(ctx, "the last executor has ended", func() bool { return len(w.executors()) == 0 })
	w.count(ctx, bucketOf(n), total)
	w.t.Logf("killed %d executors, of up to %d at once, and the coordinator", executors, most)
	if executors == 0 {
		w.t.Error("no kill hit: the scenario shows nothing")
	}
}

// count reads the objects: each record once.
func (w *world) count(ctx context.Context, bucket string, total int) {
	w.t.Helper()
	cl, err := storage.NewClient(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer cl.Close()
	times := make([]int, total)
	objects := 0
	for it := cl.Bucket(bucket).Objects(ctx, nil); ; objects++ {
		o, err := it.Next()
		if err == iterator.Done {
			break
		}
		if err != nil {
			w.t.Fatal(err)
		}
		r, err := cl.Bucket(bucket).Object(o.Name).NewReader(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			w.t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var p, n int
			if _, err := fmt.Sscanf(line, "%d %d", &p, &n); err != nil || n < 0 || n >= total {
				w.t.Errorf("%s has a line that is no record: %.80q", o.Name, line)
				continue
			}
			times[n]++
		}
	}
	lost, doubled := 0, 0
	for _, n := range times {
		switch {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	w.t.Logf("%d records in %d objects: %d lost, %d doubled", total, objects, lost, doubled)
	if lost > 0 || doubled > 0 {
		w.t.Errorf("%d lost, %d doubled", lost, doubled)
	}
}
