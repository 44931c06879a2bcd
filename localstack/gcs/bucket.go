package gcs

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// A bucket holds objects by name. The server's lock guards it.
type bucket struct {
	name    string
	created time.Time
	objects map[string]*object
	sorted  []string // names in order, while ordered is true
	ordered bool
}

func newBucket(name string, created time.Time) *bucket {
	return &bucket{name: name, created: created, objects: map[string]*object{}}
}

func (b *bucket) put(o *object) {
	if b.objects[o.Name] == nil {
		b.ordered = false
	}
	b.objects[o.Name] = o
}

func (b *bucket) remove(name string) {
	delete(b.objects, name)
	b.ordered = false
}

// names returns the names of all objects in order.
func (b *bucket) names() []string {
	if !b.ordered {
		b.sorted, b.ordered = slices.Sorted(maps.Keys(b.objects)), true
	}
	return b.sorted
}

func (b *bucket) resource(base string) any {
	return map[string]any{
		"kind": "storage#bucket", "id": b.name, "name": b.name, "selfLink": base + jsonPrefix + "b/" + b.name,
		"projectNumber": "0", "location": "US", "locationType": "multi-region", "storageClass": "STANDARD",
		"timeCreated": b.created, "updated": b.created, "metageneration": "1", "etag": "CAE=",
	}
}

// createBucket makes an empty bucket.
func (s *Server) createBucket(name string) (*bucket, *apiError) {
	if e := checkBucketName(name); e != nil {
		return nil, e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[name] != nil {
		return nil, errConflict("Your previous request to create the named bucket succeeded and you already own it.")
	}
	if err := s.medium.makeBucket(name); err != nil {
		return nil, errBackend(err)
	}
	b := newBucket(name, time.Now())
	s.buckets[name] = b
	return b, nil
}

func (s *Server) insertBucket(w http.ResponseWriter, c call) *apiError {
	if c.query.Get("project") == "" {
		return errRequired("project")
	}
	var body struct{ Name string }
	if err := json.NewDecoder(c.Body).Decode(&body); err != nil {
		return errInvalid("Parse Error: %v", err)
	}
	if slices.Contains(s.forbidden, body.Name) {
		return errForbidden(body.Name)
	}
	b, e := s.createBucket(body.Name)
	if e != nil {
		return e
	}
	writeJSON(w, http.StatusOK, b.resource(c.base()))
	return nil
}

func (s *Server) getBucket(w http.ResponseWriter, c call) *apiError {
	s.mu.Lock()
	b, e := s.bucket(c.bucket)
	s.mu.Unlock()
	if e != nil {
		return e
	}
	writeJSON(w, http.StatusOK, b.resource(c.base()))
	return nil
}

func (s *Server) deleteBucket(w http.ResponseWriter, c call) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, e := s.bucket(c.bucket)
	if e != nil {
		return e
	}
	if len(b.objects) > 0 {
		return errConflict("The bucket you tried to delete is not empty.")
	}
	if err := s.medium.removeBucket(b.name); err != nil {
		return errBackend(err)
	}
	delete(s.buckets, b.name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) listBuckets(w http.ResponseWriter, c call) *apiError {
	if c.query.Get("project") == "" {
		return errRequired("project")
	}
	p, e := readPage(c.query)
	if e != nil {
		return e
	}
	s.mu.Lock()
	found := p.collect(slices.Sorted(maps.Keys(s.buckets)))
	answer := map[string]any{"kind": "storage#buckets"}
	var items []any
	for _, name := range found.names {
		items = append(items, s.buckets[name].resource(c.base()))
	}
	s.mu.Unlock()
	answer["items"] = items
	if found.next != "" {
		answer["nextPageToken"] = found.next
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// base is the URL under which the caller reached the emulator.
func (c *call) base() string {
	if c.TLS != nil {
		return "https://" + c.Host
	}
	return "http://" + c.Host
}
