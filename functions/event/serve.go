package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

var _ http.Handler = (*Handler)(nil)

// Service is [Of] as a service takes it.
func Service(p Platform) func(e *boot.Executor) (http.Handler, error) {
	return func(e *boot.Executor) (http.Handler, error) { return Of(e, p), nil }
}

// ServeHTTP takes what Cloud Run's platform sends (CloudEvents in both modes, pushes of Pub/Sub), and any other request as
// records of its body. 2xx means done; after anything else the platform is to deliver again, as it does.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.env.Settings.MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		write(w, refuse(http.StatusRequestEntityTooLarge, "the body has more than %d bytes (%s)", h.env.Settings.MaxBody, maxBodyEnv))
		return
	}
	if err != nil {
		write(w, refuse(http.StatusBadRequest, "read the body: %s", err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.env.Settings.Timeout)
	defer cancel()
	a := h.serve(ctx, r, body)
	if a.status >= http.StatusInternalServerError {
		h.log.Error("a request was not written", "status", a.status, "path", r.URL.Path, "err", a.body.Error)
	}
	write(w, a)
}

func write(w http.ResponseWriter, a reply) {
	w.Header().Set("Content-Type", "application/json")
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.json()) // who asked may be gone
}

// serve tells requests apart.
func (h *Handler) serve(ctx context.Context, r *http.Request, body []byte) reply {
	if err := h.tokens.check(ctx, r.Header.Get("Authorization")); err != nil {
		if retriable(err) {
			return fault(err)
		}
		return refuse(http.StatusForbidden, "%s", err)
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case media == "application/cloudevents-batch+json":
		return refuse(http.StatusUnsupportedMediaType, "batches of CloudEvents are not taken; send them one by one")
	case media == "application/cloudevents+json":
		e, err := structured(body)
		return h.cloudEvent(ctx, e, err)
	case r.Header.Get("Ce-Specversion") != "":
		e, err := binary(r.Header, body)
		return h.cloudEvent(ctx, e, err)
	}
	if kind, err := KindOf(body); err == nil && kind == PubSub {
		return h.push(ctx, body)
	} else if err == nil && kind == CloudEvent {
		e, err := structured(body)
		return h.cloudEvent(ctx, e, err)
	}
	return h.ingest(ctx, request{method: r.Method, path: r.URL.Path, header: r.Header.Get, query: r.URL.Query().Get, body: body, at: time.Now()})
}

// cloudEvent is an event in the form of CloudEvents 1.0. Its identity is its id at its source.
type cloudEvent struct {
	specVersion, id, source, kind, subject string
	attributes                             []sourceevent.Header
	data                                   []byte
}

