package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// snsEvent is what AWS documents of a notification of SNS, as far as it is used.
type snsEvent struct {
	Records []struct {
		Sns struct {
			MessageID         string    `json:"MessageId"`
			TopicArn          string    `json:"TopicArn"`
			Message           string    `json:"Message"`
			Timestamp         time.Time `json:"Timestamp"`
			MessageAttributes map[string]struct {
				Type, Value string
			} `json:"MessageAttributes"`
		} `json:"Sns"`
	}
}

// sns writes notifications. The identity of one is its id in its topic.
func (h *Handler) sns(ctx context.Context, payload []byte) (any, error) {
	var e snsEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of SNS: %w", err)
	}
	c, err := h.connector(ctx, SNS)
	if err != nil {
		return nil, err
	}
	var items []item
	for n := range e.Records {
		m := &e.Records[n].Sns
		if m.MessageID == "" || m.TopicArn == "" {
			return nil, fmt.Errorf("read the event of SNS: record %d has no MessageId or TopicArn, by which it would be known again", n)
		}
		inside, ok, err := h.nested(c, []byte(m.Message))
		if err != nil {
			return nil, err
		}
		if ok {
			items = append(items, inside...)
			continue
		}
		msg := sourceevent.Message{Source: last(m.TopicArn, ":"), Value: []byte(m.Message), Timestamp: max(0, m.Timestamp.UnixMilli())}
		for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
			a := m.MessageAttributes[name]
			header := sourceevent.Header{Key: name, Text: a.Value}
			if a.Type == "Binary" {
				if header.Bytes, err = base64.StdEncoding.DecodeString(a.Value); err != nil {
					return nil, fmt.Errorf("read the event of SNS: message %s: attribute %s: %w", m.MessageID, name, err)
				}
			}
			msg.Headers = append(msg.Headers, header)
		}
		items = append(items, item{Event: exec.Event{Split: splitOf("topic", m.TopicArn, "messageId", m.MessageID), Born: m.Timestamp, Open: opener(c, msg)}})
	}
	return nil, h.objects(ctx, items)
}

func opener(c *sourceevent.Connector, messages ...sourceevent.Message) func(context.Context, tasks.Position) (tasks.Reader, error) {
	return func(_ context.Context, since tasks.Position) (tasks.Reader, error) {
		return c.Messages(since, messages...)
	}
}

// bridgeEvent is what AWS documents of an event of EventBridge, as far as it is used.
type bridgeEvent struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	DetailType string    `json:"detail-type"`
	Account    string    `json:"account"`
	Time       time.Time `json:"time"`
	// ReplayName is of a replay from an archive: who asks for one wants the events again.
	ReplayName string          `json:"replay-name"`
	Detail     json.RawMessage `json:"detail"`
}

// object reports whether it tells of a new object of S3.
func (e *bridgeEvent) object() bool { return e.Source == "aws.s3" && e.DetailType == "Object Created" }

// eventBridge gives an event up after a day.
const bridgeAge = 25 * time.Hour

// eventBridge writes an event: its detail, or what is in the new object that it tells of.
func (h *Handler) eventBridge(ctx context.Context, payload []byte) (any, error) {
	var e bridgeEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of EventBridge: %w", err)
	}
	if e.ID == "" {
		return nil, fmt.Errorf("read the event of EventBridge: it has no id, by which it would be known again")
	}
	c, err := h.connector(ctx, EventBridge)
	if err != nil {
		return nil, err
	}
	items, err := h.bridgeItems(c, &e, payload)
	if err != nil {
		return nil, err
	}
	return nil, h.objects(ctx, items)
}

