package api

import (
	"io"
	"net/http"
)

// authorized checks basic authentication. The requests that workers make of each other bring a signature instead.
func (s *server) authorized(r *http.Request, path []string) bool {
	if s.Auth == nil || isInternal(r.Method, path) {
		return true
	}
	user, password, ok := r.BasicAuth()
	return ok && s.Auth(user, password)
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
