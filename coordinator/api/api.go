package api

import (
	"bytes"
	"cmp"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

// maxBody is how many bytes a request may have where nothing else is said. Connect's configurations are far below; a config
// topic takes 1 MiB.
const maxBody = 4 << 20

// Options is what the API needs. All fields but OtherPlugins and Log are required.
type Options struct {
	Backend Backend
	Plugins tasks.Plugins
	// OtherPlugins are transforms, predicates and converters, in the order in which they are listed.
	OtherPlugins []tasks.Plugin
	// Validate checks a connector configuration. Its errors answer 500.
	Validate func(props map[string]string) (connector.Report, error)
	// ClusterID, Version and Commit are shown by GET /.
	ClusterID, Version, Commit string
	// Leader returns the base URL of the worker that takes writes, and whether that is this one. An empty URL means that
	// nobody is known to lead.
	Leader func() (url string, isMe bool)
	// Loggers are the levels that /admin/loggers shows and sets.
	Loggers Loggers
	// AdminElsewhere leaves /admin/loggers and /metrics out of the API: [Admin] serves them at another address, or nobody does.
	AdminElsewhere bool
	// Metrics answers /metrics; nil for not found.
	Metrics http.Handler
	// Health says what GET /health answers; nil for always healthy.
	Health func() Health
	// Auth says what the user with a password may do; nil lets everybody do everything.
	Auth func(user, password string) Access
	// Limits bound requests.
	Limits Limits
	// Transport reaches the leader; nil for the usual one.
	Transport http.RoundTripper
	// CORS and ResponseHeaders are sent with each answer.
	CORS            CORS
	ResponseHeaders []HeaderRule
	// TopicTracking says whether GET topics answers, TopicReset whether it may be reset.
	TopicTracking, TopicReset bool
	// Standalone answers as connect-standalone where that differs from a distributed worker.
	Standalone bool
	Log        *slog.Logger
}

type server struct {
	Options
	routes []route
	// raw are resources that are no JSON, by the first segment of their path.
	raw map[string]http.Handler
}

// call is one request that found its handler.
type call struct {
	*http.Request
	// path holds the variables of the route, by their names.
	path map[string]string
	body []byte
}

// handler answers with a status and a value to be written as JSON (nil for no body), or with an error.
type handler func(w http.ResponseWriter, c call) (status int, answer any, err error)

type route struct {
	pattern []string // "{x}" is a variable
	methods map[string]handler
}

// New returns the API. It is safe for concurrent use.
func New(o Options) http.Handler {
	s := newServer(o)
	for _, add := range s.all() {
		add()
	}
	if !o.AdminElsewhere {
		s.loggerRoutes()
		s.raw["metrics"] = o.Metrics
	}
	return s.handler()
}

// all are the routes but those of the loggers.
func (s *server) all() []func() {
	return []func(){s.rootRoutes, s.connectorRoutes, s.stateRoutes, s.offsetRoutes, s.restartRoutes, s.internalRoutes, s.pluginRoutes}
}

// Admin returns what an admin listener of its own serves: the loggers, the metrics, and Go's profiles, which are not for
// everybody who may use the API.
func Admin(o Options) http.Handler {
	s := newServer(o)
	s.loggerRoutes()
	s.raw["metrics"], s.raw["debug"] = o.Metrics, profiles()
	return s.handler()
}

func newServer(o Options) *server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &server{Options: o, raw: map[string]http.Handler{}}
}

// handler refuses bad paths before anything else, as Connect's web server does.
func (s *server) handler() http.Handler {
	inner := s.Limits.wrap(withHeaders(s.ResponseHeaders, withCORS(s.CORS, s)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := split(r.URL.EscapedPath()); !ok {
			badURI(w, r.Method)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func (s *server) on(method, pattern string, h handler) {
	segments := strings.Split(strings.Trim(pattern, "/"), "/")
	i := slices.IndexFunc(s.routes, func(r route) bool { return slices.Equal(r.pattern, segments) })
	if i < 0 {
		i = len(s.routes)
		s.routes = append(s.routes, route{segments, map[string]handler{}})
	}
	s.routes[i].methods[method] = h
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments, _ := split(r.URL.EscapedPath())
	if h := s.raw[segments[0]]; h != nil {
		if !s.authorized(w, r, segments) {
			return
		}
		h.ServeHTTP(w, r)
		return
	}
	route, vars, ok := s.find(segments)
	if !ok {
		framework(w, http.StatusNotFound)
		return
	}
	h, ok := route.methods[r.Method]
	if !ok && r.Method == http.MethodHead {
		h, ok = route.methods[http.MethodGet]
	}
	if r.Method == http.MethodOptions && !ok {
		h, ok = options(route), true
	}
	if !ok {
		w.Header().Set("Allow", route.allowed())
		framework(w, http.StatusMethodNotAllowed)
		return
	}
	// The media type counts only where a body is read, which is where Connect declares one.
	if takesBody(r.Method, segments) && mediaType(r) != jsonType {
		if mediaType(r) == "" {
			s.fail(w, r, statusError{http.StatusUnsupportedMediaType, "HTTP 415 Unsupported Media Type"})
		} else {
			framework(w, http.StatusUnsupportedMediaType)
		}
		return
	}
	if r.Method != http.MethodOptions && !accepts(r, jsonType) {
		framework(w, http.StatusNotAcceptable)
		return
	}
	if !s.authorized(w, r, segments) {
		return
	}
	c := call{Request: r, path: vars}
	if err := c.read(w, s.Limits.MaxBytes); err != nil {
		s.fail(w, r, err)
		return
	}
	status, answer, err := h(w, c)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case status != 0:
		s.write(w, r, status, answer)
	}
}

// options answers OPTIONS with the methods of a resource.
func options(r route) handler {
	return func(w http.ResponseWriter, _ call) (int, any, error) {
		w.Header().Set("Allow", r.allowed())
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, r.allowed()) // A client that is gone misses nothing.
		return 0, nil, nil
	}
}

func (c *call) read(w http.ResponseWriter, most int64) error {
	var b bytes.Buffer
	if _, err := b.ReadFrom(http.MaxBytesReader(w, c.Body, cmp.Or(most, maxBody))); err != nil {
		return badBody(err)
	}
	c.body = b.Bytes()
	return nil
}

func (s *server) find(segments []string) (route, map[string]string, bool) {
	for _, r := range s.routes {
		if vars, ok := r.match(segments); ok {
			return r, vars, true
		}
	}
	return route{}, nil, false
}

func (r route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.pattern) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range r.pattern {
		if strings.HasPrefix(p, "{") {
			vars[strings.Trim(p, "{}")] = segments[i]
		} else if p != segments[i] {
			return nil, false
		}
	}
	return vars, true
}

func (r route) allowed() string {
	methods := []string{http.MethodOptions}
	for m := range r.methods {
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
