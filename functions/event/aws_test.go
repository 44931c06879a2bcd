package event_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// kinesisBatch is an event of records of one shard, as AWS's own library writes it.
func kinesisBatch(values ...string) (e events.KinesisEvent) {
	for i, v := range values {
		seq := fmt.Sprintf("4959033827149025660855969253836157109592157598913640%04d", i)
		e.Records = append(e.Records, events.KinesisEventRecord{EventID: "shardId-000000000006:" + seq, EventName: "aws:kinesis:record", EventSource: "aws:kinesis", EventVersion: "1.0",
			AwsRegion: "us-east-2", EventSourceArn: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
			Kinesis: events.KinesisRecord{PartitionKey: "k", SequenceNumber: seq, Data: []byte(v), KinesisSchemaVersion: "1.0",
				ApproximateArrivalTimestamp: events.SecondsEpochTime{Time: time.Now()}}})
	}
	return e
}

// The stream goes on at the first record that failed; nothing behind it was written, and what lies before is not written again.
func TestKinesis(t *testing.T) {
	w := newWorld(t, "format", "json", "value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false")
	in := kinesisBatch("1", "2", "{", "4", "{")
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "of 5 were not written") {
		t.Errorf("without partial answers: %v", err)
	}
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	for range 2 {
		w.ok(w.handler(), in, `{"batchItemFailures":[{"itemIdentifier":"`+in.Records[2].Kinesis.SequenceNumber+`"}]}`)
		w.wrote("1", "2")
	}
	in.Records = in.Records[1:] // as the platform cuts batches when they fail
	in.Records[1].Kinesis.Data, in.Records[3].Kinesis.Data = []byte("3"), []byte("5")
	w.ok(w.handler(), in, allDone)
	w.ok(w.handler(), in, allDone)
	w.wrote("1", "2", "3", "4", "5")
	if k := string(w.read("out")[0].Key); k != "k" {
		t.Errorf("key %q", k)
	}
}

// With a parallelization factor, a later part of a shard may come first.
func TestKinesisOutOfOrder(t *testing.T) {
	w := newWorld(t)
	in := kinesisBatch("1", "2", "3", "4")
	w.ok(w.handler(), events.KinesisEvent{Records: []events.KinesisEventRecord{in.Records[1], in.Records[3]}}, allDone)
	w.ok(w.handler(), events.KinesisEvent{Records: []events.KinesisEventRecord{in.Records[0], in.Records[2]}}, allDone)
	w.ok(w.handler(), in, allDone)
	w.wrote("1", "2", "3", "4")
}

func TestSNS(t *testing.T) {
	w := newWorld(t)
	in := events.SNSEvent{Records: []events.SNSEventRecord{{EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: "arn:aws:sns:us-east-1:123456789012:orders:x",
		SNS: events.SNSEntity{MessageID: "95df01b4-ee98-5cb9-9903-4c221d41eb5e", TopicArn: "arn:aws:sns:us-east-1:123456789012:orders", Type: "Notification", Message: "Hello from SNS!",
			Timestamp: time.Now(), MessageAttributes: map[string]any{"Test": map[string]any{"Type": "String", "Value": "TestString"}, "TestBinary": map[string]any{"Type": "Binary", "Value": "AAE="}}}}}}
	w.ok(w.handler(), in, "null")
	w.ok(w.handler(), in, "null")
	w.wrote("Hello from SNS!")
	w.same("headers", map[string]string{"Test": "TestString", "TestBinary": "AAE="}, headersOf(w.read("out")[0]))
	in.Records[0].SNS.MessageID = ""
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "no MessageId") {
		t.Error(err)
	}
}

func TestEventBridge(t *testing.T) {
	w := newWorld(t, "topic", "out")
	in := map[string]any{"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "account": "111122223333",
		"time": "2017-12-22T18:43:48Z", "region": "us-west-1", "resources": []string{"arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"}, "detail": map[string]any{"state": "terminated"}}
	w.ok(w.handler(), in, "null")
	w.ok(w.handler(), in, "null")
	w.wrote(`{"state":"terminated"}`)
	w.same("headers", map[string]string{"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718"}, headersOf(w.read("out")[0]))
	in["replay-name"] = "again" // whoever replays an archive wants the events once more
	w.ok(w.handler(), in, "null")
	w.ok(w.handler(), in, "null")
	w.wrote(`{"state":"terminated"}`, `{"state":"terminated"}`)
}

// What a source is called may be a part of the topic's name.
func TestTopicOfTheSource(t *testing.T) {
	w := newWorld(t, "topic", "from-${source}")
	w.create("from-orders", 1)
	w.create("from-lambda-stream", 1)
	w.ok(w.handler(), sqsBatch(queueARN, "1", "a"), allDone)
	w.ok(w.handler(), kinesisBatch("b"), allDone)
	w.same("records", []string{"a", "b"}, slices.Concat(w.values("from-orders"), w.values("from-lambda-stream")))
}
