package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// statusError is an answer in Connect's words.
type statusError struct {
	status  int
	message string
}

func (e statusError) Error() string { return e.message }

func notFound(format string, args ...any) error {
	return statusError{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return statusError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func conflict(message string) error { return statusError{http.StatusConflict, message} }

// badBody is what Connect answers to bodies that it cannot read: 500, except when they are too large.
func badBody(err error) error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return statusError{http.StatusRequestEntityTooLarge, fmt.Sprintf("The request body has more than %d bytes", large.Limit)}
	}
	return statusError{http.StatusInternalServerError, err.Error()}
}

// The texts of Connect's conflicts, after which clients try again.
const (
	rebalancing = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"
	noLeader    = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
)

type errorBody struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// answerTo is the one place where an error becomes a status.
func answerTo(err error) errorBody {
	var status statusError
	switch {
	case errors.As(err, &status):
		return errorBody{status.status, err.Error()}
	case errors.Is(err, ErrNotFound):
		return errorBody{http.StatusNotFound, err.Error()}
	case errors.Is(err, ErrConflict):
		return errorBody{http.StatusConflict, rebalancing}
	}
	return errorBody{http.StatusInternalServerError, err.Error()}
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	body := answerTo(err)
	if body.Code >= http.StatusInternalServerError {
		s.Log.Warn("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	s.write(w, r, body.Code, body)
}

// framework answers what Connect's web framework answers by itself: the body is JSON, but nothing says so.
func framework(w http.ResponseWriter, status int) {
	w.Header()["Content-Type"] = nil
	w.WriteHeader(status)
	b, err := json.Marshal(errorBody{status, fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))})
	if err == nil {
		_, _ = w.Write(b) // A client that is gone misses nothing.
	}
}

// badURIPage is what Connect's web server answers to paths that it does not take.
const badURIPage = "<html>\n<head>\n<title>Error 400 Ambiguous URI</title>\n</head>\n<body>\n<h2>HTTP ERROR 400 Ambiguous URI</h2>\n</body>\n</html>\n"

const htmlType = "text/html;charset=iso-8859-1"

func badURI(w http.ResponseWriter, method string) {
	switch method { // the others get no page
	case http.MethodGet, http.MethodHead, http.MethodPost:
		w.Header().Set("Content-Type", htmlType)
		w.Header().Set("Cache-Control", "must-revalidate,no-cache,no-store")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, badURIPage)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

func (s *server) write(w http.ResponseWriter, r *http.Request, status int, answer any) {
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	err := e.Encode(answer)
	if err == nil {
		_, err = w.Write(bytes.TrimSuffix(body.Bytes(), []byte("\n"))) // a worker's answers end without one
	}
	if err != nil {
		s.Log.Debug("cannot answer", "method", r.Method, "path", r.URL.Path, "error", err)
	}
}
