package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// testEvent is what S3 sends when notifications are set up.
const testEvent = "s3:TestEvent"

// s3Event is what AWS documents of a notification of S3, as far as it is used.
type s3Event struct {
	Records []json.RawMessage
}

type s3Record struct {
	EventName string    `json:"eventName"`
	EventTime time.Time `json:"eventTime"`
	S3        struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key       string `json:"key"` // as in the query of a URL
			VersionID string `json:"versionId"`
			ETag      string `json:"eTag"`
			Sequencer string `json:"sequencer"`
		} `json:"object"`
	} `json:"s3"`
}

// s3 writes what is in new objects.
func (h *Handler) s3(ctx context.Context, payload []byte) (any, error) {
	c, err := h.connector(ctx, S3)
	if err != nil {
		return nil, err
	}
	items, err := h.s3Items(c, payload)
	if err != nil {
		return nil, err
	}
	return nil, h.objects(ctx, items)
}

// objects writes items that have nobody to answer to. What is only late goes on in another invocation, where that is asked for.
func (h *Handler) objects(ctx context.Context, items []item) error {
	if len(items) == 0 {
		return nil
	}
	out, err := h.run(ctx, items)
	if err != nil {
		return err
	}
	if err := h.goOn(ctx, items, out); err != nil {
		return err
	}
	return failed(items, out)
}

// goOn has another invocation go on with what got ahead, but not to its end. It is done as far as this one is concerned; its position is
// stored.
func (h *Handler) goOn(ctx context.Context, items []item, out []exec.Outcome) error {
	if !h.env.Settings.Continue || h.env.Again == nil {
		return nil
	}
	for i := range out {
		if o := &out[i]; o.Done || o.Failure != nil || !o.Progress || items[i].again == nil {
			continue
		}
		if err := h.env.Again(context.WithoutCancel(ctx), items[i].again); err != nil {
			return fmt.Errorf("connector %s: invoke this function again for the rest of %s: %w", h.env.Settings.Name, items[i].name(), err)
		}
		h.log.Info("the time is over; another invocation goes on", "event", items[i].name(), "position", string(out[i].Position))
		out[i].Done = true
	}
	return nil
}

// s3Items is what a notification brings: nothing for the test event and for objects that were removed.
func (h *Handler) s3Items(c *sourceevent.Connector, payload []byte) ([]item, error) {
	var e s3Event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of S3: %w", err)
	}
	var items []item
	for n, raw := range e.Records {
		var r s3Record
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("read the event of S3: record %d: %w", n, err)
		}
		o := &r.S3.Object
		key, err := url.QueryUnescape(o.Key)
		if err != nil || key == "" || r.S3.Bucket.Name == "" {
			return nil, fmt.Errorf("read the event of S3: record %d (%s) has no bucket or key that can be read", n, r.EventName)
		}
		if c.ReadsObjects() && !strings.HasPrefix(r.EventName, "ObjectCreated:") {
			h.log.Info("an event of S3 is no new object, and is passed over", "event", r.EventName, "bucket", r.S3.Bucket.Name, "key", key)
			continue
		}
		again, err := json.Marshal(s3Event{Records: []json.RawMessage{raw}})
		if err != nil {
			return nil, fmt.Errorf("read the event of S3: %w", err)
		}
		ref := sourceevent.Ref{Scheme: "s3", Bucket: r.S3.Bucket.Name, Key: key, Version: o.VersionID, ETag: o.ETag}
		i := h.objectItem(c, ref, o.Sequencer, r.EventTime, raw)
		i.again = again
		items = append(items, i)
	}
	return items, nil
}

// objectItem is an item of one version of an object: what is in it, or else the event itself.
func (h *Handler) objectItem(c *sourceevent.Connector, ref sourceevent.Ref, sequencer string, born time.Time, raw []byte) item {
	pairs := []string{"bucket", ref.Bucket, "key", ref.Key}
	for _, p := range [][2]string{{"version", ref.Version}, {"etag", ref.ETag}, {"sequencer", sequencer}} {
		if p[1] != "" {
			pairs = append(pairs, p[0], p[1])
		}
	}
	i := item{Event: exec.Event{Split: splitOf(pairs...), Born: born}}
	i.Open = func(ctx context.Context, since tasks.Position) (tasks.Reader, error) {
		if !c.ReadsObjects() {
			return c.Messages(since, sourceevent.Message{Source: ref.Bucket, Key: []byte(ref.Key), Value: raw, Timestamp: max(0, born.UnixMilli())})
		}
		store := h.env.Objects[ref.Scheme]
		if store == nil {
			return nil, tasks.Fatal(errors.New("this function cannot read objects of " + ref.Scheme + "://; deploy the one of that family"))
		}
		return c.Object(ctx, store, ref, since)
	}
	return i
}

// nested returns the items of a message whose body is a notification of S3, as they come through queues and topics; ok is false when it
// is a message of its own.
func (h *Handler) nested(c *sourceevent.Connector, body []byte) (items []item, ok bool, err error) {
	if !c.ReadsObjects() {
		return nil, false, nil
	}
	switch kind, _ := KindOf(body); kind {
	case S3:
		items, err = h.s3Items(c, body)
		return items, true, err
	case EventBridge:
		var e bridgeEvent
		if json.Unmarshal(body, &e) == nil && e.object() {
			items, err = h.bridgeItems(c, &e, body)
			return items, true, err
		}
	case Unknown: // SNS may have wrapped it
		var n struct{ Type, Message, TopicArn string }
		if json.Unmarshal(body, &n) == nil && n.Type == "Notification" && n.TopicArn != "" {
			return h.nested(c, []byte(n.Message))
		}
	}
	return nil, false, nil
}
