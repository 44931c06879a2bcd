// Package cli is the REST API of Kafka Connect for people and scripts: the commands connector, plugin, offsets and cluster. It
// works against a Java worker as well.
package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// requestTimeout is Connect's own: a worker answers within 90 seconds.
const requestTimeout = 100 * time.Second

// Client talks to one worker. Safe for concurrent use.
type Client struct {
	// URL is the worker's base, such as http://localhost:8083. User may be empty.
	URL, User, Password string
}

// apiError is an answer that is no success.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%s (status %d)", e.message, e.status) }

// notFound reports whether the worker knows no such thing.
func notFound(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.status == http.StatusNotFound
}

// call makes a request and reads the answer into out, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, send)
	if err != nil {
		return fmt.Errorf("the worker's address %q: %w", c.URL, err)
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.User != "" {
		req.SetBasicAuth(c.User, c.Password)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reach the worker at %s: %w; -url or MAYFLY_URL names another", c.URL, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.URL, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return failure(res.StatusCode, b)
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("the answer of %s is not that of a Connect worker: %w", c.URL, err)
	}
	return nil
}

func failure(status int, body []byte) error {
	var e struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &e) != nil || e.Message == "" {
		e.Message = http.StatusText(status)
		if text := strings.TrimSpace(string(body)); text != "" && !strings.HasPrefix(text, "<") {
			e.Message = text
		}
	}
	return &apiError{status, e.Message}
}

// at is the path of a connector.
func at(name string, more ...string) string {
	return "/connectors/" + url.PathEscape(name) + strings.Join(more, "")
}
