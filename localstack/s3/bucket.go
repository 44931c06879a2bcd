package s3

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// bucket answers requests for a bucket itself: head, create, delete, and a list of its objects.
func (s *Server) bucket(w *recorder, r *http.Request, name string) {
	objects, ok := s.buckets[name]
	switch {
	case r.Method == http.MethodPut && ok:
		w.fail(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
	case r.Method == http.MethodPut:
		s.buckets[name] = map[string]*Object{}
	case !ok:
		w.fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case r.Method == http.MethodDelete && len(objects) > 0:
		w.fail(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty")
	case r.Method == http.MethodDelete:
		delete(s.buckets, name)
		w.status = http.StatusNoContent
	case r.Method == http.MethodGet:
		list(w, name, r.URL.Query().Get("prefix"), objects)
	}
}

func list(w *recorder, bucket, prefix string, objects map[string]*Object) {
	type entry struct {
		Key, ETag string
		Size      int
	}
	out := struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Name     string
		Prefix   string
		KeyCount int
		Contents []entry
	}{Name: bucket, Prefix: prefix}
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		if strings.HasPrefix(name, prefix) {
			out.Contents = append(out.Contents, entry{name, objects[name].ETag, len(objects[name].Content)})
		}
	}
	out.KeyCount = len(out.Contents)
	w.xml(out)
}
