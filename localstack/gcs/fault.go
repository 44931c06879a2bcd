package gcs

import (
	"net"
	"net/http"
	"time"
)

// A Fault is what a test does to a request. The zero value is none.
type Fault struct {
	Delay  time.Duration // wait before anything else happens
	Status int           // answer with this status and do nothing
	Drop   bool          // cut the connection and do nothing
	Lose   bool          // do what is asked, then cut the connection before the answer
}

// WithFault asks f what to do to each request.
func WithFault(f func(*http.Request) Fault) Option {
	return func(s *Server) error {
		s.fault = f
		return nil
	}
}

// inject applies the fault for a request. It returns the writer to go on with,
// or done if there is nothing to go on with.
func (s *Server) inject(w http.ResponseWriter, r *http.Request) (_ http.ResponseWriter, done bool) {
	f := s.fault(r)
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return w, true
		}
	}
	switch {
	case f.Drop:
		cut(w)
		return w, true
	case f.Status != 0:
		writeError(w, r, errFault(f.Status))
		return w, true
	case f.Lose:
		return &lostWriter{header: http.Header{}, of: w}, false
	}
	return w, false
}

// A lostWriter takes an answer that never arrives.
type lostWriter struct {
	header http.Header
	of     http.ResponseWriter
}

func (l *lostWriter) Header() http.Header         { return l.header }
func (l *lostWriter) Write(p []byte) (int, error) { return len(p), nil }
func (l *lostWriter) WriteHeader(int)             {}

// cut resets the connection of a request, as a router or a dying machine does.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // not a connection of its own
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // reset instead of an orderly end; else it is closed all the same
	}
	conn.Close()
}
