package event_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

// bucket is a store in memory. fault, if any, is asked before each read, with the number of the read.
type bucket struct {
	objects map[string]string
	reads   atomic.Int64
	cut     int64 // a stream ends after so many bytes, with an error; 0 for never
	refuse  error
}

func (b *bucket) Size(_ context.Context, r sourceevent.Ref) (int64, error) {
	if b.refuse != nil {
		return 0, b.refuse
	}
	o, ok := b.objects[r.Key]
	if !ok || strings.HasPrefix(r.ETag, "old") {
		return 0, sourceevent.ErrGone
	}
	return int64(len(o)), nil
}

func (b *bucket) Read(_ context.Context, r sourceevent.Ref, from, n int64) (io.ReadCloser, error) {
	b.reads.Add(1)
	o := b.objects[r.Key][from:]
	if n >= 0 {
		o = o[:min(n, int64(len(o)))]
	}
	if b.cut > 0 && int64(len(o)) > b.cut {
		return io.NopCloser(io.MultiReader(strings.NewReader(o[:b.cut]), broken{})), nil
	}
	return io.NopCloser(strings.NewReader(o)), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

// created is a notification of new objects, as AWS's own library writes it.
func created(keys ...string) (e events.S3Event) {
	for i, key := range keys {
		r := events.S3EventRecord{EventVersion: "2.1", EventSource: "aws:s3", AWSRegion: "eu-central-1", EventName: "ObjectCreated:Put", EventTime: time.Now()}
		r.S3.SchemaVersion, r.S3.Bucket.Name, r.S3.Object.Key, r.S3.Object.ETag, r.S3.Object.Sequencer = "1.0", "uploads", key, "etag", fmt.Sprintf("%d", i)
		e.Records = append(e.Records, r)
	}
	return e
}

// s3World is a world with a bucket.
func s3World(t *testing.T, objects map[string]string, config ...string) (*world, *bucket) {
	w := newWorld(t, append([]string{"value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false", "format", "json"}, config...)...)
	b := &bucket{objects: objects}
	w.env.Objects = map[string]sourceevent.Store{"s3": b}
	return w, b
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestS3Formats(t *testing.T) {
	for _, tt := range []struct {
		key, content string
		config       []string
		want         []string
	}{
		{"a.csv", "id,name\n1,x\n2,\"y,z\"\n", nil, []string{`{"id":"1","name":"x"}`, `{"id":"2","name":"y,z"}`}},
		{"a.csv.gz", zipped("id,name\n1,x\n2,\"y,z\"\n"), nil, []string{`{"id":"1","name":"x"}`, `{"id":"2","name":"y,z"}`}},
		{"typed.csv", "id\n1\n", []string{"schema.generation.enabled", "false", "value.schema", `{"name":"R","type":"STRUCT","fieldSchemas":{"id":{"type":"INT64"}}}`}, []string{`{"id":1}`}},
		{"a.jsonl", "{\"a\":1}\n\n{\"a\":[2]}", nil, []string{`{"a":1}`, `{"a":[2]}`}},
		{"pretty.json", "{\n\"a\": 1\n}\n", nil, []string{`{"a":1}`}},
		{"a.jsonl.gz", zipped("{\"a\":1}\n{\"a\":2}\n"), nil, []string{`{"a":1}`, `{"a":2}`}},
		{"a.log", "one\r\ntwo", []string{"format", "string"}, []string{`"one"`, `"two"`}},
		{"a.bin", "1\n2\n", []string{"object.format", "whole", "format", "string"}, []string{`"1\n2\n"`}},
		{"dir/with+space%2B.csv", "id\n1\n", nil, []string{`{"id":"1"}`}},
		{"empty.csv", "", nil, nil},
		{"header.csv", "id\n", nil, nil},
		{"empty.csv.gz", zipped(""), nil, nil},
	} {
		t.Run(tt.key, func(t *testing.T) {
			stored := strings.NewReplacer("+", " ", "%2B", "+").Replace(tt.key)
			w, b := s3World(t, map[string]string{stored: tt.content}, tt.config...)
			w.ok(w.handler(), created(tt.key), "null")
			w.wrote(tt.want...)
			b.objects = nil // a late delivery finds nothing any more, and need not
			w.ok(w.handler(), created(tt.key), "null")
			w.wrote(tt.want...)
		})
	}
}

func TestS3BadInput(t *testing.T) {
	big := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name, key, content, etag string
		refuse                   error
		want                     string   // the error
		written, dead            []string // with errors tolerated
	}{
		{"gone", "gone.csv", "", "", nil, "the object is gone", nil, []string{"s3://uploads/gone.csv"}},
		{"replaced", "a.csv", "id\n1\n", "old", nil, "was replaced since", nil, []string{"s3://uploads/a.csv"}},
		{"no format", "a", "id\n1\n", "", nil, "set object.format", nil, []string{"s3://uploads/a"}},
		{"a bad row", "a.csv", "id\n1\n2,3\n4\n", "", nil, "it has 2 fields", []string{`{"id":"1"}`, `{"id":"4"}`}, []string{"2,3"}},
		{"a bad value", "a.json", `{"a":1}{"b":x}{"c":3}`, "", nil, "not valid JSON", []string{`{"a":1}`, `{"c":3}`}, []string{`{"b":x}`}},
		{"an open value", "a.json", `{"a":1}` + "\n" + `{"b":` + big, "", nil, "is not closed", []string{`{"a":1}`}, []string{`{"b":` + big}},
		{"no archive", "a.csv.gz", "id\n1\n", "", nil, "unzip", nil, []string{"s3://uploads/a.csv.gz"}},
		{"forbidden", "a.csv", "id\n1\n", "", tasks.Fatal(errors.New("access denied; grant s3:GetObject")), "grant s3:GetObject", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, b := s3World(t, map[string]string{tt.key: tt.content})
			b.refuse = tt.refuse
			if tt.name == "gone" {
				b.objects = nil
			}
			in := created(tt.key)
			in.Records[0].S3.Object.ETag = tt.etag
			if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			w.tolerant()
			for range 2 {
				_, err := w.handle(w.handler(), in)
				if (err != nil) != (tt.refuse != nil) {
					t.Errorf("tolerant: %v", err)
				}
			}
			w.wrote(tt.written...)
			if tt.dead != nil {
				w.same("dead letters", tt.dead, w.values("dead"))
			}
		})
	}
}

