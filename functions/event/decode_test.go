package event

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/mayfly-connect/mayfly/tasks"
)

// sampleKafka is an event of about 6 MB, the most that Lambda takes, with values of a size.
func sampleKafka(size int) []byte {
	e := events.KafkaEvent{EventSource: "aws:kafka", EventSourceARN: "arn:aws:kafka:eu-central-1:123456789012:cluster/c/uuid-1", BootstrapServers: "b-1:9092", Records: map[string][]events.KafkaRecord{}}
	rng := rand.New(rand.NewPCG(1, 2))
	value := make([]byte, size)
	for o := 0; o*(size*4/3+220) < 5<<20; o++ {
		for i := range value {
			value[i] = byte(rng.Uint32())
		}
		p := o % 4
		name := fmt.Sprintf("orders-%d", p)
		e.Records[name] = append(e.Records[name], events.KafkaRecord{Topic: "orders", Partition: int64(p), Offset: int64(o), TimestampType: "CREATE_TIME",
			Key: base64.StdEncoding.EncodeToString(value[:16]), Value: base64.StdEncoding.EncodeToString(value), Headers: []map[string]events.JSONNumberBytes{{"trace": value[:8]}}})
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return b
}

// What is decoded is what AWS's own library decodes.
func TestDecodeKafka(t *testing.T) {
	t.Parallel()
	payload := sampleKafka(1000)
	b, err := decodeKafka(payload)
	if err != nil {
		t.Fatal(err)
	}
	var e events.KafkaEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range b.Partitions {
		want := e.Records[p.Name]
		if len(want) != len(p.Records) {
			t.Fatalf("%s has %d records, want %d", p.Name, len(p.Records), len(want))
		}
		for i := range want {
			r, x := p.Records[i], want[i]
			if r.Topic != x.Topic || r.Partition != int32(x.Partition) || r.Offset != x.Offset || r.TimestampType != tasks.CreateTime ||
				base64.StdEncoding.EncodeToString(r.Key) != x.Key || base64.StdEncoding.EncodeToString(r.Value) != x.Value ||
				r.Headers[0].Key != "trace" || string(r.Headers[0].Value) != string(x.Headers[0]["trace"]) {
				t.Fatalf("%s[%d] is %+v, want %+v", p.Name, i, r, x)
			}
			n++
		}
	}
	if n == 0 || b.Source != e.EventSourceARN || b.Brokers != e.BootstrapServers {
		t.Errorf("%d records of %q, %q", n, b.Source, b.Brokers)
	}
}

func BenchmarkDecodeKafka(b *testing.B) {
	for _, size := range []int{100, 1000, 10000} {
		payload := sampleKafka(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decodeKafka(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	payload := sampleKafka(1000)
	b.Run("KindOf", func(b *testing.B) {
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			if k, err := KindOf(payload); k != Kafka || err != nil {
				b.Fatal(k, err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) { // the usual way, to compare
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			var e events.KafkaEvent
			if err := json.Unmarshal(payload, &e); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// No payload makes the decoders panic, and what they take is JSON of that shape.
func FuzzDecode(f *testing.F) {
	f.Add(sampleKafka(20)[:600])
	f.Add([]byte(`{"eventSource":"aws:kafka","records":{"a-0":[{"topic":"a","partition":0,"offset":1,"value":"YQ==","headers":[{"h":[1]}]}]}}`))
	f.Add([]byte(`{"Records":[{"eventSource":"aws:sqs"}]}`))
	f.Add([]byte(`{"a":"\\\"","b":[{}],"records":null}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		kind, err := KindOf(payload)
		if err == nil && kind == Unknown {
			_ = unknown(payload)
		}
		b, err := decodeKafka(payload)
		if err != nil {
			return
		}
		for _, p := range b.Partitions {
			if len(p.Records) == 0 {
				t.Errorf("partition %s is empty", p.Name)
			}
			for i, r := range p.Records {
				if r.Topic == "" || r.Offset < 0 || i > 0 && p.Records[i-1].Offset >= r.Offset {
					t.Errorf("record %+v", r)
				}
			}
		}
	})
}
