package event_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
)

// posted has a service answer a request.
func (w *world) posted(body string, headers ...string) (status int, answer string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/in/orders", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler().ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// Shapes as Google and CloudEvents document them.
const (
	pubsubPush = `{"message":{"attributes":{"key":"value"},"data":"SGVsbG8gQ2xvdWQgUHViL1N1YiEgSGVyZSBpcyBteSBtZXNzYWdlIQ==","messageId":"2070443601311540","message_id":"2070443601311540",
		"publishTime":"2021-02-26T19:13:55.749Z","publish_time":"2021-02-26T19:13:55.749Z"},"subscription":"projects/myproject/subscriptions/mysubscription"}`
	finalized = `{"kind":"storage#object","id":"uploads/a.csv/1587627537231057","name":"a.csv","bucket":"uploads","generation":"1587627537231057","metageneration":"1","contentType":"text/csv",
		"timeCreated":"2020-04-23T07:38:57.230Z","updated":"2020-04-23T07:38:57.230Z","storageClass":"STANDARD","size":"5"}`
	structuredEvent = `{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext/4","id":"C234-1234-1234","time":"2018-04-05T17:31:00Z","subject":"s","datacontenttype":"application/json","data":{"a":1}}`
)

func TestServe(t *testing.T) {
	eventarc := []string{"Ce-Specversion", "1.0", "Ce-Type", "google.cloud.storage.object.v1.finalized", "Ce-Source", "//storage.googleapis.com/projects/_/buckets/uploads",
		"Ce-Id", "1587627537231057", "Ce-Subject", "objects/a.csv", "Content-Type", "application/json"}
	published := []string{"Ce-Specversion", "1.0", "Ce-Type", "google.cloud.pubsub.topic.v1.messagePublished", "Ce-Source", "//pubsub.googleapis.com/projects/p/topics/t", "Ce-Id", "2070443601311540",
		"Content-Type", "application/json"}
	tests := []struct {
		name    string
		body    string
		headers []string
		status  int
		answer  string
		want    []string
	}{
		{"Pub/Sub push", pubsubPush, nil, 200, `{"records":1}`, []string{"Hello Cloud Pub/Sub! Here is my message!"}},
		{"Pub/Sub by Eventarc", pubsubPush, published, 200, `{"records":1}`, []string{"Hello Cloud Pub/Sub! Here is my message!"}},
		{"Pub/Sub without data", `{"message":{"attributes":{"a":"b"},"messageId":"1","publishTime":"2021-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/s"}`, nil, 200, `{"records":1}`, []string{""}},
		{"structured", structuredEvent, []string{"Content-Type", "application/cloudevents+json; charset=utf-8"}, 200, `{"records":1}`, []string{`{"a":1}`}},
		{"structured, by its shape", structuredEvent, []string{"Content-Type", "application/json"}, 200, `{"records":1}`, []string{`{"a":1}`}},
		{"structured text", strings.Replace(strings.Replace(structuredEvent, "application/json", "text/plain", 1), `{"a":1}`, `"hello"`, 1), []string{"Content-Type", "application/cloudevents+json"}, 200, `{"records":1}`, []string{"hello"}},
		{"structured bytes", strings.Replace(structuredEvent, `"data":{"a":1}`, `"data_base64":"aGVsbG8="`, 1), []string{"Content-Type", "application/cloudevents+json"}, 200, `{"records":1}`, []string{"hello"}},
		{"binary", "hello", []string{"Ce-Specversion", "1.0", "Ce-Type", "t", "Ce-Source", "/s", "Ce-Id", "1", "Content-Type", "text/plain"}, 200, `{"records":1}`, []string{"hello"}},
		{"a new object", finalized, eventarc, 200, `{"records":1}`, []string{`Struct{id=1}`}},
		{"a new object by Pub/Sub", `{"message":{"attributes":{"eventType":"OBJECT_FINALIZE","bucketId":"uploads","objectId":"a.csv"},"data":"` + base64.StdEncoding.EncodeToString([]byte(finalized)) +
			`","messageId":"1","publishTime":"2021-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/s"}`, nil, 200, `{"records":1}`, []string{`Struct{id=1}`}},
		{"ingestion", `[{"a":1},{"a":2}]`, []string{"Content-Type", "application/json"}, 200, `{"records":2}`, []string{`{"a":1}`, `{"a":2}`}},
		{"large", strings.Repeat("x", 70000), nil, 413, "65536", nil},
		{"no id", "x", []string{"Ce-Specversion", "1.0"}, 400, "no CloudEvent 1.0", nil},
		{"version 0.3", "x", []string{"Ce-Specversion", "0.3", "Ce-Type", "t", "Ce-Source", "/s", "Ce-Id", "1"}, 400, "no CloudEvent 1.0", nil},
		{"malformed", `{"specversion":`, []string{"Content-Type", "application/cloudevents+json"}, 400, "read the CloudEvent", nil},
		{"a batch", `[]`, []string{"Content-Type", "application/cloudevents-batch+json"}, 415, "one by one", nil},
		{"no generation", strings.Replace(finalized, `"generation"`, `"g"`, 1), eventarc, 400, "no bucket, name and generation", nil},
		{"no messageId", strings.ReplaceAll(pubsubPush, "messageId", "id"), nil, 400, "no messageId", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.environ["MAYFLY_HTTP_MAX_BYTES"] = "65536"
			w.env.Objects = map[string]sourceevent.Store{"gs": &bucket{objects: map[string]string{"a.csv": "id\n1\n"}}}
			status, answer := w.posted(tt.body, tt.headers...)
			if status != tt.status || !strings.Contains(answer, tt.answer) {
				t.Fatalf("answer %d %s, want %d %s", status, answer, tt.status, tt.answer)
			}
			if tt.want != nil && tt.name != "ingestion" { // a late delivery
				if status, answer := w.posted(tt.body, tt.headers...); status != 200 || !strings.Contains(answer, `"duplicate":true`) {
					t.Errorf("again: %d %s", status, answer)
				}
			}
			w.wrote(tt.want...)
		})
	}
}

