package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/bearer"
)

// Client is a client of a schema registry's REST API. Its calls block for as long as the timeouts and retries allow, and
// return promptly when their context ends. What cannot be reached, timeouts and 5xx are [tasks.Retriable]; an answer of
// 4xx is an [*Answer]. Safe for concurrent use.
type Client struct {
	urls    []*url.URL
	client  *http.Client
	header  http.Header
	tokens  *bearer.Tokens // nil for none
	retries int
	wait    time.Duration
	maxWait time.Duration
}

// Answer is an error that the registry answered.
type Answer struct {
	Status  int
	Code    int
	Message string
	what    string
	after   time.Duration // how long the registry asks to wait
}

func (a *Answer) Error() string {
	return fmt.Sprintf("%s: %s; error code: %d", a.what, a.Message, a.Code)
}

// Registered is a schema as the registry keeps it.
type Registered struct {
	ID         int32       `json:"id"`
	Subject    string      `json:"subject"`
	Version    int32       `json:"version"`
	Type       string      `json:"schemaType"`
	Text       string      `json:"schema"`
	References []Reference `json:"references"`
	GUID       string      `json:"guid"`
}

// Reference names another subject's schema.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int32  `json:"version"`
}

// New returns a client from a converter's configuration. It does not connect.
func New(c tasks.Config) (*Client, error) {
	r := &Client{
		header:  http.Header{},
		retries: int(c.Int("max.retries")),
		wait:    time.Duration(c.Int("retries.wait.ms")) * time.Millisecond,
		maxWait: time.Duration(c.Int("retries.max.wait.ms")) * time.Millisecond,
	}
	urls := c.List("schema.registry.url")
	if err := checkURLs(urls); err != nil {
		return nil, err
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, tasks.ConfigException("Invalid value for configuration schema.registry.url: each must be an http or https URL")
		}
		r.urls = append(r.urls, u)
	}
	if len(r.urls) == 0 {
		return nil, tasks.ConfigException("Missing required configuration %q which has no default value.", "schema.registry.url")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	connect := time.Duration(c.Int("http.connect.timeout.ms")) * time.Millisecond
	read := time.Duration(c.Int("http.read.timeout.ms")) * time.Millisecond
	transport.DialContext = (&net.Dialer{Timeout: connect}).DialContext
	transport.TLSHandshakeTimeout = connect
	transport.ResponseHeaderTimeout = read
	var err error
	if transport.TLSClientConfig, err = transportSecurity(c); err != nil {
		return nil, err
	}
	if host := c.String("proxy.host"); host != "" {
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.FormatInt(c.Int("proxy.port"), 10))})
	}
	r.client = &http.Client{Transport: transport, Timeout: connect + read}
	for k, v := range tasks.Prefixed(c.Props(), "request.header.") {
		r.header.Set(k, v)
	}
	return r, r.authorize(c)
}

// ByID returns the schema of an id. subject may be "".
func (r *Client) ByID(ctx context.Context, id int32, subject string) (*Registered, error) {
	path := "/schemas/ids/" + strconv.Itoa(int(id)) + "?fetchMaxId=false"
	if subject != "" {
		path += "&subject=" + url.QueryEscape(subject)
	}
	var out Registered
	err := r.call(ctx, http.MethodGet, path, nil, &out)
	out.ID = id
	return &out, err
}

// ByGUID returns the schema of a GUID.
func (r *Client) ByGUID(ctx context.Context, guid string) (*Registered, error) {
	var out Registered
	err := r.call(ctx, http.MethodGet, "/schemas/guids/"+guid, nil, &out)
	return &out, err
}

// Version returns a subject's schema; version is a number or latest.
func (r *Client) Version(ctx context.Context, subject, version string) (*Registered, error) {
	var out Registered
	err := r.call(ctx, http.MethodGet, "/subjects/"+url.PathEscape(subject)+"/versions/"+version, nil, &out)
	return &out, err
}

// The types of schemas. The registry leaves Avro out.
const (
	Avro     = "AVRO"
	JSON     = "JSON"
	Protobuf = "PROTOBUF"
)

// Schema is what is asked for or registered: a text and what it refers to.
type Schema struct {
	Text       string      `json:"schema"`
	Type       string      `json:"schemaType,omitempty"`
	References []Reference `json:"references,omitempty"`
}

