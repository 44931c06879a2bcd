// Package endpoint launches executors behind HTTP: a POST of an invitation to whatever answers the lease endpoint. README.md is the
// contract.
package endpoint

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Launcher posts invitations.
type Launcher struct {
	// URL is where; {family} in it stands for the plugin family.
	URL    string
	Family func(l tasks.Lease) tasks.Family
	Client *http.Client
	// Token returns the bearer token for a URL, empty for none.
	Token func(ctx context.Context, url string) (string, error)
	// Limit is how many bytes an invitation may have.
	Limit int
	// Keys are the properties that a message is to name, for the address and for the token.
	URLKey, TokenKey string

	all *launch.Attendants
}

var _ launch.Launcher = (*Launcher)(nil)

// silence is how long an executor that has said that it lives may say nothing more.
const silence = 4*boot.Beat + 50*time.Millisecond

// Open returns the launcher, ready to launch until it is closed.
func (l Launcher) Open(ctx context.Context) *Launcher {
	l.all = launch.NewAttendants(ctx)
	return &l
}

// Launch implements [launch.Launcher]. It waits while the endpoint has no room, until ctx ends. An endpoint that has the request
// and does not answer before ctx ends counts as started, since it may be.
func (l *Launcher) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	b, err := launch.Encode(inv, l.Limit)
	if err != nil {
		return fmt.Errorf("start an executor at %s: %w", l.URL, err)
	}
	c := &call{l: l, url: strings.ReplaceAll(l.URL, "{family}", string(l.Family(inv.Leases[0]))), body: b}
	err = l.all.Remote(ctx, launch.Lifetime(inv), 0, c.post, func(err error) {
		if err != nil {
			err = fmt.Errorf("executor at %s: %w", c.url, err)
		}
		gone(err)
	})
	if err != nil {
		return fmt.Errorf("start an executor at %s: %w", c.url, err)
	}
	return nil
}

// Close implements [launch.Launcher].
func (l *Launcher) Close(ctx context.Context) error {
	err := l.all.Close(ctx)
	l.Client.CloseIdleConnections()
	return err
}

// call is one invitation on its way.
type call struct {
	l    *Launcher
	url  string
	body []byte
}

// post posts once, and returns how to listen to an endpoint that has taken the invitation.
func (c *call) post(ctx context.Context) (launch.Follow, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	token, err := c.l.Token(ctx, c.url)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.l.TokenKey, err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.l.Client.Do(req) //nolint:bodyclose // listen or said do
	if err != nil {
		return nil, fmt.Errorf("%w; check %s, and that the executors' service runs there", err, c.l.URLKey)
	}
	if resp.StatusCode == http.StatusOK {
		return func(_ context.Context, fail context.CancelCauseFunc) error { return listen(fail, resp) }, nil
	}
	status, after, why := resp.StatusCode, resp.Header.Get("Retry-After"), said(resp)
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return nil, c.refused(status, why)
	}
	seconds, _ := strconv.Atoi(after) // it may be absent, or a date
	return nil, &launch.Busy{After: time.Duration(seconds) * time.Second,
		Why: fmt.Errorf("it answered %d %s; give it more instances or a higher %s, or lower mayfly.executors.max", status, why, boot.ConcurrencyEnv)}
}

// refused is the error of an endpoint that does not take the invitation.
func (c *call) refused(status int, why string) error {
	err := fmt.Errorf("it answered %d %s: %s", status, http.StatusText(status), why)
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("no permission: %w; check %s, and what the service expects", err, c.l.TokenKey)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fmt.Errorf("%w; there is no lease endpoint, check %s", err, c.l.URLKey)
	case http.StatusBadRequest, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusTooEarly:
		return fmt.Errorf("%w: %w", launch.ErrRefused, err)
	}
	return err
}

// said is what an answer says for people.
func said(resp *http.Response) string {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // it is only for the message
	_ = resp.Body.Close()
	var e boot.Ending
	if json.Unmarshal(b, &e) == nil && e.Error != "" {
		return e.Error
	}
	return strings.TrimSpace(string(b))
}

// listen reads the answer to its end: an empty line now and then, while the executor lives, and how it ended.
func listen(fail context.CancelCauseFunc, resp *http.Response) error {
	defer resp.Body.Close()
	var hung *time.Timer
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("the connection was lost before it said that it had ended: %w", err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var e boot.Ending
			if err := json.Unmarshal(line, &e); err != nil {
				return fmt.Errorf("its answer is not that of a lease endpoint: %w", err)
			}
			if !e.Done {
				return errors.New(e.Error)
			}
			return nil
		}
		if hung == nil { // an endpoint, or a proxy before it, that says nothing until the end is not watched
			hung = time.AfterFunc(silence, func() { fail(fmt.Errorf("it hung: it said nothing for %s", silence)) })
			defer hung.Stop()
		}
		hung.Reset(silence)
	}
}
