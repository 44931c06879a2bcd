// Package registry stands in for a Confluent Schema Registry: the part of its
// REST API that converters, serializers and people with curl use, as an
// http.Handler for the demo and for tests.
//
// Ids, versions, equality of schemas, answers and error bodies are those of
// the real one. Not there: compatibility checks (the level can be read and
// set, and is NONE unless set), deletion, contexts, data contracts.
package registry

import (
	"fmt"
	"net/http"
	"sync"
)

// A Registry is the handler. It may be used from any goroutine.
type Registry struct {
	mux   *http.ServeMux
	fault func(*http.Request) int
	file  string // "" keeps everything in memory

	mu    sync.RWMutex
	state *state // replaced, never changed
}

// An Option changes how New sets up a registry.
type Option func(*Registry)

// WithFile keeps the registry in a file, so that it survives restarts. The
// file is created with the first schema; its directory must exist.
func WithFile(path string) Option { return func(r *Registry) { r.file = path } }

// WithFault calls f with every request. Where f returns an HTTP status, and
// not 0, the request fails with it and does nothing else.
func WithFault(f func(*http.Request) (status int)) Option {
	return func(r *Registry) { r.fault = f }
}

// New returns a registry, with what its file holds.
func New(opts ...Option) (*Registry, error) {
	r := &Registry{state: newState(), fault: func(*http.Request) int { return 0 }}
	for _, opt := range opts {
		opt(r)
	}
	if r.file != "" {
		if err := r.load(); err != nil {
			return nil, fmt.Errorf("load schema registry: %w", err)
		}
	}
	r.mux = r.routes()
	return r, nil
}

// Preload stores schemas under given ids and versions, exactly as they are: no
// text is checked or normalised. It stops at the first that contradicts what
// is there.
func (r *Registry) Preload(schemas []Schema) error {
	return r.change(func(s *state) error {
		for _, schema := range schemas {
			if err := s.preload(schema); err != nil {
				return fmt.Errorf("preload schema %d of subject %s: %w", schema.ID, schema.Subject, err)
			}
		}
		return nil
	})
}

// ServeHTTP answers one call of the REST API.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if status := r.fault(req); status != 0 {
		writeError(w, &apiError{status, status*100 + 1, "fault injected by the test"})
		return
	}
	r.mux.ServeHTTP(w, req)
}

func (r *Registry) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /{$}": func(*http.Request) (any, error) { return struct{}{}, nil },
		"/":        func(*http.Request) (any, error) { return nil, errPath() },

		"GET /schemas/types":               r.types,
		"GET /schemas/ids/{id}":            r.byID,
		"GET /schemas/ids/{id}/schema":     r.textByID,
		"GET /schemas/ids/{id}/subjects":   r.subjectsOfID,
		"GET /schemas/ids/{id}/versions":   r.versionsOfID,
		"GET /schemas/guids/{guid}":        r.byGUID,
		"GET /subjects":                    r.subjects,
		"POST /subjects/{subject}":         r.lookUp,
		"GET /subjects/{subject}/versions": r.versions,

		"POST /subjects/{subject}/versions":                 r.register,
		"GET /subjects/{subject}/versions/{version}":        r.version,
		"GET /subjects/{subject}/versions/{version}/schema": r.textOfVersion,

		"GET /config":           r.config,
		"PUT /config":           r.setConfig,
		"GET /config/{subject}": r.config,
		"PUT /config/{subject}": r.setConfig,
		"GET /mode":             r.mode,
		"GET /mode/{subject}":   r.mode,
	} {
		mux.Handle(pattern, h)
	}
	return mux
}

// snapshot returns the present state, which does not change any more.
func (r *Registry) snapshot() *state {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.state
}

// change applies f to a copy of the state and, if that and writing it down
// succeed, makes the copy the state.
func (r *Registry) change(f func(*state) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.state.clone()
	if err := f(next); err != nil {
		return err
	}
	if r.file != "" {
		if err := save(r.file, next); err != nil {
			return &apiError{http.StatusInternalServerError, 50001, "Error in the backend datastore: " + err.Error()}
		}
	}
	r.state = next
	return nil
}
