package gcs

import (
	"net/http"
	"strconv"
	"strings"
)

// A contentRange says which part of an upload a request carries.
type contentRange struct {
	first, length int64
	total         int64 // -1 while the client does not say
}

// readRange reads a Content-Range header: "bytes 0-99/200", "bytes 0-99/*",
// "bytes */200" (nothing, the whole has 200) or "bytes */*" (nothing). Without
// one the body is the whole upload.
func readRange(header string, contentLength int64) (contentRange, *apiError) {
	if header == "" && contentLength < 0 {
		return contentRange{}, &apiError{code: http.StatusLengthRequired, reason: "required", message: "The request needs a Content-Length or a Content-Range."}
	}
	if header == "" {
		return contentRange{0, contentLength, contentLength}, nil
	}
	r, ok := parseRange(header)
	if !ok {
		return r, errInvalid("Invalid Content-Range header: %q", header)
	}
	if contentLength >= 0 && contentLength != r.length {
		return r, errInvalid("Invalid request. According to the Content-Range header, the body has %d bytes; it has %d.", r.length, contentLength)
	}
	return r, nil
}

func parseRange(header string) (r contentRange, ok bool) {
	span, isBytes := strings.CutPrefix(header, "bytes ")
	span, total, hasTotal := strings.Cut(span, "/")
	r.total = -1
	if total != "*" {
		if r.total, ok = number(total); !ok {
			return r, false
		}
	}
	if !isBytes || !hasTotal {
		return r, false
	}
	if span == "*" {
		r.first = 0
		return r, true
	}
	first, last, _ := strings.Cut(span, "-")
	var end int64
	if r.first, ok = number(first); !ok {
		return r, false
	}
	if end, ok = number(last); !ok || end < r.first || r.total >= 0 && end >= r.total {
		return r, false
	}
	r.length = end - r.first + 1
	return r, true
}

func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && !strings.HasPrefix(text, "+")
}
