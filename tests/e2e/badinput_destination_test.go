package e2e_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func missingBucket(t *testing.T) { bucketMended(t, "e2e-not-there", "create the bucket") }

func forbiddenBucket(t *testing.T) { bucketMended(t, bucketForbidden, "storage.objects.create") }

// bucketMended runs into a bucket that does not work, and then into one that does: nothing is lost.
func bucketMended(t *testing.T, bucket, advice string) {
	s := guarded(t)
	topic := strings.ReplaceAll(bucket, "-", "_")
	s.topic(topic, 1)
	s.send(topic, "a", "b", "c")
	config := planted(gcsSink(topic, bucket, bytesFormat))
	config["value.converter"] = "org.apache.kafka.connect.converters.ByteArrayConverter"
	s.create("gcs", config)
	contains(t, s.failed("gcs"), "connector gcs", "gcs.bucket.name", bucket, advice)
	config["gcs.bucket.name"] = bucketFixed
	s.do(http.StatusOK, "PUT", "/connectors/gcs/config", config)
	s.committed("gcs", topic, 0, 3)
	s.state("gcs", "RUNNING")
	name := "topics/" + topic + "/partition=0/" + topic + "+0+0000000000.bin"
	for _, o := range bucketContent(t, bucketFixed) {
		if o.Name == name && o.Content == "a\nb\nc\n" {
			return
		}
	}
	t.Errorf("%s is not in the bucket", name)
}

// One record makes more than a part, and more than a fetch.
func recordLargerThanAPart(t *testing.T) {
	s := guarded(t)
	limit := "16777216"
	_, err := s.adm.CreateTopic(t.Context(), 1, 1, map[string]*string{"max.message.bytes": &limit}, "large")
	must(t, err)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ProducerBatchMaxBytes(16<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(t, err)
	defer cl.Close()
	large := strings.Repeat("0123456789abcdef", 9<<16) // 9 MiB; a part is 5
	for _, v := range []string{"a", large, "b", large, large, "c"} {
		must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "large", Value: []byte(v)}).FirstErr())
	}
	config := planted(gcsSink("large", bucketPart, bytesFormat))
	config["value.converter"], config["gcs.part.size"] = "org.apache.kafka.connect.converters.ByteArrayConverter", "5242880"
	s.create("gcs", config)
	s.committed("gcs", "large", 0, 6)
	got := bucketContent(t, bucketPart)
	if len(got) != 2 || got[0].Content != "a\n"+large+"\nb\n" || got[1].Content != large+"\n"+large+"\nc\n" {
		t.Errorf("%d objects, or others than the records", len(got))
	}
}

// The disk is full where a file is written. /dev/full is the device that says so.
func diskFull(t *testing.T) {
	s := guarded(t)
	full := s.file("full.txt")
	must(t, os.Symlink("/dev/full", full))
	s.topic("rows", 1)
	s.send("rows", "a", "b")
	s.create("sink", planted(fileSink("rows", full)))
	s.says("connector=sink", full, "no space left on device")
	if at := s.at("sink", "rows"); at > 0 {
		t.Errorf("the position is %d, though nothing was written", at)
	}
	must(t, os.Remove(full)) // the operator makes room: it is a file now
	s.filled(full, "a", "b")
	s.committed("sink", "rows", 0, 2)
	s.state("sink", "RUNNING")
}

// at returns the committed offset of partition 0; 0 when there is none.
func (s *site) at(name, topic string) int64 {
	s.t.Helper()
	offsets, err := s.adm.FetchOffsets(s.t.Context(), "connect-"+name)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return 0
	}
	must(s.t, err)
	o, _ := offsets.Lookup(topic, 0)
	return max(0, o.At)
}

// A topic that is deleted and created again has the same offsets again, for other records.
func topicCreatedAgain(t *testing.T) {
	s := guarded(t)
	s.topic("rows", 1)
	s.send("rows", "a", "b", "c")
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("rows", out)))
	s.filled(out, "a", "b", "c")
	s.committed("sink", "rows", 0, 3)
	_, err := s.adm.DeleteTopic(t.Context(), "rows")
	must(t, err)
	s.renew()
	s.topic("rows", 1)
	s.send("rows", "new a", "new b")
	s.filled(out, "a", "b", "c", "new a", "new b")
	s.committed("sink", "rows", 0, 2)
	s.says("connector=sink", "stream=rows/0", "created again")
	s.state("sink", "RUNNING")
}
