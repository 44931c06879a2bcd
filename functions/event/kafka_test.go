package event_test

import (
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	localS3 "github.com/mayfly-connect/mayfly/localstack/s3"
	sinks3 "github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
)

const clusterARN = "arn:aws:kafka:eu-central-1:123456789012:cluster/c/uuid-1"

// kafkaEvent is an event of offsets of partitions of the topic in, as AWS's own library writes it. The values are the coordinates.
func kafkaEvent(partitions map[int][]int64) events.KafkaEvent {
	e := events.KafkaEvent{EventSource: "aws:kafka", EventSourceARN: clusterARN, BootstrapServers: "b-1:9092,b-2:9092", Records: map[string][]events.KafkaRecord{}}
	for p, offsets := range partitions {
		for _, o := range offsets {
			name := fmt.Sprintf("in-%d", p)
			e.Records[name] = append(e.Records[name], events.KafkaRecord{Topic: "in", Partition: int64(p), Offset: o, Timestamp: events.MilliSecondsEpochTime{},
				TimestampType: "CREATE_TIME", Key: "aw==", Value: base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d/%03d", p, o)), Headers: []map[string]events.JSONNumberBytes{{"h": {118}}}})
		}
	}
	return e
}

func offsets(from, to int64) (out []int64) {
	for o := from; o < to; o++ {
		out = append(out, o)
	}
	return out
}

func coordinates(p int, from, to int64) (out []string) {
	for o := from; o < to; o++ {
		out = append(out, fmt.Sprintf("%d/%03d", p, o))
	}
	return out
}

func TestKafkaToTopic(t *testing.T) {
	w := newWorld(t)
	in := kafkaEvent(map[int][]int64{0: offsets(5, 8), 1: {3, 9}})
	w.ok(w.handler(), in, allDone)
	w.ok(w.handler(), in, allDone)
	// A batch that was cut in another way: only what lies behind is written.
	w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(6, 12), 1: offsets(9, 10)}), allDone)
	w.wrote(slices.Concat(coordinates(0, 5, 12), []string{"1/003", "1/009"})...)
	r := w.read("out")[0]
	w.same("key", "k", string(r.Key))
	w.same("headers", map[string]string{"h": "dg=="}, headersOf(r)) // the header's bytes, as the header converter writes them
	var positions []string
	for _, r := range w.read("connect-offsets") {
		if strings.Contains(string(r.Key), `"partition":0}`) {
			w.same("key of the position", `["events",{"cluster":"`+clusterARN+`","topic":"in","partition":0}]`, string(r.Key))
			positions = append(positions, string(r.Value))
		}
	}
	w.same("positions", []string{`{"offset":8}`, `{"offset":12}`}, positions)
}

// A shape as AWS documents it.
func TestKafkaDocumentedShape(t *testing.T) {
	w := newWorld(t, "key.format", "bytes", "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter") // what AWS shows as a key is no text
	for _, source := range []string{`"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2"`,
		`"eventSource":"SelfManagedKafka"`} {
		w.ok(w.handler(), `{`+source+`,"bootstrapServers":"b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092",
			"records":{"mytopic-0":[{"topic":"mytopic","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",
			"key":"abcDEFghiJKLmnoPQRstuVWXyz1234==","value":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","headers":[{"headerKey":[104,101,97,100,101,114,86,97,108,117,101]}]},
			{"topic":"mytopic","partition":0,"offset":16,"timestamp":1545084650988,"timestampType":"CREATE_TIME","key":null,"value":"SGVsbG8\u003d","headers":[{"n":null},{"s":[-1]}]}]}}`, allDone)
	}
}

func TestKafkaPartialFailure(t *testing.T) {
	w := newWorld(t, "transforms", "c", "transforms.c.type", "org.apache.kafka.connect.transforms.Cast$Value", "transforms.c.spec", "int32", "format", "json")
	in := kafkaEvent(map[int][]int64{0: offsets(0, 4), 1: offsets(7, 9)})
	for p, values := range map[string][]string{"in-0": {"1", "2", `"x"`, "4"}, "in-1": {"5", "{"}} {
		for i, v := range values {
			in.Records[p][i].Value = base64.StdEncoding.EncodeToString([]byte(v))
		}
	}
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "2 of 2 partitions") {
		t.Errorf("without partial answers: %v", err)
	}
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	for range 2 {
		answer, err := w.handle(w.handler(), in)
		must(t, err)
		for _, want := range []string{`{"itemIdentifier":{"partition":"in-0","offset":2}}`, `{"itemIdentifier":{"partition":"in-1","offset":8}}`} {
			if !strings.Contains(answer, want) {
				t.Errorf("answer %s, want %s", answer, want)
			}
		}
	}
	w.wrote("1", "2", "5")
	w.tolerant()
	w.ok(w.handler(), in, allDone)
	w.ok(w.handler(), in, allDone)
	w.wrote("1", "2", "4", "5")
	w.same("dead letters", []string{"x", "{"}, w.values("dead"))
}

