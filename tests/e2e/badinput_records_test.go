package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// jsonSink is a sink of schemaless JSON lines with dead letters.
func jsonSink(topic, out string) map[string]string {
	return planted(fileSink(topic, out, "value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false",
		"errors.tolerance", "all", "errors.deadletterqueue.topic.name", topic+"-dlq", "errors.deadletterqueue.topic.replication.factor", "1",
		"errors.deadletterqueue.context.headers.enable", "true"))
}

// letters returns the values of a dead letter topic.
func (s *site) letters(topic string) (out []string) {
	for _, r := range s.everything() {
		if r.Topic == topic && !r.Attrs.IsControl() {
			out = append(out, string(r.Value))
		}
	}
	return out
}

// What cannot be read becomes a dead letter, byte for byte; numbers beyond Java's are read as Java reads them.
func oddRecords(t *testing.T) {
	s := guarded(t)
	s.topic("odd", 1)
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	broken := "{\"a\":\"\xff\xfe\"}"
	surrogate := `{"a":"\ud800"}`
	s.send("odd", `"first"`, "", deep, broken, surrogate, `{"n":1e400}`, `{"n":18446744073709551616}`, `{"n":`, `"last"`)
	out := s.file("out.txt")
	s.create("sink", jsonSink("odd", out))
	s.committed("sink", "odd", 0, 9)
	s.state("sink", "RUNNING")
	got := lines(t, out)
	if len(got) < 2 || got[0] != "first" || got[len(got)-1] != "last" {
		t.Errorf("delivered: %q", got)
	}
	for _, want := range []string{"{n=Infinity}", "{n=0}"} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("delivered: %q, want %s in it", got, want)
		}
	}
	letters := s.letters("odd-dlq")
	for _, want := range []string{deep, broken, `{"n":`} {
		n := 0
		for _, l := range letters {
			if l == want {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%.40q is there %d times among %d dead letters", want, n, len(letters))
		}
	}
	if len(got)+len(letters) != 9 {
		t.Errorf("%d delivered and %d dead letters of 9 records", len(got), len(letters))
	}
}

// A record of 50 MB passes, if the brokers let it in.
func largeRecord(t *testing.T) {
	s := guarded(t)
	limit := fmt.Sprint(64 << 20)
	_, err := s.adm.CreateTopic(t.Context(), 1, 1, map[string]*string{"max.message.bytes": &limit}, "huge")
	must(t, err)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ProducerBatchMaxBytes(64<<20), kgo.BrokerMaxWriteBytes(128<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(t, err)
	defer cl.Close()
	large := strings.Repeat("0123456789", 5<<20)
	for _, v := range []string{"a", large, "b"} {
		must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "huge", Value: []byte(v)}).FirstErr())
	}
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("huge", out)))
	s.filled(out, "a", large, "b")
	s.committed("sink", "huge", 0, 3)
}

// The registry answers 500, 429, nothing at all in time, and then the schema: all records are delivered, each once.
func registryMisbehaves(t *testing.T) {
	s := guarded(t)
	good := schemas(t, "")
	var asked atomic.Int32
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		default:
			http.Redirect(w, r, good+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(func() { close(hang); srv.Close() })
	s.topic("avro", 1)
	s.send("avro", avroText(1, "a"), avroText(1, "b"), avroText(1, "c"))
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("avro", out, "value.converter", "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url", srv.URL,
		"value.converter.max.retries", "0", "value.converter.http.read.timeout.ms", "200", "errors.retry.timeout", "60000", "errors.retry.delay.max.ms", "50")))
	s.filled(out, "a", "b", "c")
	s.committed("sink", "avro", 0, 3)
	s.state("sink", "RUNNING")
	if n := asked.Load(); n < 4 {
		t.Errorf("asked %d times, want the three refusals and an answer", n)
	}
}

// A schema that the registry gives out is broken: its records are bad ones, and the others pass.
func brokenSchema(t *testing.T) {
	s := guarded(t)
	good := schemas(t, "")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/schemas/ids/2") {
			fmt.Fprint(w, `{"schema":"{\"type\":\"record\",\"name\":"}`)
			return
		}
		http.Redirect(w, r, good+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	t.Cleanup(srv.Close)
	s.topic("avro", 1)
	bad := avroText(2, "x")
	s.send("avro", avroText(1, "a"), bad, avroText(1, "b"))
	out := s.file("out.txt")
	config := planted(fileSink("avro", out, "value.converter", "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url", srv.URL))
	s.create("sink", config)
	contains(t, s.failed("sink"), "avro", "offset 1")
	config["errors.tolerance"], config["errors.deadletterqueue.topic.name"], config["errors.deadletterqueue.topic.replication.factor"] = "all", "avro-dlq", "1"
	s.do(http.StatusOK, "PUT", "/connectors/sink/config", config)
	s.filled(out, "a", "b")
	s.committed("sink", "avro", 0, 3)
	if got := s.letters("avro-dlq"); len(got) != 1 || got[0] != bad {
		t.Errorf("dead letters %q", got)
	}
}

// The schema changes in the middle of a slice: the file ends there, and the next one begins with the record.
func schemaChanges(t *testing.T) {
	s := guarded(t)
	s.topic("changing", 1)
	record := func(n int, more string) string {
		field, value := "", ""
		if more != "" {
			field, value = `,{"field":"b","type":"string","optional":true}`, `,"b":"`+more+`"`
		}
		return fmt.Sprintf(`{"schema":{"type":"struct","name":"r","fields":[{"field":"a","type":"int32"}%s]},"payload":{"a":%d%s}}`, field, n, value)
	}
	s.send("changing", record(0, ""), record(1, ""), record(2, "x"), record(3, "y"), record(4, ""), record(5, ""))
	config := planted(gcsSink("changing", bucketFixed, "io.confluent.connect.gcs.format.avro.AvroFormat"))
	config["value.converter"], config["flush.size"] = "org.apache.kafka.connect.json.JsonConverter", "2"
	s.create("gcs", config)
	s.committed("gcs", "changing", 0, 6)
	var got []string
	for _, o := range bucketContent(t, bucketFixed) {
		if name, ok := strings.CutPrefix(o.Name, "topics/changing/partition=0/changing+0+"); ok {
			got = append(got, fmt.Sprintf("%s %v", name, strings.Contains(o.Content, `"name":"b"`)))
		}
	}
	if want := "[0000000000.avro false 0000000002.avro true 0000000004.avro false]"; fmt.Sprint(got) != want {
		t.Errorf("objects %v, want %s", got, want)
	}
}
