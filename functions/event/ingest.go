package event

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// request is an HTTP request that brings records, however it came.
type request struct {
	method, path string
	header       func(name string) string
	query        func(name string) string
	body         []byte
	at           time.Time
}

// The headers that say more of a request.
const (
	idempotencyHeader = "Idempotency-Key"
	recordKeyHeader   = "Mayfly-Record-Key"
)

// idempotency is how long an idempotency key is remembered at least.
const idempotency = 24 * time.Hour

// reply is the answer to a request.
type reply struct {
	status     int
	retryAfter string
	body       ingested
}

// ingested is the body of an answer.
type ingested struct {
	// Records were in the request; all of them are in Kafka, or none.
	Records int `json:"records"`
	// Duplicate says that a request with this idempotency key was written before, and this one was not.
	Duplicate bool   `json:"duplicate,omitempty"`
	Error     string `json:"error,omitempty"`
}

func (r reply) json() []byte {
	b, err := json.Marshal(r.body)
	if err != nil { // texts and numbers
		return []byte("{}")
	}
	return b
}

func refuse(status int, format string, args ...any) reply {
	return reply{status: status, body: ingested{Error: fmt.Sprintf(format, args...)}}
}

// ingest writes the records of a request. It answers 200 when they are in Kafka, 4xx when the request is at fault, 503 when the same
// request may succeed later, and 500 when a person must act.
func (h *Handler) ingest(ctx context.Context, r request) reply {
	if r.method != http.MethodPost && r.method != http.MethodPut {
		return refuse(http.StatusMethodNotAllowed, "records are sent with POST, not %s", r.method)
	}
	if int64(len(r.body)) > h.env.Settings.MaxBody {
		return refuse(http.StatusRequestEntityTooLarge, "the body has more than %d bytes (%s)", h.env.Settings.MaxBody, maxBodyEnv)
	}
	c, err := h.connector(ctx, "HTTP")
	if err != nil {
		return fault(err)
	}
	values, err := valuesOf(r.header("Content-Type"), r.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "%s", err)
	}
	messages := make([]sourceevent.Message, len(values))
	for i, v := range values {
		messages[i] = sourceevent.Message{Source: last(strings.TrimRight(r.path, "/"), "/"), Value: v, Timestamp: r.at.UnixMilli()}
		if key := first(r.header(recordKeyHeader), r.query("key")); key != "" {
			messages[i].Key = []byte(key)
		}
	}
	i := item{Event: exec.Event{Whole: true, Open: func(_ context.Context, since tasks.Position) (tasks.Reader, error) {
		return c.Messages(since, messages...)
	}}}
	if key := r.header(idempotencyHeader); key != "" {
		i.Split, i.Born = splitOf("path", r.path, "idempotencyKey", key), r.at.Add(-idempotency)
	}
	out, err := h.run(ctx, []item{i})
	if err == nil {
		err = failed([]item{i}, out)
	}
	if err != nil {
		return fault(err)
	}
	if out[0].Duplicate {
		return reply{status: http.StatusOK, body: ingested{Duplicate: true}}
	}
	return reply{status: http.StatusOK, body: ingested{Records: len(messages)}}
}

// fault is the answer for what went wrong behind the request.
func fault(err error) reply {
	f, ok := errors.AsType[*failure](err)
	switch {
	case retriable(err):
		r := refuse(http.StatusServiceUnavailable, "%s", err)
		r.retryAfter = "1"
		return r
	case ok && f.kind == tasks.KindBadRecord.String():
		return refuse(http.StatusBadRequest, "%s", err)
	}
	return refuse(http.StatusInternalServerError, "%s", err)
}

// valuesOf takes a body apart: the items of a JSON array and the lines of NDJSON are a record each, anything else is one.
func valuesOf(contentType string, body []byte) ([][]byte, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return nil, fmt.Errorf("the Content-Type %q cannot be read: %w", contentType, err)
	}
	switch {
	case len(body) == 0:
		return nil, errors.New("the body is empty")
	case media == "application/x-ndjson" || media == "application/jsonl":
		return lines(body)
	case (media == "application/json" || strings.HasSuffix(media, "+json")) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		var items []json.RawMessage
		if err := json.Unmarshal(body, &items); err != nil {
			return nil, fmt.Errorf("the body is not JSON: %w", err)
		}
		values := make([][]byte, len(items))
		for i := range items {
			values[i] = items[i]
		}
		return values, nil
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		if !json.Valid(body) {
			return nil, errors.New("the body is not JSON")
		}
	}
	return [][]byte{body}, nil
}

// lines reads one JSON value after the other.
func lines(body []byte) (values [][]byte, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		var v json.RawMessage
		if err := dec.Decode(&v); err == io.EOF {
			return values, nil
		} else if err != nil {
			return nil, fmt.Errorf("value %d of the body is not JSON: %w", len(values)+1, err)
		}
		values = append(values, v)
	}
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
