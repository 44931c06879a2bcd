package event_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

const queueARN = "arn:aws:sqs:eu-central-1:123456789012:orders"

// sqsBatch is an event of messages, id and body in turn, as AWS's own library writes it.
func sqsBatch(arn string, pairs ...string) (e events.SQSEvent) {
	for i := 0; i < len(pairs); i += 2 {
		e.Records = append(e.Records, events.SQSMessage{MessageId: pairs[i], Body: pairs[i+1], ReceiptHandle: "r", EventSource: "aws:sqs", EventSourceARN: arn,
			AWSRegion: "eu-central-1", Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": fmt.Sprint(time.Now().UnixMilli()), "SenderId": "s"}})
	}
	return e
}

const allDone = `{"batchItemFailures":[]}`

func TestSQS(t *testing.T) {
	w := newWorld(t)
	in := sqsBatch(queueARN, "1", "one", "2", "two")
	text := "v"
	in.Records[0].MessageAttributes = map[string]events.SQSMessageAttribute{"b": {BinaryValue: []byte{0, 1}, DataType: "Binary"}, "a": {StringValue: &text, DataType: "String"}}
	h := w.handler()
	w.ok(h, in, allDone)
	w.wrote("one", "two")
	for _, r := range w.read("out") {
		if string(r.Value) == "one" {
			w.same("headers", map[string]string{"a": "v", "b": "AAE="}, headersOf(r))
			w.same("timestamp", in.Records[0].Attributes["SentTimestamp"], fmt.Sprint(r.Timestamp.UnixMilli()))
		}
	}
	w.ok(h, in, allDone) // the platform delivers it twice, to the same function
	in.Records = append(in.Records, sqsBatch(queueARN, "3", "three").Records...)
	w.ok(w.handler(), in, allDone) // and to another one, with others
	w.wrote("one", "three", "two")
	other := sqsBatch(queueARN+"2", "1", "other") // ids are of their queue
	w.ok(w.handler(), other, allDone)
	w.wrote("one", "other", "three", "two")
}

// A shape as AWS documents it, with names and numbers as they come.
func TestSQSDocumentedShape(t *testing.T) {
	w := newWorld(t)
	payload := strings.ReplaceAll(`{"Records":[{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...","body":"Test message.",
		"attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"NOW","SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"NOW"},
		"messageAttributes":{"myAttribute":{"stringValue":"myValue","stringListValues":[],"binaryListValues":[],"dataType":"String"}},
		"md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:my-queue","awsRegion":"us-east-2"}]}`, "NOW", fmt.Sprint(time.Now().UnixMilli()))
	w.ok(w.handler(), payload, allDone)
	w.ok(w.handler(), payload, allDone)
	w.wrote("Test message.")
}

// A message that is no record goes back alone, and in the end to the queue's own dead letter queue.
func TestSQSPoison(t *testing.T) {
	w := newWorld(t, "format", "json", "value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false")
	in := sqsBatch(queueARN, "1", `{"a":1}`, "2", `{"a":`, "3", `{"a":3}`)
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), `"messageId":"2"`) || !strings.Contains(err.Error(), "1 of 3 were not written") {
		t.Errorf("without partial answers: %v", err)
	}
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	for range 2 {
		w.ok(w.handler(), in, `{"batchItemFailures":[{"itemIdentifier":"2"}]}`)
	}
	w.wrote(`{"a":1}`, `{"a":3}`)
	w.tolerant()
	w.ok(w.handler(), in, allDone)
	w.ok(w.handler(), in, allDone)
	w.wrote(`{"a":1}`, `{"a":3}`)
	dead := w.read("dead")
	if len(dead) != 1 || string(dead[0].Value) != `{"a":` || headersOf(dead[0])["__connect.errors.stage"] != "TASK_POLL" {
		t.Errorf("dead letters %v", dead)
	}
}

// Messages of a FIFO queue stay in the order of their group.
func TestSQSFIFO(t *testing.T) {
	w := newWorld(t, "format", "json", "value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false")
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	in := sqsBatch(queueARN+".fifo", "1", `1`, "2", `{`, "3", `3`, "4", `4`)
	for i, group := range []string{"g", "g", "g", "h"} {
		in.Records[i].Attributes["MessageGroupId"] = group
	}
	w.ok(w.handler(), in, `{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"3"}]}`)
	w.wrote("1", "4")
}

func TestSQSUnder(t *testing.T) {
	w := newWorld(t)
	in := sqsBatch(queueARN, "1", "one")
	in.Records[0].MessageId = ""
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "no messageId") {
		t.Error(err)
	}
}

// Many functions get batches of the same messages at once, and again until each says that they are done.
func TestSQSBurst(t *testing.T) {
	w := newWorld(t)
	w.environ["MAYFLY_REPORT_BATCH_ITEM_FAILURES"] = "true"
	var pairs, want []string
	for i := range 30 {
		pairs = append(pairs, fmt.Sprint(i), fmt.Sprintf("v%02d", i))
		want = append(want, fmt.Sprintf("v%02d", i))
	}
	in := sqsBatch(queueARN, pairs...)
	var wg sync.WaitGroup
	for n := range 4 {
		h := w.handler()
		wg.Go(func() {
			for from := 0; from < 30; {
				part := events.SQSEvent{Records: in.Records[from:min(30, from+4+n)]}
				answer, err := w.handle(h, part)
				if err == nil && answer == allDone {
					from += len(part.Records)
				}
			}
		})
	}
	wg.Wait()
	w.wrote(want...)
}
