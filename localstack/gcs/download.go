package gcs

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// find returns the live object, and its opened content if content is asked
// for. A generation that is not the live one does not exist here.
func (s *Server) find(bucket, name string, generation *int64, conditions conditions, content bool) (*object, io.ReadSeekCloser, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, e := s.bucket(bucket)
	if e != nil {
		return nil, nil, e
	}
	o := b.objects[name]
	if o == nil || generation != nil && *generation != o.Generation {
		return nil, nil, errNoObject(bucket, name)
	}
	if e := conditions.check(o, true); e != nil {
		return nil, nil, e
	}
	if !content {
		return o, nil, nil
	}
	r, err := s.medium.open(o)
	if err != nil {
		return nil, nil, errBackend(err)
	}
	return o, r, nil
}

// getObject answers with an object's metadata.
func (s *Server) getObject(w http.ResponseWriter, c call) *apiError {
	o, _, e := s.findCall(c, false)
	if e != nil {
		return e
	}
	return writeFields(w, c, o.resource(c.base()))
}

// download answers with an object's content.
func (s *Server) download(w http.ResponseWriter, c call) *apiError {
	o, content, e := s.findCall(c, true)
	if e != nil {
		return e
	}
	defer content.Close()
	serve(w, c.Request, o, content)
	return nil
}

func (s *Server) findCall(c call, content bool) (*object, io.ReadSeekCloser, *apiError) {
	generation, e := readNumber(c.query, "generation")
	if e != nil {
		return nil, nil, e
	}
	conditions, e := readConditions(c.query, "if")
	if e != nil {
		return nil, nil, e
	}
	return s.find(c.bucket, c.object, generation, conditions, content)
}

// readXML answers a read through the XML API: /bucket/object. It is nil when
// it has answered.
func (s *Server) readXML(w http.ResponseWriter, r *http.Request, path string) *apiError {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	bucket, err1 := url.PathUnescape(bucket)
	name, err2 := url.PathUnescape(name)
	if err1 != nil || err2 != nil {
		return errInvalid("malformed path")
	}
	if name == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errNotEmulated(r.Method + " " + r.URL.Path + " of the XML API")
	}
	generation, e := readNumber(r.URL.Query(), "generation")
	if e != nil {
		return e
	}
	conditions, e := headerConditions(r.Header)
	if e != nil {
		return e
	}
	o, content, e := s.find(bucket, name, generation, conditions, true)
	if e != nil {
		return e
	}
	defer content.Close()
	serve(w, r, o, content)
	return nil
}

// serve writes an object's headers and content, or the range of it that was
// asked for.
func serve(w http.ResponseWriter, r *http.Request, o *object, content io.ReadSeeker) {
	h := w.Header()
	describe(h, o)
	if o.ContentEncoding == "gzip" && !acceptsGzip(r) && !strings.Contains(o.CacheControl, "no-transform") {
		if unpack(w, r, content) {
			return
		}
	}
	switch ranged := r.Header.Get("Range") != ""; {
	case ranged && o.Size == 0:
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	case !ranged: // ServeContent leaves it out for an encoded content
		h.Set("Content-Length", strconv.FormatInt(o.Size, 10))
	}
	http.ServeContent(w, r, "", o.Updated, content)
}

func describe(h http.Header, o *object) {
	for name, value := range map[string]string{
		"Content-Type": o.ContentType, "Content-Encoding": o.ContentEncoding, "Content-Language": o.ContentLanguage,
		"Content-Disposition": o.ContentDisposition, "Cache-Control": o.CacheControl,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if o.ContentType == "" {
		h.Set("Content-Type", "application/octet-stream")
	}
	stored := o.ContentEncoding
	if stored == "" {
		stored = "identity"
	}
	h.Set("Etag", strconv.Quote(o.etag()))
	h.Set("X-Goog-Generation", strconv.FormatInt(o.Generation, 10))
	h.Set("X-Goog-Metageneration", strconv.FormatInt(o.Metageneration, 10))
	h.Set("X-Goog-Stored-Content-Encoding", stored)
	h.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(o.Size, 10))
	h.Set("X-Goog-Storage-Class", o.StorageClass)
	h["X-Goog-Hash"] = []string{"crc32c=" + o.CRC32C.String(), "md5=" + base64.StdEncoding.EncodeToString(o.MD5)}
	for k, v := range o.Metadata {
		h.Set("X-Goog-Meta-"+k, v)
	}
}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// unpack serves a gzip object to a client that did not ask for gzip, as the
// real service does: whole, whatever range was asked for. It is false, with
// nothing written, for a content that is not gzip at all.
func unpack(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) bool {
	z, err := gzip.NewReader(content)
	if err != nil {
		_, err := content.Seek(0, io.SeekStart)
		return err != nil
	}
	w.Header().Del("Content-Encoding")
	w.Header().Set("Warning", "214 UploadServer gunzipped")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, z) // the client is gone, or the object is damaged: the length tells
	}
	return true
}
