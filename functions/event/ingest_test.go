package event_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// post is a request in payload format 2.0.
func post(body string, headers map[string]string) events.APIGatewayV2HTTPRequest {
	r := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: "/in/orders", Headers: headers, Body: body}
	r.RequestContext.HTTP.Method, r.RequestContext.HTTP.Path = "POST", "/in/orders"
	return r
}

// answered has a function answer a request.
func (w *world) answered(payload any) (status int, body string) {
	w.t.Helper()
	answer, err := w.handle(w.handler(), payload)
	must(w.t, err)
	var a events.APIGatewayV2HTTPResponse
	must(w.t, json.Unmarshal([]byte(answer), &a))
	if a.Headers["Content-Type"] != "application/json" {
		w.t.Errorf("headers %v", a.Headers)
	}
	return a.StatusCode, a.Body
}

func TestIngest(t *testing.T) {
	json := map[string]string{"content-type": "application/json; charset=utf-8"}
	v1 := events.APIGatewayProxyRequest{Resource: "/{proxy+}", Path: "/in/orders", HTTPMethod: "POST", Headers: map[string]string{"Content-Type": "text/plain"}, Body: "hello"}
	keyed := post("x", nil)
	keyed.QueryStringParameters = map[string]string{"key": "k"}
	binary := post("aGVsbG8=", nil)
	binary.IsBase64Encoded = true
	get := post("", nil)
	get.RequestContext.HTTP.Method = "GET"
	noBase64 := post("*", nil)
	noBase64.IsBase64Encoded = true
	balanced := events.ALBTargetGroupRequest{HTTPMethod: "POST", Path: "/in/orders", MultiValueHeaders: map[string][]string{"content-type": {"application/json"}}, Body: `[1,2]`}
	tests := []struct {
		name   string
		in     any
		status int
		body   string // or a part of it
		want   []string
	}{
		{"one object", post(`{"a":1}`, json), 200, `{"records":1}`, []string{`{"a":1}`}},
		{"array", post(`[{"a":1}, "b"]`, json), 200, `{"records":2}`, []string{`"b"`, `{"a":1}`}},
		{"no items", post(`[]`, json), 200, `{"records":0}`, []string{}},
		{"lines", post("{\"a\":1}\n{\"a\":2}\n", map[string]string{"content-type": "application/x-ndjson"}), 200, `{"records":2}`, []string{`{"a":1}`, `{"a":2}`}},
		{"text", post("hello", nil), 200, `{"records":1}`, []string{"hello"}},
		{"base64", binary, 200, `{"records":1}`, []string{"hello"}},
		{"format 1.0", v1, 200, `{"records":1}`, []string{"hello"}},
		{"load balancer", balanced, 200, `{"records":2}`, []string{"1", "2"}},
		{"keyed", keyed, 200, `{"records":1}`, []string{"x"}},
		{"empty", post("", json), 400, "the body is empty", []string{}},
		{"no JSON", post(`{"a":`, json), 400, "the body is not JSON", []string{}},
		{"a bad line", post("{}\n{\n", map[string]string{"content-type": "application/x-ndjson"}), 400, "value 2", []string{}},
		{"no base64", noBase64, 400, "not base64", []string{}},
		{"odd type", post("x", map[string]string{"content-type": ";"}), 400, "Content-Type", []string{}},
		{"GET", get, 405, "POST", []string{}},
		{"large", post(strings.Repeat("x", 70000), nil), 413, "65536", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.environ["MAYFLY_HTTP_MAX_BYTES"] = "65536"
			status, body := w.answered(tt.in)
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("answer %d %s, want %d %s", status, body, tt.status, tt.body)
			}
			w.wrote(tt.want...)
		})
	}
}

// All or nothing: the client sends it again as a whole.
func TestIngestIsWhole(t *testing.T) {
	w := newWorld(t, "transforms", "c", "transforms.c.type", "org.apache.kafka.connect.transforms.Cast$Value", "transforms.c.spec", "int32")
	if status, body := w.answered(post(`[1,"x",3]`, map[string]string{"content-type": "application/json"})); status != 400 || !strings.Contains(body, "Tolerance exceeded") {
		t.Errorf("answer %d %s", status, body)
	}
	w.wrote()
	w.tolerant()
	if status, body := w.answered(post(`[1,"x",3]`, map[string]string{"content-type": "application/json"})); status != 200 || body != `{"records":3}` {
		t.Errorf("answer %d %s", status, body)
	}
	w.same("dead", []string{`"x"`}, w.values("dead"))
}

func TestIngestIdempotent(t *testing.T) {
	w := newWorld(t)
	key := map[string]string{"idempotency-key": "7"}
	if status, body := w.answered(post("x", key)); status != 200 || body != `{"records":1}` {
		t.Errorf("answer %d %s", status, body)
	}
	if status, body := w.answered(post("x", key)); status != 200 || body != `{"records":0,"duplicate":true}` {
		t.Errorf("answer %d %s", status, body)
	}
	w.wrote("x")
}

// Kafka is away: the client hears that it may try again.
func TestIngestUnavailable(t *testing.T) {
	w := newWorld(t)
	w.environ["CONNECT_BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
	w.environ["CONNECT_REQUEST_TIMEOUT_MS"] = "500"
	h := w.handler()
	answer, err := h.Handle(short(t), payloadOf(t, post("x", nil)))
	must(t, err)
	if !strings.Contains(string(answer), `"statusCode":503`) || !strings.Contains(string(answer), "Retry-After") {
		t.Errorf("answer %s", answer)
	}
}
