package api

import (
	"io"
	"net/http"
)

// Access is what a user may do.
type Access int

// The kinds of access.
const (
	NoAccess Access = iota
	// ReadAccess is for those who may look at everything and change nothing.
	ReadAccess
	FullAccess
)

// authorized checks basic authentication, and answers who may not go on. The requests that workers make of each other bring a
// signature instead.
func (s *server) authorized(w http.ResponseWriter, r *http.Request, path []string) bool {
	if s.Auth == nil || isInternal(r.Method, path) {
		return true
	}
	access := NoAccess
	if user, password, ok := r.BasicAuth(); ok {
		access = s.Auth(user, password)
	}
	switch {
	case access == FullAccess || access == ReadAccess && reads(r.Method, path):
		return true
	case access == ReadAccess:
		s.fail(w, r, statusError{http.StatusForbidden, "User may read, but not change anything."})
	default:
		unauthorized(w, r)
	}
	return false
}

// reads reports whether a request changes nothing.
func reads(method string, path []string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	case http.MethodPut: // a configuration is validated, which stores nothing
		return path[0] == "connector-plugins"
	}
	return false
}

// unauthorized answers as Connect's basic authentication does, which asks no browser for a password.
func unauthorized(w http.ResponseWriter, r *http.Request) {
	contentType := jsonType
	if r.Method == http.MethodOptions {
		contentType = "text/plain"
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, "User cannot access the resource.") // A client that is gone misses nothing.
}