// structured reads the JSON format.
func structured(body []byte) (*cloudEvent, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	e := &cloudEvent{}
	s := &scanner{b: body}
	err := s.object(func(name []byte) error {
		v, err := s.value()
		if err != nil {
			return err
		}
		switch string(name) {
		case "data":
			e.data = v
			if text := textOf(v); text != "" && !jsonData(textOf(members["datacontenttype"])) {
				e.data = []byte(text)
			}
		case "data_base64":
			err = json.Unmarshal(v, &e.data)
		default:
			text := textOf(v)
			if text == "" {
				text = string(v)
			}
			e.attribute(string(name), text)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, e.check()
}

// jsonData reports whether data of a content type is JSON; so it is when nothing is said.
func jsonData(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "" || media == "application/json" || strings.HasSuffix(media, "+json")
}

// binary reads the attributes from headers.
func binary(header http.Header, body []byte) (*cloudEvent, error) {
	e := &cloudEvent{data: body}
	for name, values := range header {
		if rest, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok && len(values) > 0 {
			e.attribute(rest, values[0])
		}
	}
	if t := header.Get("Content-Type"); t != "" {
		e.attribute("datacontenttype", t)
	}
	return e, e.check()
}

func (e *cloudEvent) attribute(name, text string) {
	switch name {
	case "specversion":
		e.specVersion = text
	case "id":
		e.id = text
	case "source":
		e.source = text
	case "type":
		e.kind = text
	case "subject":
		e.subject = text
	}
	// As CloudEvents' protocol binding for Kafka names the headers.
	e.attributes = append(e.attributes, sourceevent.Header{Key: "ce_" + name, Text: text})
}

func (e *cloudEvent) check() error {
	if !strings.HasPrefix(e.specVersion, "1.") || e.id == "" || e.source == "" || e.kind == "" {
		return errors.New("it is no CloudEvent 1.0 with id, source and type")
	}
	return nil
}

// The events of Google Cloud that bring more than themselves.
const (
	objectFinalized  = "google.cloud.storage.object.v1.finalized"
	messagePublished = "google.cloud.pubsub.topic.v1.messagePublished"
)

// eventarcAge is how long Eventarc tries to deliver an event, and an hour.
const eventarcAge = 25 * time.Hour

// cloudEvent writes an event: the object or the message that it tells of, or its data.
func (h *Handler) cloudEvent(ctx context.Context, e *cloudEvent, err error) reply {
	if err != nil {
		return refuse(http.StatusBadRequest, "read the CloudEvent: %s", err)
	}
	c, err := h.connector(ctx, CloudEvent)
	if err != nil {
		return fault(err)
	}
	switch {
	case e.kind == messagePublished:
		i, err := h.pushItem(c, e.data)
		if err != nil {
			return refuse(http.StatusBadRequest, "%s", err)
		}
		return h.one(ctx, i)
	case e.kind == objectFinalized && c.ReadsObjects():
		i, err := h.gcsItem(c, e.data)
		if err != nil {
			return refuse(http.StatusBadRequest, "%s", err)
		}
		return h.one(ctx, i)
	}
	msg := sourceevent.Message{Source: last(e.source, "/"), Value: e.data, Headers: e.attributes}
	if e.subject != "" {
		msg.Key = []byte(e.subject)
	}
	// Whoever makes an event chooses its time, so that it says nothing of when it was written here first.
	return h.one(ctx, item{Event: exec.Event{Split: splitOf("source", e.source, "id", e.id), Born: time.Now().Add(-eventarcAge), Open: opener(c, msg)}})
}

// one writes one item and answers for it.
func (h *Handler) one(ctx context.Context, i item) reply {
	out, err := h.run(ctx, []item{i})
	if err == nil {
		err = failed([]item{i}, out)
	}
	if err != nil {
		return fault(err)
	}
	return reply{status: http.StatusOK, body: ingested{Records: 1, Duplicate: out[0].Duplicate}}
}

// gcsItem is a new object of Google Cloud Storage. Its identity is its generation.
func (h *Handler) gcsItem(c *sourceevent.Connector, data []byte) (item, error) {
	var o struct {
		Bucket, Name, Generation string
		TimeCreated              time.Time
	}
	if err := json.Unmarshal(data, &o); err != nil || o.Bucket == "" || o.Name == "" || o.Generation == "" {
		return item{}, fmt.Errorf("read the event of Cloud Storage: it has no bucket, name and generation that can be read")
	}
	return h.objectItem(c, sourceevent.Ref{Scheme: "gs", Bucket: o.Bucket, Key: o.Name, Version: o.Generation}, "", o.TimeCreated, data), nil
}

// pushed is what Google documents of a push of Pub/Sub, as far as it is used.
type pushed struct {
	Message struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
		OrderingKey string            `json:"orderingKey"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

// push writes a message of Pub/Sub.
func (h *Handler) push(ctx context.Context, body []byte) reply {
	c, err := h.connector(ctx, PubSub)
	if err != nil {
		return fault(err)
	}
	i, err := h.pushItem(c, body)
	if err != nil {
		return refuse(http.StatusBadRequest, "%s", err)
	}
	return h.one(ctx, i)
}

// pushItem is a message of Pub/Sub, or the new object that it tells of. Its identity is its id in its subscription.
func (h *Handler) pushItem(c *sourceevent.Connector, body []byte) (item, error) {
	var p pushed
	if err := json.Unmarshal(body, &p); err != nil {
		return item{}, fmt.Errorf("read the push of Pub/Sub: %w", err)
	}
	m := &p.Message
	if m.MessageID == "" || p.Subscription == "" {
		return item{}, errors.New("read the push of Pub/Sub: it has no messageId or subscription, by which it would be known again")
	}
	if m.Attributes["eventType"] == "OBJECT_FINALIZE" && c.ReadsObjects() {
		return h.gcsItem(c, m.Data)
	}
	msg := sourceevent.Message{Source: last(p.Subscription, "/"), Value: m.Data, Timestamp: max(0, m.PublishTime.UnixMilli()), Headers: attributes(m.Attributes)}
	if msg.Value == nil {
		msg.Value = []byte{}
	}
	if m.OrderingKey != "" {
		msg.Key = []byte(m.OrderingKey)
	}
	return item{Event: exec.Event{Split: splitOf("subscription", p.Subscription, "messageId", m.MessageID), Born: m.PublishTime, Open: opener(c, msg)}}, nil
}
