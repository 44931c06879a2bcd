package s3

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Server is the stand-in's http.Handler. It may be used from any goroutine.
type Server struct {
	fault     func(*http.Request) Fault
	forbidden []string

	mu      sync.Mutex
	buckets map[string]map[string]*Object
	uploads map[string]*upload
	log     []Access
	last    int
}

// Object is an object as it is kept.
type Object struct {
	Content []byte
	// Header is what came with the upload: Content-Type, x-amz-acl, x-amz-server-side-encryption, x-amz-meta-*, and the
	// condition it was made under.
	Header http.Header
	Tags   map[string]string
	ETag   string
	// CRC32C is base64 of the checksum of the whole object.
	CRC32C string
	// Replaced counts how often the name got other content.
	Replaced int
}

// Access is a request as it was answered.
type Access struct {
	Method, Bucket, Key string
	Query               string
	Status              int
	// Agent is the caller's User-Agent.
	Agent string
}

// Fault is what goes wrong with a request.
type Fault struct {
	// Status, if any, is answered instead of doing anything.
	Status int
	// Lose does what is asked, and cuts the connection instead of answering.
	Lose bool
}

// An Option changes how New sets up a server.
type Option func(*Server)

// WithBucket makes sure of buckets.
func WithBucket(names ...string) Option {
	return func(s *Server) {
		for _, n := range names {
			s.buckets[n] = map[string]*Object{}
		}
	}
}

// WithForbidden names buckets that refuse every access with 403.
func WithForbidden(names ...string) Option {
	return func(s *Server) { s.forbidden = append(s.forbidden, names...) }
}

// WithFault asks f about each request what is to go wrong with it.
func WithFault(f func(*http.Request) Fault) Option {
	return func(s *Server) { s.fault = f }
}

// New returns an empty server.
func New(opts ...Option) *Server {
	s := &Server{fault: func(*http.Request) Fault { return Fault{} }, buckets: map[string]map[string]*Object{}, uploads: map[string]*upload{}}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Objects returns a bucket's objects by name, as they are now.
func (s *Server) Objects(bucket string) map[string]Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]Object{}
	for name, o := range s.buckets[bucket] {
		c := *o
		c.Tags = maps.Clone(o.Tags)
		out[name] = c
	}
	return out
}

// Uploads returns how many multipart uploads are under way.
func (s *Server) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uploads)
}

// AccessLog returns the requests so far, in the order of their answers.
func (s *Server) AccessLog() []Access {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	f := s.fault(r)
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	switch {
	case f.Status != 0:
		answer.fail(f.Status, "InjectedFault", "as the test asked")
	case slices.Contains(s.forbidden, bucket):
		answer.fail(http.StatusForbidden, "AccessDenied", "Access Denied")
	default:
		s.route(answer, r, bucket, key)
	}
	s.mu.Lock()
	s.log = append(s.log, Access{r.Method, bucket, key, r.URL.RawQuery, answer.status, r.UserAgent()})
	s.mu.Unlock()
	if f.Lose {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(answer.body)
	}
}

func (s *Server) route(w *recorder, r *http.Request, bucket, key string) {
	q := r.URL.Query()
	body, err := content(r)
	if err != nil {
		w.fail(http.StatusBadRequest, "IncompleteBody", err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case key == "":
		s.bucket(w, r, bucket)
	case s.buckets[bucket] == nil:
		w.fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case q.Has("uploads"):
		s.begin(w, r, bucket, key)
	case q.Has("uploadId"):
		s.multipart(w, r, q, bucket, key, body)
	case q.Has("tagging"):
		s.tagging(w, r, bucket, key, body)
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		s.copy(w, r, bucket, key)
	case r.Method == http.MethodPut:
		s.put(w, r, bucket, key, body)
	case r.Method == http.MethodDelete:
		delete(s.buckets[bucket], key)
		w.status = http.StatusNoContent
	default:
		s.get(w, r, bucket, key)
	}
}
