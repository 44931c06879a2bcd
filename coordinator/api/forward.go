package api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// forwarded passes a write on to the leader when this worker is not it. It returns true when the answer is written. The
// query parameter forward counts the hops: absent, then true, then false, which is not passed on any more.
func (s *server) forwarded(w http.ResponseWriter, c call) (bool, error) {
	query := c.URL.Query()
	if _, me := s.Leader(); !me && query.Has("forward") && !flag(c.Request, "forward", true) {
		return false, conflict(rebalancing)
	}
	return s.passedOn(w, c)
}

// passedOn is forwarded for what every worker of Connect does itself: that is passed on whatever the client says of it.
func (s *server) passedOn(w http.ResponseWriter, c call) (bool, error) {
	leader, me := s.Leader()
	if me {
		return false, nil
	}
	query := c.URL.Query()
	next := "true"
	if query.Has("forward") {
		next = "false"
	}
	target, err := url.Parse(leader)
	if err != nil || target.Host == "" {
		return false, conflict(noLeader)
	}
	query.Set("forward", next)
	proxy := httputil.ReverseProxy{
		Transport: s.Transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.URL.RawQuery = query.Encode()
			p.Out.Header = http.Header{}
			for _, h := range []string{"Authorization", "Content-Type", "Accept"} {
				if v := c.Header.Values(h); v != nil {
					p.Out.Header[h] = v
				}
			}
			p.Out.Body, p.Out.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
		},
		ModifyResponse: func(r *http.Response) error {
			// The address that the client asked, not one that it may be unable to reach.
			if l, err := r.Location(); err == nil {
				r.Header.Set("Location", base(c.Request)+l.EscapedPath())
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			s.fail(w, r, statusError{http.StatusInternalServerError, "IO Error trying to forward REST request: " + err.Error()})
		},
	}
	proxy.ServeHTTP(w, c.Request)
	return true, nil
}
