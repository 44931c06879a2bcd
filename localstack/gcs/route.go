package gcs

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	jsonPrefix     = "/storage/v1/"
	uploadPrefix   = "/upload/storage/v1/"
	downloadPrefix = "/download/storage/v1/"
)

// A call is a request to the JSON API, taken apart.
type call struct {
	*http.Request
	query  url.Values
	bucket string
	object string
}

// route finds who answers. Not http.ServeMux: it would tidy up paths, and in
// an object's name every slash and dot counts.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, uploadPrefix); ok {
		s.answer(w, r, rest, s.routeUpload)
	} else if rest, ok := strings.CutPrefix(path, downloadPrefix); ok {
		s.answer(w, r, rest, s.routeDownload)
	} else if rest, ok := strings.CutPrefix(path, jsonPrefix); ok {
		s.answer(w, r, rest, s.routeJSON)
	} else if e := s.readXML(w, r, path); e != nil {
		writeError(w, r, e)
	}
}

// answer calls a route with the unescaped segments of a path: ["b", bucket,
// "o", object, …].
func (s *Server) answer(w http.ResponseWriter, r *http.Request, path string, route func(http.ResponseWriter, call, []string) *apiError) {
	segments := strings.Split(path, "/")
	for i := range segments {
		var err error
		if segments[i], err = url.PathUnescape(segments[i]); err != nil {
			writeError(w, r, errInvalid("malformed path"))
			return
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		writeError(w, r, errInvalid("malformed query"))
		return
	}
	c := call{Request: r, query: query}
	if len(segments) > 1 {
		c.bucket = segments[1]
	}
	if len(segments) > 3 {
		c.object = segments[3]
	}
	if segments[0] != "b" || len(segments) > 2 && segments[2] != "o" {
		err := errNotEmulated(r.Method + " " + r.URL.Path)
		writeError(w, r, err)
		return
	}
	if e := route(w, c, segments); e != nil {
		writeError(w, r, e)
	}
}

func (s *Server) routeJSON(w http.ResponseWriter, c call, segments []string) *apiError {
	type endpoint = func(http.ResponseWriter, call) *apiError
	var at map[string]endpoint
	switch n := len(segments); {
	case n == 1:
		at = map[string]endpoint{"GET": s.listBuckets, "POST": s.insertBucket}
	case n == 2:
		at = map[string]endpoint{"GET": s.getBucket, "DELETE": s.deleteBucket}
	case n == 3:
		at = map[string]endpoint{"GET": s.list}
	case n == 4 && c.query.Get("alt") == "media":
		at = map[string]endpoint{"GET": s.download, "HEAD": s.download}
	case n == 4:
		at = map[string]endpoint{"GET": s.getObject, "PATCH": s.patchObject, "DELETE": s.deleteObject}
	case n == 9 && segments[5] == "b" && segments[7] == "o" && (segments[4] == "rewriteTo" || segments[4] == "copyTo"):
		at = map[string]endpoint{"POST": func(w http.ResponseWriter, c call) *apiError {
			return s.copyObject(w, c, segments[6], segments[8], segments[4] == "rewriteTo")
		}}
	}
	if answer, ok := at[c.Method]; ok {
		return answer(w, c)
	}
	return errNotEmulated(c.Method + " " + c.URL.Path)
}

func (s *Server) routeUpload(w http.ResponseWriter, c call, segments []string) *apiError {
	if len(segments) != 3 {
		return errNotEmulated(c.Method + " " + c.URL.Path)
	}
	if id := c.query.Get("upload_id"); id != "" {
		return s.continueSession(w, c, id)
	}
	if c.Method != http.MethodPost {
		return errNotEmulated(c.Method + " " + c.URL.Path)
	}
	switch kind := c.query.Get("uploadType"); kind {
	case "media":
		return s.insertMedia(w, c)
	case "multipart":
		return s.insertMultipart(w, c)
	case "resumable":
		return s.startSession(w, c)
	default:
		return errInvalid("Invalid upload type: %q", kind)
	}
}

func (s *Server) routeDownload(w http.ResponseWriter, c call, segments []string) *apiError {
	if len(segments) != 4 || c.Method != http.MethodGet && c.Method != http.MethodHead {
		return errNotEmulated(c.Method + " " + c.URL.Path)
	}
	return s.download(w, c)
}