// LookUp finds a schema's id and version under a subject.
func (r *Client) LookUp(ctx context.Context, subject string, schema Schema, normalize bool) (*Registered, error) {
	var out Registered
	path := "/subjects/" + url.PathEscape(subject) + "?normalize=" + strconv.FormatBool(normalize) + "&deleted=true"
	err := r.call(ctx, http.MethodPost, path, schema, &out)
	return &out, err
}

// Register stores a schema under a subject, or finds it there.
func (r *Client) Register(ctx context.Context, subject string, schema Schema, normalize bool) (*Registered, error) {
	var out Registered
	path := "/subjects/" + url.PathEscape(subject) + "/versions?normalize=" + strconv.FormatBool(normalize)
	err := r.call(ctx, http.MethodPost, path, schema, &out)
	return &out, err
}

// FillGUID asks for the GUID when what the registry answered has none, as an older one's answers to [Client.Register].
func (r *Client) FillGUID(ctx context.Context, got *Registered) error {
	if got.GUID != "" {
		return nil
	}
	full, err := r.ByID(ctx, got.ID, "")
	got.GUID = full.GUID
	return err
}

// call tries each URL, and all of them again after a wait that doubles.
func (r *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	wait := r.wait
	for try := 0; ; try++ {
		var err error
		for _, u := range r.urls {
			if err = r.once(ctx, u, method, path, body, out); err == nil || tasks.KindOf(err) != tasks.KindRetriable || ctx.Err() != nil {
				return err
			}
		}
		if try >= r.retries {
			return err
		}
		pause := wait
		if a, ok := errors.AsType[*Answer](err); ok && a.after > pause {
			pause = min(a.after, r.maxWait)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		wait = min(2*wait, r.maxWait)
	}
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 16 << 20

func (r *Client) once(ctx context.Context, base *url.URL, method, path string, body []byte, out any) error {
	shown := base.Scheme + "://" + base.Host + strings.TrimSuffix(base.Path, "/") + path
	what := "schema registry: " + method + " " + shown
	full := *base
	full.User = nil
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(full.String(), "/")+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	req.Header = r.header.Clone()
	req.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	}
	token := ""
	if r.tokens != nil {
		if token, err = r.tokens.Get(ctx, r.client); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if password, ok := base.User.Password(); base.User != nil && req.Header.Get("Authorization") == "" {
		if !ok {
			password = ""
		}
		req.SetBasicAuth(base.User.Username(), password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("%s: %w; check schema.registry.url and that the registry runs", what, inner(err)))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return tasks.Retriable(fmt.Errorf("%s: read the answer: %w", what, err))
	}
	if resp.StatusCode/100 == 2 {
		if err := json.Unmarshal(data, out); err != nil {
			return tasks.Retriable(fmt.Errorf("%s: the answer is not of a schema registry: %w", what, err))
		}
		return nil
	}
	if resp.StatusCode == http.StatusUnauthorized && r.tokens != nil {
		r.tokens.Forget(token)
	}
	return refusal(resp, data, what)
}

// inner drops the URL that the client's error repeats.
func inner(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// transient reports whether an answer may be another one a little later.
func transient(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

func refusal(resp *http.Response, data []byte, what string) error {
	status := resp.StatusCode
	var e struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(data, &e) != nil || e.Message == "" {
		e.Code, e.Message = status, http.StatusText(status)
	}
	a := &Answer{Status: status, Code: e.Code, Message: e.Message, what: what}
	switch {
	case transient(status):
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			a.after = time.Duration(seconds) * time.Second
		}
		return tasks.Retriable(a)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return tasks.Fatal(fmt.Errorf("%w; check the credentials (basic.auth.*, bearer.auth.*) and what they may read", a))
	}
	return a
}

// restException is the Java client's exception for what the registry refused.
const restException = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException"

// Refused returns err as the Java client's exception when the registry answered it; ok is false when it did not answer.
func Refused(err error) (cause error, ok bool) {
	a, ok := err.(*Answer) //nolint:errorlint // one that is marked as something else is no refusal
	if !ok {
		return err, false
	}
	return tasks.NewException(restException, "%s; error code: %d", a.Message, a.Code), true
}
