package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/localstack/s3"
)

// example is the connector that a plugin's README shows, with its paths under /data moved into the test's folder.
func (s *site) example(readme string) (name string, config map[string]string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", readme))
	must(s.t, err)
	_, rest, ok := strings.Cut(string(text), "```json\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		s.t.Fatalf("%s shows no connector", readme)
	}
	path := s.file("example.json")
	must(s.t, os.WriteFile(path, []byte(strings.ReplaceAll(block, "/data/", s.dir+"/")), 0o644))
	c, err := worker.LoadConnector(path)
	must(s.t, err)
	return c.Name, c.Config
}

// Each example runs as it stands, but for what names the reader's own places.
func TestREADMEExamples(t *testing.T) {
	const json = "CONNECT_VALUE_CONVERTER=org.apache.kafka.connect.json.JsonConverter"
	const noSchemas = "CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE=false"
	orders := func(s *site) {
		s.topic("orders", 1)
		var records []*kgo.Record
		for i := range 1000 {
			records = append(records, &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, `{"n":%d}`, i), Timestamp: time.UnixMilli(1700000000000)})
		}
		must(s.t, s.cl.ProduceSync(s.t.Context(), records...).FirstErr())
	}
	thousandLines := func(t *testing.T, content string) {
		t.Helper()
		if n := strings.Count(content, "\n"); n != 1000 || !strings.HasPrefix(content, "{\"n\":0}\n") {
			t.Errorf("the object has %d lines: %.60s", n, content)
		}
	}
	for readme, run := range map[string]func(t *testing.T, s *site){
		"sinks/file/README.md": func(t *testing.T, s *site) {
			s.topic("lines", 1)
			s.send("lines", "one", "two")
			s.create(s.example("sinks/file/README.md"))
			s.filled(s.file("lines.txt"), "one", "two")
		},
		"sources/file/README.md": func(t *testing.T, s *site) {
			must(t, os.WriteFile(s.file("lines.txt"), []byte("one\ntwo\n"), 0o644))
			s.create(s.example("sources/file/README.md"))
			s.holds("lines", "one", "two")
		},
		"sources/spooldir/README.md": func(t *testing.T, s *site) {
			for _, dir := range []string{"in", "finished"} {
				must(t, os.Mkdir(s.file(dir), 0o755))
			}
			must(t, os.WriteFile(s.file("in/a.csv"), []byte("Airport_Name,Cost_Other\nLUTON,5\nGATWICK,\n"), 0o644))
			s.create(s.example("sources/spooldir/README.md"))
			s.holds("strikes", `{"Airport_Name":"LUTON","Cost_Other":5}`, `{"Airport_Name":"GATWICK","Cost_Other":null}`)
		},
		"sinks/gcs/README.md": func(t *testing.T, s *site) {
			orders(s)
			s.create(s.example("sinks/gcs/README.md"))
			s.committed("orders-to-gcs", "orders", 0, 1000)
			got := bucketContent(t, bucketLake)
			if len(got) != 1 || got[0].Name != "topics/orders/year=2023/month=11/day=14/orders+0+0000000000.json" {
				t.Fatalf("the bucket holds %d objects: %+v", len(got), got)
			}
			thousandLines(t, got[0].Content)
		},
		"sinks/aiven/README.md": func(t *testing.T, s *site) {
			orders(s)
			name, config := s.example("sinks/aiven/README.md")
			config["gcs.bucket.name"], config["offset.flush.interval.ms"] = bucketAiven, "100"
			s.create(name, config)
			s.committed(name, "orders", 0, 1000)
			lines := 0
			for _, o := range bucketContent(t, bucketAiven) {
				if rest, ok := strings.CutPrefix(o.Name, "orders/2023-11-14/0-"); ok && strings.HasSuffix(rest, ".gz") {
					zip, err := gzip.NewReader(strings.NewReader(o.Content))
					must(t, err)
					text, err := io.ReadAll(zip)
					must(t, err)
					lines += bytes.Count(text, []byte("\n")) + 1
				}
			}
			if lines != 1000 {
				t.Errorf("the objects have %d lines", lines)
			}
		},
		"sinks/s3/README.md": func(t *testing.T, s *site) {
			server := s3.New(s3.WithBucket("lake"))
			web := httptest.NewServer(server)
			t.Cleanup(web.Close)
			orders(s)
			name, config := s.example("sinks/s3/README.md")
			config["store.url"], config["aws.access.key.id"], config["aws.secret.access.key"] = web.URL, "id", "key"
			s.create(name, config)
			s.committed("orders-to-s3", "orders", 0, 1000)
			object, ok := server.Objects("lake")["topics/orders/year=2023/month=11/day=14/hour=22/orders+0+0000000000.json"]
			if !ok {
				t.Fatalf("the bucket holds %v", server.Objects("lake"))
			}
			thousandLines(t, string(object.Content))
		},
	} {
		t.Run(readme, func(t *testing.T) {
			run(t, embedded(t, json, noSchemas))
		})
	}
}

// holds waits until a topic holds exactly the values.
func (s *site) holds(topic string, want ...string) {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond), kgo.MetadataMinAge(20*time.Millisecond))
	must(s.t, err)
	defer cl.Close()
	var got []string
	eventually(s.t, "the topic "+topic, func() string {
		look, cancel := context.WithTimeout(s.t.Context(), time.Second)
		defer cancel()
		fetches := cl.PollRecords(look, 0)
		fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
		if len(got) < len(want) {
			return fmt.Sprint(got)
		}
		return ""
	})
	if !slices.Equal(got, want) {
		s.t.Errorf("topic %s holds %q, want %q", topic, got, want)
	}
}
