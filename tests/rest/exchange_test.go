package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// answer is what came back, before anything is made of it.
type answer struct {
	status  int
	headers http.Header
	body    any // parsed JSON, else text, nil when empty
}

// send makes one request. The path goes out byte for byte, which net/http's client would not do.
func send(base string, r request) (answer, error) {
	u, err := url.Parse(base)
	if err != nil {
		return answer{}, err
	}
	conn, err := net.DialTimeout("tcp", u.Host, 5*time.Second)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(100 * time.Second)); err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r.Method, r.Path, u.Host)
	for k, v := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", k, v)
	}
	body := payload(r.Body)
	if body != nil || slices.Contains([]string{"POST", "PUT", "PATCH"}, r.Method) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	if _, err := conn.Write(b.Bytes()); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, headers: res.Header}
	if len(raw) > 0 {
		a.body = string(raw)
		if ct := res.Header.Get("Content-Type"); ct == "" || strings.Contains(ct, "json") {
			var v any
			if json.Unmarshal(raw, &v) == nil {
				a.body = v
			}
		}
	}
	return a, err
}

// payload is nothing for null, raw text for a JSON string, and else the JSON itself.
func payload(body json.RawMessage) []byte {
	var text string
	switch {
	case len(body) == 0 || string(body) == "null":
		return nil
	case json.Unmarshal(body, &text) == nil:
		return []byte(text)
	}
	return body
}

var conflict = regexp.MustCompile(`(?i)rebalance|stale configuration|no known leader`)

// exchange sends a step's request, again while the group is said to be in motion, and returns the answer with what differs
// from run to run replaced by placeholders.
func (r *run) exchange(s step) (response, error) {
	req := s.Request
	base, ok := r.bases[baseName(req.Base)]
	if !ok {
		return response{}, fmt.Errorf("the profile has no worker %q", req.Base)
	}
	req.Path, req.Headers = r.fill(req.Path), r.fillAll(req.Headers)
	req.Body = json.RawMessage(r.fillJSON(string(req.Body)))
	for end := time.Now().Add(20 * time.Second); ; {
		a, err := send(base, req)
		if err != nil {
			return response{}, err
		}
		if s.Retry409 == nil || *s.Retry409 {
			if m, ok := a.body.(map[string]any); ok && a.status == http.StatusConflict && conflict.MatchString(fmt.Sprint(m["message"])) && time.Now().Before(end) {
				time.Sleep(50 * time.Millisecond) // the API says to try again
				continue
			}
		}
		return response{a.status, r.headers(a.headers, s.Headers), r.norm(a.body, "")}, nil
	}
}

var date = regexp.MustCompile(`\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)

func (r *run) headers(h http.Header, also []string) map[string]string {
	out := map[string]string{}
	for _, k := range append([]string{"Content-Type", "Location"}, also...) {
		values := h.Values(k)
		if len(values) == 0 {
			continue
		}
		v := strings.Join(values, ", ")
		if k == "Allow" || k == "Access-Control-Allow-Methods" { // sets
			list := strings.Split(v, ",")
			for i := range list {
				list[i] = strings.TrimSpace(list[i])
			}
			slices.Sort(list)
			v = strings.Join(list, ", ")
		}
		out[k] = r.normText(date.ReplaceAllString(v, "{date}"))
	}
	return out
}

func baseName(name string) string {
	if name == "" {
		return "main"
	}
	return name
}

// await asks until the answer is as wanted.
func (r *run) await(t *testing.T, w wait) error {
	t.Helper()
	if w.Sleep > 0 {
		time.Sleep(seconds(w.Sleep)) // the recording says so
		return nil
	}
	if w.Status == 0 {
		w.Status = http.StatusOK
	}
	headers := w.Headers
	if headers == nil {
		headers = r.requestHeaders
	}
	patience := r.cluster.patience
	if w.Timeout > 0 {
		patience = seconds(w.Timeout)
	}
	var last answer
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		last, err = send(r.bases[baseName(w.Base)], request{Method: "GET", Path: r.fill(w.Path), Headers: r.fillAll(headers)})
		if err == nil && r.reached(t, w, last) {
			time.Sleep(seconds(w.Settle))
			return nil
		}
	}
	return fmt.Errorf("not reached: %s %v; the last answer is %d %v %v", w.Path, w.Until, last.status, last.body, err)
}

func (r *run) reached(t *testing.T, w wait, a answer) bool {
	t.Helper()
	if a.status != w.Status {
		return false
	}
	for path, want := range w.Until {
		found := find(t, &a.body, r.fill(path))
		rule, isRule := want.(map[string]any)
		if n, ok := rule["len"]; isRule && ok {
			if len(found) != 1 || float64(size(found[0].get())) != n {
				return false
			}
			continue
		}
		if _, ok := rule["absent"]; isRule && ok {
			if len(found) > 0 {
				return false
			}
			continue
		}
		if part, ok := rule["contains"]; isRule && ok {
			text, _ := func() (any, bool) {
				if len(found) == 1 {
					return found[0].get(), true
				}
				return nil, false
			}()
			s, isText := text.(string)
			if !isText || !strings.Contains(s, r.fill(fmt.Sprint(part))) {
				return false
			}
			continue
		}
		if text, ok := want.(string); ok {
			want = r.fill(text)
		}
		if len(found) == 0 || slices.ContainsFunc(found, func(p place) bool { return p.get() != want }) {
			return false
		}
	}
	return true
}

func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return -1
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