// Connections break in the middle, again and again: the stream is taken up where it broke.
func TestS3BrokenStreams(t *testing.T) {
	var content strings.Builder
	var want []string
	content.WriteString("id\n")
	for i := range 60000 {
		fmt.Fprintf(&content, "%06d-%s\n", i, strings.Repeat("x", 20))
		want = append(want, fmt.Sprintf(`{"id":"%06d-%s"}`, i, strings.Repeat("x", 20)))
	}
	w, b := s3World(t, map[string]string{"a.csv": content.String()})
	b.cut = 100_000
	w.ok(w.handler(), created("a.csv"), "null")
	w.wrote(want...)
	if n := b.reads.Load(); n < 10 || n > 60 {
		t.Errorf("%d reads", n)
	}
}

// endless is an object of 5 GB of which nothing is kept: rows of a fixed length. It is slow, so that an invocation cannot read it all.
type endless struct {
	size  int64
	bytes atomic.Int64
	pause time.Duration
}

const endlessRow = 64

func (e *endless) Size(context.Context, sourceevent.Ref) (int64, error) { return e.size, nil }

func (e *endless) Read(_ context.Context, _ sourceevent.Ref, from, n int64) (io.ReadCloser, error) {
	if n < 0 || from+n > e.size {
		n = e.size - from
	}
	return io.NopCloser(&endlessReader{e, from, from + n}), nil
}

type endlessReader struct {
	e       *endless
	at, end int64
}

func (r *endlessReader) Read(p []byte) (int, error) {
	if r.at == r.end {
		return 0, io.EOF
	}
	time.Sleep(r.e.pause)
	n := int(min(int64(len(p)), r.end-r.at))
	for i := 0; i < n; {
		row, in := (r.at+int64(i))/endlessRow, (r.at+int64(i))%endlessRow
		i += copy(p[i:n], fmt.Sprintf("%0*d\n", endlessRow-1, row)[in:])
	}
	r.at += int64(n)
	r.e.bytes.Add(int64(n))
	return n, nil
}

