//go:build real

package real_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

func TestKafkaKeepsRecordsOfAnyAge(t *testing.T) {
	t.Parallel()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(real.Kafka(t)),
		kgo.AllowAutoTopicCreation(),
		kgo.ConsumeTopics("smoke"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	record := &kgo.Record{Topic: "smoke", Key: []byte("k"), Value: []byte("v")}
	if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatalf("produce: %v", err)
	}
	fetches := client.PollFetches(t.Context())
	if err := fetches.Err(); err != nil {
		t.Fatalf("fetch: %v", err)
	}
	got := fetches.Records()
	if len(got) != 1 || string(got[0].Key) != "k" || string(got[0].Value) != "v" {
		t.Errorf("fetched %d records %v, want the one that was produced", len(got), got)
	}

	configs, err := kadm.NewClient(client).DescribeTopicConfigs(t.Context(), "smoke")
	if err != nil {
		t.Fatalf("describe the topic: %v", err)
	}
	for _, c := range configs[0].Configs {
		if c.Key == "retention.ms" && c.MaybeValue() != "-1" {
			t.Errorf("retention.ms is %s, so that old records would vanish", c.MaybeValue())
		}
	}
}

func TestGCSCreatesAnObjectOnlyOnce(t *testing.T) {
	t.Parallel()
	url := real.GCS(t)
	post := func(path, body string) (status int, answer string) {
		t.Helper()
		resp, err := http.Post(url+path, "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}

	if status, answer := post("/storage/v1/b?project=p", `{"name":"smoke"}`); status != http.StatusOK {
		t.Fatalf("create the bucket: %d %s", status, answer)
	}
	for i, want := range []int{http.StatusOK, http.StatusPreconditionFailed} {
		status, answer := post("/upload/storage/v1/b/smoke/o?uploadType=media&ifGenerationMatch=0&name=o", fmt.Sprint(i))
		if status != want {
			t.Errorf("upload %d with ifGenerationMatch=0: %d %s, want %d", i+1, status, answer, want)
		}
	}
}

func TestConnectTellsItsVersion(t *testing.T) {
	t.Parallel()
	worker := real.Connect(t, map[string]string{"group.id": "smoke"})

	resp, err := http.Get(worker.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var root struct{ Version string }
	if err := json.NewDecoder(resp.Body).Decode(&root); err != nil {
		t.Fatal(err)
	}
	if want := "4.3.1"; root.Version != want {
		t.Errorf("GET / tells version %q, want %q", root.Version, want)
	}

	worker.Stop()
	if resp, err := http.Get(worker.URL + "/"); err == nil {
		resp.Body.Close()
		t.Error("the worker answers after Stop")
	}
}
