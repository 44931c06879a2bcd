package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

// sqsEvent is what AWS documents of an event of SQS, as far as it is used.
type sqsEvent struct {
	Records []sqsMessage
}

type sqsMessage struct {
	MessageID         string            `json:"messageId"`
	Body              string            `json:"body"`
	Attributes        map[string]string `json:"attributes"`
	MessageAttributes map[string]struct {
		StringValue *string `json:"stringValue"`
		BinaryValue *string `json:"binaryValue"`
		DataType    string  `json:"dataType"`
	} `json:"messageAttributes"`
	EventSourceARN string `json:"eventSourceARN"`
}

// batchAnswer names the messages that are to be delivered again. An empty list is a success.
type batchAnswer struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	Item any `json:"itemIdentifier"`
}

// sqs writes the messages of a batch. The identity of a message is its id in its queue.
func (h *Handler) sqs(ctx context.Context, payload []byte) (any, error) {
	var e sqsEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of SQS: %w", err)
	}
	c, err := h.connector(ctx, SQS)
	if err != nil {
		return nil, err
	}
	var items []item
	for i := range e.Records {
		m := &e.Records[i]
		if m.MessageID == "" || m.EventSourceARN == "" {
			return nil, fmt.Errorf("read the event of SQS: message %d has no messageId or eventSourceARN, by which it would be known again", i)
		}
		one, err := h.sqsItems(c, m)
		if err != nil {
			return nil, fmt.Errorf("read the event of SQS: message %s: %w", m.MessageID, err)
		}
		items = append(items, one...)
	}
	out, err := h.run(ctx, items)
	if err == nil {
		err = h.goOn(ctx, items, out)
	}
	if err != nil {
		return nil, err
	}
	return h.batch(items, failed(items, out), func(i int) bool { return out[i].Done })
}

// batch is the answer for messages of which some are not done.
func (h *Handler) batch(items []item, err error, done func(i int) bool) (any, error) {
	answer := batchAnswer{Failures: []batchFailure{}}
	if err == nil {
		return answer, nil
	}
	if !h.env.Settings.Partial {
		return nil, err
	}
	h.log.Error("messages go back to where they came from", "err", err)
	for i := range items {
		f := batchFailure{items[i].id}
		if !done(i) && !slices.Contains(answer.Failures, f) {
			answer.Failures = append(answer.Failures, f)
		}
	}
	return answer, nil
}

// sqsItems is what a message brings: itself, or the objects that it tells of.
func (h *Handler) sqsItems(c *sourceevent.Connector, m *sqsMessage) ([]item, error) {
	if items, ok, err := h.nested(c, []byte(m.Body)); ok || err != nil {
		for i := range items {
			items[i].id = m.MessageID
		}
		return items, err
	}
	queue := last(m.EventSourceARN, ":")
	msg := sourceevent.Message{Source: queue, Value: []byte(m.Body)}
	if ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64); err == nil {
		msg.Timestamp = ms
	}
	if group, ok := m.Attributes["MessageGroupId"]; ok {
		msg.Key = []byte(group)
	}
	for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
		a := m.MessageAttributes[name]
		switch {
		case a.BinaryValue != nil:
			b, err := base64.StdEncoding.DecodeString(*a.BinaryValue)
			if err != nil {
				return nil, fmt.Errorf("attribute %s: %w", name, err)
			}
			msg.Headers = append(msg.Headers, sourceevent.Header{Key: name, Bytes: b})
		case a.StringValue != nil:
			msg.Headers = append(msg.Headers, sourceevent.Header{Key: name, Text: *a.StringValue})
		}
	}
	i := item{id: m.MessageID}
	i.Split = splitOf("queue", m.EventSourceARN, "messageId", m.MessageID)
	if msg.Timestamp > 0 { // messages that are sent together are mostly received together
		i.Born = time.UnixMilli(msg.Timestamp)
		i.Lane = m.EventSourceARN + "/" + strconv.FormatInt(msg.Timestamp/1000, 10)
	}
	if strings.HasSuffix(queue, ".fifo") {
		i.Queue = m.Attributes["MessageGroupId"]
	}
	i.Open = func(_ context.Context, since tasks.Position) (tasks.Reader, error) { return c.Messages(since, msg) }
	return []item{i}, nil
}

// attributes are headers of texts, in the order of their names.
func attributes(m map[string]string) (out []sourceevent.Header) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, sourceevent.Header{Key: name, Text: m[name]})
	}
	return out
}
