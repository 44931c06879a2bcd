package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// The buckets of the tests, one each.
const (
	bucketJSON, bucketBytes, bucketLease, bucketAiven = "e2e-json", "e2e-bytes", "e2e-lease", "e2e-aiven"
	bucketForbidden, bucketFixed                      = "e2e-forbidden", "e2e-fixed"
	bucketPart, bucketParallel                        = "e2e-part", "e2e-parallel"
	bucketLake, bucketExplain                         = "lake", "e2e-explain" // lake is of the README
)

// TestMain starts the GCS emulator, because its address is the whole process's.
func TestMain(m *testing.M) {
	objects, err := gcs.New(gcs.WithBucket(bucketJSON, bucketBytes, bucketLease, bucketAiven, bucketFixed, bucketPart, bucketParallel, bucketLake, bucketExplain), gcs.WithForbidden(bucketForbidden))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	srv := httptest.NewServer(objects)
	if err := os.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(srv.URL, "http://")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	srv.Close()
	os.Exit(code)
}

// embedded is a site on a broker of its own, with a node whose worker properties the environment gives.
func embedded(t *testing.T, environ ...string) *site {
	t.Helper()
	t.Parallel()
	b, err := broker.Start(broker.Config{Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	s := newSite(t, b.Addr())
	s.start(true, environ...)
	return s
}

// filled waits until a file holds exactly the lines.
func (s *site) filled(path string, want ...string) {
	s.t.Helper()
	eventually(s.t, "lines in "+path, func() string {
		if got := lines(s.t, path); len(got) < len(want) {
			return fmt.Sprintf("%d of %d", len(got), len(want))
		}
		return ""
	})
	if got := lines(s.t, path); !slices.Equal(got, want) {
		s.t.Fatalf("%s holds %d lines %q, want %d", path, len(got), got, len(want))
	}
}

func fileSink(topic, path string, more ...string) map[string]string {
	c := map[string]string{"connector.class": "FileStreamSink", "tasks.max": "1", "topics": topic, "file": path}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

func TestFileRoundTripGoesOnAfterARestart(t *testing.T) {
	s := embedded(t)
	in, out := s.file("in.txt"), s.file("out.txt")
	appendTo(t, in, "one\ntwo\nthree\n")
	s.create("source", map[string]string{"connector.class": "FileStreamSource", "topic": "lines", "file": in})
	s.create("sink", fileSink("lines", out))
	s.filled(out, "one", "two", "three")
	s.state("sink", "RUNNING")
	s.state("source", "RUNNING")
	s.stop()
	appendTo(t, in, "four\nfive\n")
	s.start(true)
	s.filled(out, "one", "two", "three", "four", "five")
	s.drained("sink", "lines") // beyond 5: the source's transactions have markers
	s.filled(out, "one", "two", "three", "four", "five")
}

func TestPauseResumeStopDelete(t *testing.T) {
	s := embedded(t)
	s.topic("in", 1)
	out, seen := s.file("out.txt"), s.file("seen.txt")
	s.create("sink", fileSink("in", out))
	s.create("witness", fileSink("in", seen)) // when it has a record, the other one has had its time
	s.send("in", "a")
	s.filled(out, "a")

	s.do(http.StatusAccepted, "PUT", "/connectors/sink/pause", nil)
	s.state("sink", "PAUSED")
	s.send("in", "b")
	s.filled(seen, "a", "b")
	s.committed("witness", "in", 0, 2)
	s.filled(out, "a")
	s.do(http.StatusAccepted, "PUT", "/connectors/sink/resume", nil)
	s.filled(out, "a", "b")
	s.state("sink", "RUNNING")

	s.do(http.StatusNoContent, "PUT", "/connectors/sink/stop", nil)
	s.state("sink", "STOPPED")
	s.send("in", "c")
	s.filled(seen, "a", "b", "c")
	s.committed("witness", "in", 0, 3)
	s.filled(out, "a", "b")
	s.do(http.StatusAccepted, "PUT", "/connectors/sink/resume", nil)
	s.filled(out, "a", "b", "c")

	s.do(http.StatusNoContent, "DELETE", "/connectors/sink", nil)
	s.do(http.StatusNotFound, "GET", "/connectors/sink", nil)
	s.send("in", "d")
	s.filled(seen, "a", "b", "c", "d")
	s.committed("witness", "in", 0, 4)
	s.filled(out, "a", "b", "c")
}

// stored is what is in a bucket.
type stored struct {
	Name, Content string
	CRC           uint32
	Generation    int64
}

func bucketContent(t *testing.T, bucket string) (out []stored) {
	t.Helper()
	cl, err := storage.NewClient(t.Context())
	must(t, err)
	defer cl.Close()
	for it := cl.Bucket(bucket).Objects(t.Context(), nil); ; {
		o, err := it.Next()
		if err == iterator.Done {
			return out
		}
		must(t, err)
		r, err := cl.Bucket(bucket).Object(o.Name).NewReader(t.Context())
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		must(t, r.Close())
		out = append(out, stored{o.Name, string(b), o.CRC32C, o.Generation})
	}
}

func gcsSink(topic, bucket, format string) map[string]string {
	return map[string]string{"connector.class": "io.confluent.connect.gcs.GcsSinkConnector", "tasks.max": "1", "topics": topic,
		"gcs.bucket.name": bucket, "flush.size": "3", "storage.class": "io.confluent.connect.gcs.storage.GcsStorage", "format.class": format}
}

const (
	jsonFormat  = "io.confluent.connect.gcs.format.json.JsonFormat"
	bytesFormat = "io.confluent.connect.gcs.format.bytearray.ByteArrayFormat"
)

func TestGCSObjectsHaveExactNamesAndContent(t *testing.T) {
	for _, c := range []struct {
		name, bucket, format, converter, ext string
	}{
		{"json", bucketJSON, jsonFormat, "org.apache.kafka.connect.json.JsonConverter", ".json"},
		{"bytes", bucketBytes, bytesFormat, "org.apache.kafka.connect.converters.ByteArrayConverter", ".bin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := embedded(t)
			s.topic("rows", 1)
			s.send("rows", `{"n":0}`, `{"n":1}`, `{"n":2}`, `{"n":3}`, `{"n":4}`, `{"n":5}`, `{"n":6}`)
			config := gcsSink("rows", c.bucket, c.format)
			config["value.converter"], config["value.converter.schemas.enable"] = c.converter, "false"
			s.create("gcs", config)
			s.committed("gcs", "rows", 0, 6)
			want := []stored{{Name: "topics/rows/partition=0/rows+0+0000000000" + c.ext}, {Name: "topics/rows/partition=0/rows+0+0000000003" + c.ext}}
			want[0].Content = "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n"
			want[1].Content = "{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n"
			got := bucketContent(t, c.bucket)
			for i := range got {
				got[i].CRC, got[i].Generation = 0, 0
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the bucket holds\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

func TestObjectsNamedByATemplate(t *testing.T) {
	s := embedded(t)
	s.topic("rows", 1)
	s.send("rows", `{"n":0}`, `{"n":1}`, `{"n":2}`)
	s.create("aiven", map[string]string{"connector.class": "io.aiven.kafka.connect.gcs.GcsSinkConnector", "tasks.max": "1", "topics": "rows",
		"gcs.bucket.name": bucketAiven, "format.output.type": "jsonl", "format.output.fields": "value,offset", "file.max.records": "2",
		"file.name.template": "{{topic}}/{{partition}}-{{start_offset:padding=true}}.jsonl", "offset.flush.interval.ms": "100",
		"key.converter": stringConverter, "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"})
	s.committed("aiven", "rows", 0, 3)
	content := ""
	for _, o := range bucketContent(t, bucketAiven) { // which records come in which slice is for the clock to say
		if !strings.HasPrefix(o.Name, "rows/0-0000000000000000000") {
			continue // of the README's example
		}
		content += o.Content + "\n"
	}
	if want := "{\"offset\":0,\"value\":{\"n\":0}}\n{\"offset\":1,\"value\":{\"n\":1}}\n{\"offset\":2,\"value\":{\"n\":2}}\n"; content != want {
		t.Errorf("the objects hold\n%s\nwant\n%s", content, want)
	}
}

func TestALeaseRunAgainChangesNoObject(t *testing.T) {
	for _, c := range []struct{ name, format, converter string }{
		{"bytes", bytesFormat, "org.apache.kafka.connect.converters.ByteArrayConverter"},
		{"json", jsonFormat, stringConverter},
		{"avro", "io.confluent.connect.gcs.format.avro.AvroFormat", stringConverter},
	} {
		t.Run(c.name, func(t *testing.T) { leaseRunAgain(t, c.name, c.format, c.converter) })
	}
}

// leaseRunAgain runs a lease three times, the first time only as far as an executor may get that is stopped, and compares what
// is in the bucket.
func leaseRunAgain(t *testing.T, name, format, converter string) {
	s := embedded(t)
	s.topic("rows", 1)
	s.topic("results", 1)
	s.send("rows", "a", "b", "c", "d", "e", "f", "g")
	config := gcsSink("rows", bucketLease, format)
	config["name"], config["topics.dir"], config["value.converter"], config["key.converter"] = "gcs", name, converter, stringConverter
	lease := tasks.Lease{Version: tasks.WireVersion, ID: "l", Connector: "gcs", Kind: tasks.SinkKind, Attempt: 1, Epoch: 1, TTL: 30000,
		Slice:  tasks.Slice{Stream: tasks.Stream{Topic: "rows"}, From: 0, To: 7, CloseTail: true},
		Config: config, Bootstrap: []string{s.addr}, GroupID: "lease", ResultTopic: "results", OffsetTopic: "offsets"}
	run := func(to int64) (out []stored) {
		t.Helper()
		r := exec.New(exec.Env{Plugins: plugins(), Converters: boot.Converters(), Name: "e2e", Log: logger(t)})
		defer r.Close()
		lease.Slice.To = to
		res := r.Run(t.Context(), lease)
		if res.Outcome != tasks.Done || to == 7 && (res.Position != 7 || res.Counts.Delivered != 7) {
			t.Fatalf("outcome %s at %d, %+v, failure %+v", res.Outcome, res.Position, res.Counts, res.Failure)
		}
		for _, o := range bucketContent(t, bucketLease) {
			if strings.HasPrefix(o.Name, name+"/") {
				out = append(out, o)
			}
		}
		return out
	}
	lease.Slice.CloseTail = false
	half := run(5) // as far as an executor got that was stopped there: one file
	lease.Slice.CloseTail = true
	lease.Epoch, lease.Attempt = 2, 2
	first := run(7)
	if len(half) != 1 || len(first) != 3 || !reflect.DeepEqual(half[0], first[0]) {
		t.Fatalf("the bucket holds %+v, then %+v", half, first)
	}
	lease.Epoch, lease.Attempt = 3, 3
	if second := run(7); !reflect.DeepEqual(first, second) {
		t.Errorf("the second run changed\n%+v\ninto\n%+v", first, second)
	}
}
