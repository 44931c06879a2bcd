package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const jsonType = "application/json"

// split cuts an escaped path into decoded segments. Like Connect's server it refuses paths that could be read in two ways:
// empty segments, encoded slashes, percent signs and backslashes, control characters, text that is no UTF-8.
func split(escaped string) ([]string, bool) {
	trimmed := strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
	if trimmed == "" {
		return []string{""}, escaped == "/" || escaped == ""
	}
	segments := strings.Split(trimmed, "/")
	for i, s := range segments {
		text, err := url.PathUnescape(s)
		if err != nil || text == "" || text == "." || text == ".." || strings.ToValidUTF8(text, "") != text ||
			strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f || strings.ContainsRune(`/%\`, r) }) {
			return nil, false
		}
		segments[i] = text
	}
	return segments, true
}

func takesBody(method string, path []string) bool {
	last := path[len(path)-1]
	switch method {
	case http.MethodPost:
		return last == "connectors" || last == "tasks"
	case http.MethodPut:
		return last == "config" || last == "validate" || last == "fence" || path[0] == "admin"
	case http.MethodPatch:
		return last == "config" || last == "offsets"
	}
	return false
}

func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return strings.TrimSpace(r.Header.Get("Content-Type"))
	}
	return t
}

func accepts(r *http.Request, want string) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return true
	}
	family, _, _ := strings.Cut(want, "/")
	for part := range strings.SplitSeq(accept, ",") {
		t, params, err := mime.ParseMediaType(part)
		q, weighted := params["q"]
		refused := weighted && strings.Trim(q, "0.") == ""
		if err == nil && !refused && (t == want || t == "*/*" || t == family+"/*") {
			return true
		}
	}
	return false
}

// flag reads a query parameter as Java reads a Boolean: only "true", in any case, is true.
func flag(r *http.Request, name string, absent bool) bool {
	if !r.URL.Query().Has(name) {
		return absent
	}
	return strings.EqualFold(r.URL.Query().Get(name), "true")
}

// configBody reads a flat JSON object. Scalars become text as they are written; null stays nil.
func configBody(body []byte) (map[string]*string, error) {
	members, err := object(body)
	if err != nil {
		return nil, err
	}
	config := make(map[string]*string, len(members))
	for key, raw := range members {
		text, err := scalar(raw)
		if err != nil {
			return nil, fmt.Errorf("cannot read the value of %q: %w", key, err)
		}
		config[key] = text
	}
	return config, nil
}

func object(body []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	// A byte order mark is allowed, as in Connect; anything after the object is not.
	if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &members); err != nil {
		return nil, badBody(fmt.Errorf("cannot read the request body as a JSON object: %w", err))
	}
	if members == nil {
		return nil, badBody(fmt.Errorf("the request body is null: send a JSON object"))
	}
	return members, nil
}

func scalar(raw json.RawMessage) (*string, error) {
	var text string
	switch raw[0] {
	case 'n':
		return nil, nil
	case '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, badBody(err)
		}
	case '{', '[':
		return nil, badBody(fmt.Errorf("a text, number or boolean is needed, not an object or array"))
	default:
		text = string(raw)
	}
	return &text, nil
}