// What fails is told apart for the platform: 5xx and 4xx make Pub/Sub and Eventarc deliver it again.
func TestServeBadRecord(t *testing.T) {
	w := newWorld(t, "format", "json")
	if status, answer := w.posted(pubsubPush); status != 400 || !strings.Contains(answer, "1 of 1 were not written") {
		t.Errorf("answer %d %s", status, answer)
	}
	w.tolerant()
	if status, answer := w.posted(pubsubPush); status != 200 {
		t.Errorf("answer %d %s", status, answer)
	}
	w.same("dead letters", []string{"Hello Cloud Pub/Sub! Here is my message!"}, w.values("dead"))
}

// issuer signs tokens as Google does.
type issuer struct {
	key *rsa.PrivateKey
	url string
}

func newIssuer(t *testing.T) *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	i := &issuer{key: key}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{"kid": "k1", "kty": "RSA", "alg": "RS256", "use": "sig",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	}))
	t.Cleanup(srv.Close)
	i.url = srv.URL
	return i
}

func (i *issuer) token(t *testing.T, header, claims map[string]any) string {
	encode := func(v any) string { return base64.RawURLEncoding.EncodeToString(payloadOf(t, v)) }
	text := encode(header) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	must(t, err)
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func TestPushTokens(t *testing.T) {
	w := newWorld(t)
	i := newIssuer(t)
	w.environ["MAYFLY_PUSH_AUDIENCE"], w.environ["MAYFLY_PUSH_SERVICE_ACCOUNT"], w.environ["MAYFLY_PUSH_KEYS_URL"] = "https://me.example", "push@project.iam.gserviceaccount.com", i.url
	header := map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}
	claims := func(more ...any) map[string]any {
		c := map[string]any{"iss": "https://accounts.google.com", "aud": "https://me.example", "email": "push@project.iam.gserviceaccount.com", "email_verified": true,
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
		for i := 0; i < len(more); i += 2 {
			c[more[i].(string)] = more[i+1]
		}
		return c
	}
	whole := i.token(t, header, claims())
	for _, tt := range []struct {
		name, token string
		status      int
		want        string
	}{
		{"none", "", 403, "no bearer token"},
		{"no token", "Bearer x", 403, "no bearer token"},
		{"unsigned", "Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(whole, ".")[1] + ".", 403, `"none"`},
		{"changed", strings.Replace(whole, ".", "."+base64.RawURLEncoding.EncodeToString([]byte(`   `)), 1), 403, "signature"},
		{"another key", i.token(t, map[string]any{"alg": "RS256", "kid": "k2"}, claims()), 403, `the key "k2"`},
		{"another issuer", i.token(t, header, claims("iss", "https://evil.example")), 403, "issuer"},
		{"another audience", i.token(t, header, claims("aud", "https://other.example")), 403, "https://other.example"},
		{"another account", i.token(t, header, claims("email", "x@y.example")), 403, "x@y.example"},
		{"not verified", i.token(t, header, claims("email_verified", false)), 403, "push@"},
		{"expired", i.token(t, header, claims("exp", time.Now().Add(-time.Hour).Unix())), 403, "not valid now"},
		{"from the future", i.token(t, header, claims("iat", time.Now().Add(time.Hour).Unix())), 403, "not valid now"},
		{"good", whole, 200, `{"records":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, answer := w.posted(pubsubPush, "Authorization", tt.token); status != tt.status || !strings.Contains(strings.ReplaceAll(answer, `\"`, `"`), tt.want) {
				t.Errorf("answer %d %s, want %d %s", status, answer, tt.status, tt.want)
			}
		})
	}
	w.environ["MAYFLY_PUSH_KEYS_URL"] = "http://127.0.0.1:1"
	if status, answer := w.posted(pubsubPush, "Authorization", whole); status != 503 {
		t.Errorf("without keys: %d %s", status, answer)
	}
}