// sinkWorld is a world whose connector writes objects, two records each.
func sinkWorld(t *testing.T, config ...string) (*world, *localS3.Server) {
	w := newWorld(t)
	s := localS3.New(localS3.WithBucket("b"))
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	w.config = map[string]string{"name": "objects", "connector.class": "io.confluent.connect.s3.S3SinkConnector", "topics": "in", "s3.bucket.name": "b", "store.url": srv.URL,
		"s3.region": "us-east-1", "aws.access.key.id": "a", "aws.secret.access.key": "s", "s3.path.style.access": "true",
		"storage.class": "io.confluent.connect.s3.storage.S3Storage", "format.class": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat", "flush.size": "2",
		"format.bytearray.separator": ",", "key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter", "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter"}
	for i := 0; i < len(config); i += 2 {
		w.config[config[i]] = config[i+1]
	}
	w.create("in", 2)
	w.env.Exec.Plugins = tasks.Plugins{Sinks: []tasks.SinkPlugin{sinks3.Plugin()}}
	return w, s
}

// delivered is what the objects hold, sorted.
func delivered(s *localS3.Server) (out []string) {
	for _, o := range s.Objects("b") {
		for _, v := range strings.Split(strings.TrimSuffix(string(o.Content), ","), ",") {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

func TestKafkaToSink(t *testing.T) {
	w, s := sinkWorld(t)
	w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(0, 5), 1: offsets(0, 2)}), allDone)
	if _, ok := s.Objects("b")["topics/in/partition=0/in+0+0000000002.bin"]; !ok {
		t.Errorf("objects %v", s.Objects("b"))
	}
	w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(0, 5)}), allDone)  // again
	w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(3, 10)}), allDone) // cut in another way
	w.same("delivered", slices.Concat(coordinates(0, 0, 10), coordinates(1, 0, 2)), delivered(s))
}

// A function dies between the objects and its position, and the platform cuts the batch in halves, so that other slices meet the objects.
func TestKafkaToSinkAfterADeath(t *testing.T) {
	for _, cut := range []int64{1, 2, 3, 5, 7} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			w, s := sinkWorld(t)
			w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(0, 8)}), allDone)
			_, err := w.adm.DeleteGroup(t.Context(), "connect-objects")
			must(t, err)
			w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(0, cut)}), allDone)
			w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(cut, 8)}), allDone)
			w.ok(w.handler(), kafkaEvent(map[int][]int64{0: offsets(8, 11)}), allDone)
			w.same("delivered", coordinates(0, 0, 11), delivered(s))
		})
	}
}

func TestKafkaToSinkWithBadRecords(t *testing.T) {
	w, s := sinkWorld(t, "transforms", "c", "transforms.c.type", "org.apache.kafka.connect.transforms.Cast$Value", "transforms.c.spec", "string",
		"value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false", "format.class", "io.confluent.connect.s3.format.json.JsonFormat")
	in := kafkaEvent(map[int][]int64{0: offsets(0, 4)})
	for i, v := range []string{"1", "2", "{", "4"} {
		in.Records["in-0"][i].Value = base64.StdEncoding.EncodeToString([]byte(v))
	}
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	w.ok(w.handler(), in, `{"batchItemFailures":[{"itemIdentifier":{"partition":"in-0","offset":2}}]}`)
	w.config["errors.tolerance"], w.config["errors.deadletterqueue.topic.name"], w.config["errors.deadletterqueue.topic.replication.factor"] = "all", "dead", "1"
	w.ok(w.handler(), in, allDone)
	w.same("objects", 2, len(s.Objects("b")))
	w.same("dead letters", []string{"{"}, w.values("dead"))
	// A function dies between its dead letters and its position.
	in = kafkaEvent(map[int][]int64{1: offsets(0, 2)})
	in.Records["in-1"][1].Value = base64.StdEncoding.EncodeToString([]byte("{"))
	in.Records["in-1"][0].Value = base64.StdEncoding.EncodeToString([]byte("1"))
	w.ok(w.handler(), in, allDone)
	_, err := w.adm.DeleteGroup(t.Context(), "connect-objects")
	must(t, err)
	w.ok(w.handler(), in, allDone)
	w.same("objects", 3, len(s.Objects("b")))
	w.same("dead letters", []string{"{", "{"}, w.values("dead"))
}

func TestKafkaMalformed(t *testing.T) {
	w := newWorld(t)
	h := w.handler()
	whole := string(payloadOf(t, kafkaEvent(map[int][]int64{0: offsets(0, 3)})))
	for _, tt := range []struct{ name, payload, want string }{
		{"truncated", whole[:len(whole)-20], "truncated"},
		{"no base64", strings.Replace(whole, `"aw=="`, `"a*=="`, 1), "record 0 of in-0: key: illegal base64"},
		{"no offset", strings.Replace(whole, `"offset":1`, `"ofset":1`, 1), "no topic, partition or offset"},
		{"order", strings.Replace(whole, `"offset":2`, `"offset":1`, 1), "behind in/0 at offset 1"},
		{"header", strings.Replace(whole, `[118]`, `[300]`, 1), "which is no byte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := w.handle(h, tt.payload); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
