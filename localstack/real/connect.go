package real

import (
	"context"
	"fmt"
	"net/http"
	"testing"
)

// Worker is a running Apache Kafka Connect worker.
type Worker struct {
	URL string // of its REST API

	part *part
	t    testing.TB
}

// Connect starts a distributed worker on the test process's broker. It has a group and internal topics of its own, JSON
// converters, and replication factor 1; props, which are written as in a properties file, win over these. The worker is
// stopped when the test ends.
func Connect(t testing.TB, props map[string]string) *Worker {
	t.Helper()
	bootstrap := Kafka(t)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{port, bootstrap}
	for name, value := range props {
		args = append(args, name+"="+value)
	}
	w := &Worker{URL: "http://127.0.0.1:" + port, t: t}
	// The root path is answered before the worker has joined its group, the list of connectors only then.
	w.part, err = start("kafka", "connect", func(ctx context.Context) error { return get(ctx, w.URL+"/connectors") }, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	w.part.logOnFailure(t)
	return w
}

// Stop ends the worker in an orderly way, which leaves its connectors to another worker of its group, and waits until it has
// ended. Stopping it twice is harmless.
func (w *Worker) Stop() {
	w.t.Helper()
	if err := w.part.stop(); err != nil {
		w.t.Errorf("stop the Connect worker at %s: %v", w.URL, err)
	}
}

// get returns an error unless the answer to GET url is 200.
func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s answered %s", url, resp.Status)
	}
	return nil
}
