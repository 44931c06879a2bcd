package gcs

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Server is the emulator's http.Handler. It may be used from any goroutine.
type Server struct {
	medium    medium
	fault     func(*http.Request) Fault
	forbidden []string
	initial   []string

	mu         sync.Mutex
	buckets    map[string]*bucket
	generation int64 // newest given out

	sessions sessions
}

// An Option changes how New sets up a server.
type Option func(*Server) error

// WithDir keeps buckets and objects in a directory, so that they survive
// restarts and can be looked at. Without it they are in memory.
func WithDir(dir string) Option {
	return func(s *Server) (err error) {
		s.medium, err = newDisk(dir)
		return err
	}
}

// WithBucket makes sure of buckets.
func WithBucket(names ...string) Option {
	return func(s *Server) error {
		s.initial = append(s.initial, names...)
		return nil
	}
}

// WithForbidden names buckets that refuse every access with 403, as they do
// to an account without permissions.
func WithForbidden(names ...string) Option {
	return func(s *Server) error {
		s.forbidden = append(s.forbidden, names...)
		return nil
	}
}

// New returns an emulator, with what its directory holds.
func New(opts ...Option) (*Server, error) {
	s := &Server{medium: memory{}, fault: func(*http.Request) Fault { return Fault{} }, sessions: sessions{open: map[string]*session{}}}
	for _, opt := range opts {
		if err := opt(s); err != nil {
			return nil, fmt.Errorf("start GCS emulator: %w", err)
		}
	}
	var err error
	if s.buckets, err = s.medium.load(); err != nil {
		return nil, fmt.Errorf("start GCS emulator: %w", err)
	}
	for _, b := range s.buckets {
		for _, o := range b.objects {
			s.generation = max(s.generation, o.Generation)
		}
	}
	for _, name := range s.initial {
		if _, err := s.createBucket(name); err != nil && err.code != http.StatusConflict {
			return nil, fmt.Errorf("start GCS emulator: bucket %s: %w", name, err)
		}
	}
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w, done := s.inject(w, r)
	if done {
		return
	}
	s.route(w, r)
	if l, lost := w.(*lostWriter); lost {
		cut(l.of)
	}
}

// bucket returns a bucket that the caller may use.
func (s *Server) bucket(name string) (*bucket, *apiError) {
	if slices.Contains(s.forbidden, name) {
		return nil, errForbidden(name)
	}
	b, ok := s.buckets[name]
	if !ok {
		return nil, errNoBucket()
	}
	return b, nil
}

// nextGeneration returns a number larger than all before: the time in
// microseconds, as the real service has it. The caller holds s.mu.
func (s *Server) nextGeneration(now time.Time) int64 {
	s.generation = max(s.generation+1, now.UnixMicro())
	return s.generation
}
