//go:build real

package lambda_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	standin "github.com/mayfly-connect/mayfly/localstack/lambda"
	"github.com/mayfly-connect/mayfly/localstack/real"
	"github.com/mayfly-connect/mayfly/tasks"
)

// emulated is a function in the emulator, which takes one invocation at a time.
func emulated(f real.LambdaFunction) standin.Function {
	var one sync.Mutex
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		one.Lock()
		defer one.Unlock()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL, bytes.NewReader(payload))
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		out, err := io.ReadAll(resp.Body)
		if err == nil && (resp.StatusCode != http.StatusOK || bytes.Contains(out, []byte("errorMessage")) || bytes.HasPrefix(out, []byte("Task timed out"))) {
			err = fmt.Errorf("%s", out)
		}
		return out, err
	}
}

// TestEmulator has the launcher invoke the function binary, as it is deployed, in AWS's own runtime interface emulator, with Apache Kafka.
func TestEmulator(t *testing.T) {
	bootstrap := real.Kafka(t)
	t.Setenv("MAYFLY_GROUP_ID", "connect-cluster")
	f := real.Lambda(t, "core")
	url := serve(t, &standin.Server{Functions: map[string]standin.Function{"mayfly-core": emulated(f)}})
	l := launcher(t, url, nil)
	defer l.Close(t.Context())

	topic := fmt.Sprintf("lambda-%d", time.Now().UnixNano())
	cl, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	created, err := kadm.NewClient(cl).CreateTopics(t.Context(), 1, 1, nil, topic, topic+"-results")
	if err == nil {
		err = created.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := cl.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint("record ", i))).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "out")
	const text = "org.apache.kafka.connect.storage.StringConverter"
	lease := tasks.Lease{Version: tasks.WireVersion, ID: "c-0-10", Connector: "c", Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: tasks.Stream{Topic: topic}, To: 10, CloseTail: true},
		Epoch: 1, Attempt: 1, TTL: 30_000, PlanTime: time.Now().UnixMilli(), Bootstrap: []string{bootstrap}, GroupID: "connect-cluster", ResultTopic: topic + "-results",
		Config: map[string]string{"name": "c", "connector.class": "FileStreamSink", "topics": topic, "file": file},
		Worker: map[string]string{"key.converter": text, "value.converter": text}}
	run := func(l2 tasks.Lease) error {
		t.Helper()
		gone := make(chan error, 1)
		if err := l.Launch(t.Context(), tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{l2}}, func(err error) { gone <- err }); err != nil {
			t.Fatal(err)
		}
		return <-gone
	}
	delivered := func() string {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if err := run(lease); err != nil {
		t.Fatal(err)
	}
	want := ""
	for i := range 10 {
		want += fmt.Sprintln("record", i)
	}
	if got := delivered(); got != want {
		t.Errorf("the file holds %q", got)
	}
	// Replayed after its completion, and once more under a later epoch: nothing is doubled.
	if err := run(lease); err != nil {
		t.Error(err)
	}
	lease.Epoch, lease.Attempt = 2, 2
	if err := run(lease); err != nil {
		t.Error(err)
	}
	if got := delivered(); got != want {
		t.Errorf("after replays the file holds %q", got)
	}
	foreign := lease
	foreign.GroupID = "other"
	if err := run(foreign); err == nil || !strings.Contains(err.Error(), "MAYFLY_GROUP_ID") {
		t.Errorf("an invitation of another cluster: %v", err)
	}
	unknown := lease
	unknown.Config = map[string]string{"name": "c", "connector.class": "com.example.Unknown", "topics": topic}
	if err := run(unknown); err != nil { // its result says it
		t.Error(err)
	}
	init := regexp.MustCompile(`INIT REPORT\(durationMs: ([0-9.]+)\)`).FindStringSubmatch(f.Log())
	if init == nil {
		t.Fatal("the emulator did not report the function's start")
	}
	t.Logf("the function's start took %s ms", init[1])
}
