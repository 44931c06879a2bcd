// Package lambda answers AWS Lambda's Invoke API in process: functions by name, synchronous and asynchronous invocations, a limit of
// concurrency, and the errors that AWS documents. What runs behind a name is a [Function]: a Go function, or an emulator of the runtime.
package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Function runs one invocation. An error is the function's own, as an exception of its runtime is: FunctionError "Unhandled".
type Function func(ctx context.Context, payload []byte) ([]byte, error)

// Server is the API. Its fields are set before it serves.
type Server struct {
	// Functions by name.
	Functions map[string]Function
	// Concurrency is how many invocations may run at once; one more is throttled. Zero for any number.
	Concurrency int
	// Denied are the names of functions that nobody may invoke.
	Denied map[string]bool

	mu      sync.Mutex
	running int
	ctx     context.Context //nolint:containedctx // the asynchronous invocations' life
	wg      sync.WaitGroup
}

var _ http.Handler = (*Server)(nil)

// Open lets asynchronous invocations live until ctx ends; Wait waits for them.
func (s *Server) Open(ctx context.Context) { s.ctx = ctx }

// Wait waits for the asynchronous invocations.
func (s *Server) Wait() { s.wg.Wait() }

// The most bytes of a payload.
const (
	maxSync  = 6 << 20
	maxEvent = 1 << 20
)

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
	name, ok2 := strings.CutSuffix(name, "/invocations")
	how := r.Header.Get("X-Amz-Invocation-Type")
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxSync+1))
	run := s.Functions[name[strings.LastIndexByte(name, ':')+1:]]
	most := map[string]int{"Event": maxEvent}[how]
	if most == 0 {
		most = maxSync
	}
	switch {
	case err != nil:
		return
	case !ok || !ok2 || r.Method != http.MethodPost:
		fail(w, http.StatusNotFound, "UnknownOperationException", "no operation of this API")
	case !strings.Contains(r.Header.Get("Authorization"), "/lambda/aws4_request"):
		fail(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
	case s.Denied[name]:
		fail(w, http.StatusForbidden, "AccessDeniedException", "not authorized to perform: lambda:InvokeFunction on resource: "+name)
	case run == nil:
		fail(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+name)
	case len(payload) > most:
		fail(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", most))
	case !json.Valid(payload):
		fail(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
	case !s.enter():
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
	case how == "Event":
		s.wg.Go(func() {
			defer s.leave()
			_, _ = run(s.ctx, payload) // nobody is told
		})
		w.WriteHeader(http.StatusAccepted)
	default:
		defer s.leave()
		out, err := run(r.Context(), payload)
		if err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			out, _ = json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": "errorString"})
		}
		w.Header().Set("X-Amz-Executed-Version", "$LATEST")
		_, _ = w.Write(out)
	}
}

func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Concurrency > 0 && s.running >= s.Concurrency {
		return false
	}
	s.running++
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

func fail(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": "User", "message": message, "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"})
}
