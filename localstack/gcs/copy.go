package gcs

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// copyObject makes an object of another one's content, in one go whatever its
// size. Without a body the attributes are copied too.
func (s *Server) copyObject(w http.ResponseWriter, c call, bucket, name string, rewrite bool) *apiError {
	if e := checkObjectName(name); e != nil {
		return e
	}
	generation, e := readNumber(c.query, "sourceGeneration")
	if e != nil {
		return e
	}
	from, e := readConditions(c.query, "ifSource")
	if e != nil {
		return e
	}
	to, e := readConditions(c.query, "if")
	if e != nil {
		return e
	}
	source, content, e := s.find(c.bucket, c.object, generation, from, true)
	if e != nil {
		if e.code == http.StatusNotModified { // there is nothing to read here
			e = errPrecondition("If-None-Match")
		}
		return e
	}
	defer content.Close()
	u := &upload{attributes: source.attributes, bucket: bucket, name: name, conditions: to}
	if e := u.override(c.Body); e != nil {
		return e
	}
	d := s.medium.draft()
	defer d.discard()
	if _, err := io.Copy(d, content); err != nil {
		return errBackend(err)
	}
	o, e := s.commit(u, d)
	if e != nil {
		return e
	}
	if !rewrite {
		return writeFields(w, c, o.resource(c.base()))
	}
	return writeFields(w, c, struct {
		Kind    string   `json:"kind"`
		Written int64    `json:"totalBytesRewritten,string"`
		Size    int64    `json:"objectSize,string"`
		Done    bool     `json:"done"`
		Object  resource `json:"resource"`
	}{"storage#rewriteResponse", o.Size, o.Size, true, o.resource(c.base())})
}

// override takes the attributes from a body that has any.
func (u *upload) override(body io.Reader) *apiError {
	var a attributes
	err := json.NewDecoder(io.LimitReader(body, maxMetadataBody)).Decode(&a)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return errInvalid("Parse Error: %v", err)
	}
	if !a.empty() {
		u.attributes = a
	}
	return u.check()
}

func (a *attributes) empty() bool {
	return a.ContentType == "" && a.ContentEncoding == "" && a.ContentDisposition == "" && a.ContentLanguage == "" &&
		a.CacheControl == "" && a.StorageClass == "" && a.CustomTime == "" && a.Metadata == nil
}