// A large object takes several invocations, each of which starts the next one and goes on where the last one ended.
func TestS3InSeveralInvocations(t *testing.T) {
	w, _ := s3World(t, nil, "object.format", "lines", "format", "string")
	e := &endless{size: 24 << 20, pause: 30 * time.Millisecond}
	w.env.Objects = map[string]sourceevent.Store{"s3": e}
	w.environ["MAYFLY_EVENTS_CONTINUE"] = "true"
	again := make(chan []byte, 1)
	w.env.Again = func(_ context.Context, payload []byte) error {
		again <- payload
		return nil
	}
	h := w.handler()
	payload := payloadOf(t, created("big"))
	invocations := 0
	for next := payload; next != nil; invocations++ {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		_, err := h.Handle(ctx, next)
		cancel()
		if err != nil { // a slow machine: the platform tries again
			if invocations > 50 || !strings.Contains(err.Error(), "the time was too short") {
				t.Fatal(err)
			}
			continue
		}
		select {
		case next = <-again:
		default:
			next = nil
		}
	}
	want := e.size / endlessRow
	if n := int64(len(w.read("out"))); n != want {
		t.Errorf("%d rows, want %d", n, want)
	}
	if invocations < 2 || e.bytes.Load() > 2*e.size {
		t.Errorf("%d invocations read %d of %d bytes", invocations, e.bytes.Load(), e.size)
	}
	t.Logf("%d invocations", invocations)
}

// Without self-invocation, the platform is told to deliver the event again.
func TestS3LateWithoutContinuation(t *testing.T) {
	w, _ := s3World(t, nil, "object.format", "lines", "format", "string")
	e := &endless{size: 16 << 20, pause: 40 * time.Millisecond}
	w.env.Objects = map[string]sourceevent.Store{"s3": e}
	failures := 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
		_, err := w.handler().Handle(ctx, payloadOf(t, created("big")))
		cancel()
		if err == nil {
			break
		}
		if failures++; !strings.Contains(err.Error(), "the time was too short; it goes on from") || failures > 20 {
			t.Fatal(err)
		}
	}
	if n := int64(len(w.read("out"))); failures == 0 || n != e.size/endlessRow {
		t.Errorf("%d rows after %d failures", n, failures)
	}
}

// Notifications come through queues and topics, too.
func TestS3Nested(t *testing.T) {
	w, _ := s3World(t, map[string]string{"a.csv": "id\n1\n", "b.csv": "id\n2\n", "c.csv": "id\n3\n", "d.csv": "id\n4\n", "bad.csv": "id\n1,2\n"})
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	body := func(v any) string { return string(payloadOf(t, v)) }
	envelope := body(map[string]any{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-central-1:123456789012:t", "Message": body(created("b.csv"))})
	in := sqsBatch(queueARN, "1", body(created("a.csv")), "2", envelope, "3", body(created("d.csv", "bad.csv")), "4", `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"uploads"}`)
	w.ok(w.handler(), in, `{"batchItemFailures":[{"itemIdentifier":"3"}]}`)
	bridge := map[string]any{"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3", "account": "123456789012", "time": "2026-11-12T00:00:00Z",
		"region": "eu-central-1", "resources": []string{"arn:aws:s3:::uploads"}, "detail": map[string]any{"version": "0", "bucket": map[string]any{"name": "uploads"},
			"object": map[string]any{"key": "c.csv", "size": 5, "etag": "e", "sequencer": "617f08299329d189"}, "reason": "PutObject"}}
	w.ok(w.handler(), bridge, "null")
	w.ok(w.handler(), bridge, "null")
	w.wrote(`{"id":"1"}`, `{"id":"2"}`, `{"id":"3"}`, `{"id":"4"}`)
	w.ok(w.handler(), `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"uploads","RequestId":"r","HostId":"h"}`, "null")
}

// Without a look into objects, the event is the record.
func TestS3EventItself(t *testing.T) {
	w, _ := s3World(t, nil, "object.format", "none")
	in := created("a.csv")
	in.Records[0].EventName = "ObjectRemoved:Delete"
	w.ok(w.handler(), in, "null")
	w.ok(w.handler(), in, "null")
	got := w.values("out")
	var r events.S3EventRecord
	if len(got) != 1 || json.Unmarshal([]byte(got[0]), &r) != nil || r.S3.Object.Key != "a.csv" {
		t.Errorf("records %v", got)
	}
}