func (h *Handler) bridgeItems(c *sourceevent.Connector, e *bridgeEvent, payload []byte) ([]item, error) {
	if c.ReadsObjects() && e.object() {
		var d struct {
			Bucket struct{ Name string }
			Object struct {
				Key       string // as it is, other than in S3's own notifications
				VersionID string `json:"version-id"`
				ETag      string `json:"etag"`
				Sequencer string
			}
		}
		if err := json.Unmarshal(e.Detail, &d); err != nil || d.Bucket.Name == "" || d.Object.Key == "" {
			return nil, fmt.Errorf("read the event of EventBridge: event %s has no bucket or key that can be read", e.ID)
		}
		ref := sourceevent.Ref{Scheme: "s3", Bucket: d.Bucket.Name, Key: d.Object.Key, Version: d.Object.VersionID, ETag: d.Object.ETag}
		i := h.objectItem(c, ref, d.Object.Sequencer, e.Time, payload)
		i.again = payload
		return []item{i}, nil
	}
	msg := sourceevent.Message{Source: e.Source, Value: e.Detail, Timestamp: max(0, e.Time.UnixMilli()), Headers: []sourceevent.Header{
		{Key: "source", Text: e.Source}, {Key: "detail-type", Text: e.DetailType}, {Key: "id", Text: e.ID}}}
	pairs := []string{"account", e.Account, "source", e.Source, "id", e.ID}
	if e.ReplayName != "" {
		pairs = append(pairs, "replay", e.ReplayName)
	}
	// Whoever puts an event chooses its time, so that it says nothing of when it was written here first.
	return []item{{Event: exec.Event{Split: splitOf(pairs...), Born: time.Now().Add(-bridgeAge), Open: opener(c, msg)}}}, nil
}

// kinesisEvent is what AWS documents of a batch of Kinesis, as far as it is used.
type kinesisEvent struct {
	Records []struct {
		EventSourceARN string `json:"eventSourceARN"`
		EventID        string `json:"eventID"` // <shard>:<sequence number>
		Kinesis        struct {
			PartitionKey   string  `json:"partitionKey"`
			SequenceNumber string  `json:"sequenceNumber"`
			Data           []byte  `json:"data"`
			Arrival        float64 `json:"approximateArrivalTimestamp"` // s
		} `json:"kinesis"`
	}
}

// kinesis writes the records of a batch, in their order. The identity of a record is its sequence number, and not what lies before a
// position of the shard: with a parallelization factor, several batches of one shard are under way at once.
func (h *Handler) kinesis(ctx context.Context, payload []byte) (any, error) {
	var e kinesisEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of Kinesis: %w", err)
	}
	c, err := h.connector(ctx, Kinesis)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(e.Records))
	for n := range e.Records {
		r := &e.Records[n]
		if r.Kinesis.SequenceNumber == "" || r.EventSourceARN == "" {
			return nil, fmt.Errorf("read the event of Kinesis: record %d has no sequenceNumber or eventSourceARN, by which it would be known again", n)
		}
		arrival := int64(r.Kinesis.Arrival * 1000)
		shard := r.EventSourceARN + "/" + shardOf(r.EventID)
		items[n] = item{id: r.Kinesis.SequenceNumber, Event: exec.Event{Split: splitOf("stream", r.EventSourceARN, "sequenceNumber", r.Kinesis.SequenceNumber),
			Lane: shard, Queue: shard, Open: opener(c, sourceevent.Message{Source: last(r.EventSourceARN, "/"), Key: []byte(r.Kinesis.PartitionKey), Value: r.Kinesis.Data, Timestamp: arrival})}}
		if arrival > 0 {
			items[n].Born = time.UnixMilli(arrival)
		}
	}
	out, err := h.run(ctx, items)
	if err != nil {
		return nil, err
	}
	failure := failed(items, out)
	answer, err := h.batch(items, failure, func(i int) bool { return out[i].Done })
	if b, ok := answer.(batchAnswer); ok && len(b.Failures) > 1 {
		b.Failures = b.Failures[:1] // the stream goes on from there
		answer = b
	}
	return answer, err
}

// shardOf is the shard in an event id.
func shardOf(id string) string {
	for i := range id {
		if id[i] == ':' {
			return id[:i]
		}
	}
	return id
}
