package gcs

import (
	"crypto/rand"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// chunkUnit is what every chunk of a resumable upload but the last has to be a
// multiple of.
const chunkUnit = 256 << 10

// maxSessions bounds how many sessions are remembered: the newest.
const maxSessions = 1024

// sessions are the resumable uploads by id. Those that ended stay for a while,
// so that a client which lost the answer can ask again.
type sessions struct {
	mu    sync.Mutex
	open  map[string]*session
	order []string // ids as they came
}

func (s *sessions) add(id string, t *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[id] = t
	if s.order = append(s.order, id); len(s.order) <= maxSessions {
		return
	}
	if old := s.open[s.order[0]]; old != nil && old.mu.TryLock() {
		old.draft.discard()
		old.mu.Unlock()
	}
	delete(s.open, s.order[0])
	s.order = s.order[1:]
}

// A session is one resumable upload.
type session struct {
	upload *upload
	total  int64 // size that the client stated at the start, or -1

	mu    sync.Mutex // held by the request that the session works on
	draft *draft
	done  *object // the result, once there is one
}

// startSession answers with the URL to send the content to.
func (s *Server) startSession(w http.ResponseWriter, c call) *apiError {
	u, e := newUpload(c, c.Body)
	if e != nil {
		return e
	}
	if u.ContentType == "" {
		u.ContentType = c.Header.Get("X-Upload-Content-Type")
	}
	total := int64(-1)
	if text := c.Header.Get("X-Upload-Content-Length"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return errInvalid("Invalid X-Upload-Content-Length: %q", text)
		}
		total = n
	}
	if e := s.possible(u); e != nil {
		return e
	}
	id := rand.Text()
	s.sessions.add(id, &session{upload: u, total: total, draft: s.medium.draft()})
	w.Header().Set("X-GUploader-UploadID", id)
	w.Header().Set("Location", sessionURL(c, id, u.name))
	w.WriteHeader(http.StatusOK)
	return nil
}

// continueSession takes a chunk, or says how far the upload is.
func (s *Server) continueSession(w http.ResponseWriter, c call, id string) *apiError {
	s.sessions.mu.Lock()
	t := s.sessions.open[id]
	s.sessions.mu.Unlock()
	if t == nil {
		return &apiError{code: http.StatusNotFound, reason: "notFound", message: "No such upload session."}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch c.Method {
	case http.MethodDelete:
		return s.cancelSession(w, id, t)
	case http.MethodPut, http.MethodPost:
	default:
		return errNotEmulated(c.Method + " of an upload session")
	}
	if t.done != nil {
		return writeFields(w, c, t.done.resource(c.base()))
	}
	r, e := readRange(c.Header.Get("Content-Range"), c.ContentLength)
	if e != nil {
		return e
	}
	if e := t.fits(r); e != nil {
		return e
	}
	if e := t.receive(c.Body, r); e != nil {
		return e
	}
	if r.total != t.draft.size {
		t.incomplete(w, c)
		return nil
	}
	if e := t.upload.expect(c.Header); e != nil {
		return e
	}
	if t.done, e = s.commit(t.upload, t.draft); e != nil {
		return e
	}
	t.draft.discard() // what was kept is not the draft's any more
	return writeFields(w, c, t.done.resource(c.base()))
}

func (s *Server) cancelSession(w http.ResponseWriter, id string, t *session) *apiError {
	s.sessions.mu.Lock()
	delete(s.sessions.open, id)
	s.sessions.mu.Unlock()
	if t.done == nil {
		t.draft.discard()
	}
	w.WriteHeader(499) // as the real service answers
	return nil
}

// fits checks a chunk against what the session has and was told.
func (t *session) fits(r contentRange) *apiError {
	total := t.total
	if total < 0 {
		total = r.total
	}
	switch {
	case t.total >= 0 && r.total >= 0 && r.total != t.total:
		return errInvalid("Invalid request. The upload was announced with %d bytes, the Content-Range header says %d.", t.total, r.total)
	case r.first > t.draft.size:
		return errInvalid("Invalid request. According to the Content-Range header, the upload offset is %d byte(s), which exceeds already uploaded size of %d byte(s).", r.first, t.draft.size)
	case total >= 0 && t.draft.size > total:
		return errInvalid("Invalid request. %d bytes are uploaded already, which exceeds the size of %d.", t.draft.size, total)
	case r.length > 0 && r.length < chunkUnit && (r.total < 0 || r.first+r.length < r.total):
		return errInvalid("Invalid request. The number of bytes uploaded is required to be equal or greater than %d, except for the final request (it's recommended to be the exact multiple of %d). The received request contained %d bytes, which does not meet this requirement.", chunkUnit, chunkUnit, r.length)
	}
	return nil
}

// receive adds a chunk to the draft: whole units, and the rest only of the last
// chunk. Bytes that the session has already are passed over. A chunk that ends
// early counts as far as it came, as the client may ask and go on.
func (t *session) receive(body io.Reader, r contentRange) *apiError {
	if r.length == 0 {
		return nil
	}
	if _, err := io.CopyN(io.Discard, body, t.draft.size-r.first); err != nil {
		return nil // all of it is known, or the client is gone
	}
	left := r.length - (t.draft.size - r.first)
	buf := make([]byte, min(left, chunkUnit))
	for left > 0 {
		n, err := io.ReadFull(body, buf[:min(left, chunkUnit)])
		whole := n == chunkUnit || err == nil && r.total >= 0 && t.draft.size+int64(n) == r.total
		if !whole {
			return nil
		}
		if _, err := t.draft.Write(buf[:n]); err != nil {
			return errBackend(err)
		}
		left -= int64(n)
	}
	return nil
}

// incomplete says that more is wanted, and from where on.
func (t *session) incomplete(w http.ResponseWriter, c call) {
	if t.draft.size > 0 {
		w.Header().Set("Range", "bytes=0-"+strconv.FormatInt(t.draft.size-1, 10))
	}
	// Clients for which 308 means something else ask for this form.
	if c.Header.Get("X-GUploader-No-308") == "yes" {
		w.Header().Set("X-Http-Status-Code-Override", "308")
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusPermanentRedirect)
}
