package gcs

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// patchObject changes an object's attributes: those that the body names.
func (s *Server) patchObject(w http.ResponseWriter, c call) *apiError {
	body, err := io.ReadAll(io.LimitReader(c.Body, maxMetadataBody))
	if err != nil {
		return errInvalid("Parse Error: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, old, e := s.live(c)
	if e != nil {
		return e
	}
	o := *old
	if e := o.attributes.patch(body); e != nil {
		return e
	}
	o.Metageneration++
	o.Updated = time.Now()
	if err := s.medium.keep(&o, old, nil); err != nil {
		return errBackend(err)
	}
	b.put(&o)
	return writeFields(w, c, o.resource(c.base()))
}

// patch merges a JSON body into the attributes: null removes, and of the custom
// metadata the keys that are named change.
func (a *attributes) patch(body []byte) *apiError {
	var change, all map[string]any
	if err := json.Unmarshal(body, &change); err != nil {
		return errInvalid("Parse Error: %v", err)
	}
	now, err := json.Marshal(a)
	if err = errors.Join(err, json.Unmarshal(now, &all)); err != nil {
		return errBackend(err)
	}
	for k, v := range change {
		switch k {
		case "bucket", "name": // clients repeat where the object is
		case "contentType", "contentEncoding", "contentDisposition", "contentLanguage", "cacheControl", "customTime", "storageClass":
			all[k] = v
		case "metadata":
			custom, _ := all[k].(map[string]any)
			merged := maps.Clone(custom)
			if changed, ok := v.(map[string]any); !ok {
				merged = nil
			} else if merged == nil {
				merged = changed
			} else {
				maps.Copy(merged, changed)
			}
			maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
			all[k] = merged
		default:
			return errNotEmulated("a change of " + k)
		}
	}
	merged, err := json.Marshal(all)
	if err != nil {
		return errBackend(err)
	}
	*a = attributes{}
	if err := json.Unmarshal(merged, a); err != nil {
		return errInvalid("Parse Error: %v", err)
	}
	return a.check()
}

// deleteObject removes the live object.
func (s *Server) deleteObject(w http.ResponseWriter, c call) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, o, e := s.live(c)
	if e != nil {
		return e
	}
	if err := s.medium.remove(o); err != nil {
		return errBackend(err)
	}
	b.remove(o.Name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// live returns the live object that a call wants to change, with the
// preconditions checked. The caller holds s.mu.
func (s *Server) live(c call) (*bucket, *object, *apiError) {
	generation, e := readNumber(c.query, "generation")
	if e != nil {
		return nil, nil, e
	}
	conditions, e := readConditions(c.query, "if")
	if e != nil {
		return nil, nil, e
	}
	b, e := s.bucket(c.bucket)
	if e != nil {
		return nil, nil, e
	}
	o := b.objects[c.object]
	if o == nil || generation != nil && *generation != o.Generation {
		return nil, nil, errNoObject(c.bucket, c.object)
	}
	return b, o, conditions.check(o, false)
}
