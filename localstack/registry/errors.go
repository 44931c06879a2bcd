package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// contentType is what the registry answers with.
const contentType = "application/vnd.schemaregistry.v1+json"

// An apiError is an answer that is an error, in the registry's own form.
type apiError struct {
	status  int
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Message }

func errPath() error {
	return &apiError{http.StatusNotFound, http.StatusNotFound, "HTTP 404 Not Found"}
}

func errSubject(subject string) error {
	return &apiError{http.StatusNotFound, 40401, fmt.Sprintf("Subject '%s' not found.", subject)}
}

func errVersion(version int) error {
	return &apiError{http.StatusNotFound, 40402, fmt.Sprintf("Version %d not found.", version)}
}

func errSchema(message string) error {
	return &apiError{http.StatusNotFound, 40403, message}
}

func errInvalid(s *Schema, cause error) error {
	return &apiError{http.StatusUnprocessableEntity, 42201, fmt.Sprintf("Invalid schema %s with %d references of type %s, details: %v", s.Text, len(s.References), s.kind(), cause)}
}

// A handler answers a call with a value for JSON, or with an error.
type handler func(*http.Request) (any, error)

// rawText is an answer that is JSON already, or not JSON at all.
type rawText string

func (h handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	v, err := h(req)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	if text, ok := v.(rawText); ok {
		fmt.Fprint(w, string(text))
		return
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client is gone
}

func writeError(w http.ResponseWriter, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{http.StatusInternalServerError, 50001, err.Error()}
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(e) // the client is gone
}
