package gcs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// An upload is an object to be: everything but its content.
type upload struct {
	attributes
	bucket, name string
	conditions   conditions
	md5          string // in base64 if the client stated one
	crc          *crc   // if the client stated one
}

// maxMetadataBody bounds the JSON that describes an object.
const maxMetadataBody = 1 << 20

// newUpload reads what the query says, and the JSON in metadata if that is
// not nil.
func newUpload(c call, metadata io.Reader) (*upload, *apiError) {
	u := &upload{bucket: c.bucket}
	if metadata != nil {
		var body struct {
			attributes
			Name   string `json:"name"`
			MD5    string `json:"md5Hash"`
			CRC32C *crc   `json:"crc32c"`
		}
		err := json.NewDecoder(io.LimitReader(metadata, maxMetadataBody)).Decode(&body)
		if err != nil && !errors.Is(err, io.EOF) { // a body may be missing
			return nil, errInvalid("Parse Error: %v", err)
		}
		u.attributes, u.name, u.md5, u.crc = body.attributes, body.Name, body.MD5, body.CRC32C
	}
	if name := c.query.Get("name"); name != "" {
		u.name = name
	}
	if encoding := c.query.Get("contentEncoding"); encoding != "" {
		u.ContentEncoding = encoding
	}
	if e := checkObjectName(u.name); e != nil {
		return nil, e
	}
	if e := u.check(); e != nil {
		return nil, e
	}
	for _, name := range []string{"kmsKeyName", "predefinedAcl"} {
		if c.query.Get(name) != "" {
			return nil, errNotEmulated(name)
		}
	}
	if c.Header.Get("X-Goog-Encryption-Algorithm") != "" {
		return nil, errNotEmulated("customer-supplied encryption keys")
	}
	var e *apiError
	u.conditions, e = readConditions(c.query, "if")
	return u, e
}

// expect takes in the checksums that a request's headers state.
func (u *upload) expect(h http.Header) *apiError {
	for _, line := range h.Values("X-Goog-Hash") {
		for part := range strings.SplitSeq(line, ",") {
			kind, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch kind {
			case "crc32c":
				u.crc = new(crc)
				if err := u.crc.UnmarshalText([]byte(value)); err != nil {
					return errInvalid("%v", err)
				}
			case "md5":
				u.md5 = value
			}
		}
	}
	if value := h.Get("Content-MD5"); value != "" {
		u.md5 = value
	}
	return nil
}

// verify compares the content with what the client stated of it.
func (u *upload) verify(d *draft) *apiError {
	if got := crc(d.crc); u.crc != nil && *u.crc != got {
		return errInvalid("Provided CRC32C %q doesn't match calculated CRC32C %q.", *u.crc, got)
	}
	if got := base64.StdEncoding.EncodeToString(d.md5.Sum(nil)); u.md5 != "" && u.md5 != got {
		return errInvalid("Provided MD5 hash %q doesn't match calculated MD5 hash %q.", u.md5, got)
	}
	return nil
}

// possible says early what commit would refuse.
func (s *Server) possible(u *upload) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, e := s.bucket(u.bucket)
	if e != nil {
		return e
	}
	return u.conditions.check(b.objects[u.name], false)
}

// commit makes the draft the live object, if the preconditions hold at this
// very moment.
func (s *Server) commit(u *upload, d *draft) (*object, *apiError) {
	if e := u.verify(d); e != nil {
		return nil, e
	}
	o := &object{
		attributes: u.attributes, Bucket: u.bucket, Name: u.name, Metageneration: 1,
		Size: d.size, MD5: d.md5.Sum(nil), CRC32C: crc(d.crc),
	}
	if o.StorageClass == "" {
		o.StorageClass = "STANDARD"
	}
	if e := s.replace(o, u.conditions, d); e != nil {
		return nil, e
	}
	return o, nil
}

// replace stores o as a new generation in the place of the live object of its
// name.
func (s *Server) replace(o *object, conditions conditions, d *draft) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, e := s.bucket(o.Bucket)
	if e != nil {
		return e
	}
	old := b.objects[o.Name]
	if e := conditions.check(old, false); e != nil {
		return e
	}
	now := time.Now()
	o.Generation, o.Created, o.Updated = s.nextGeneration(now), now, now
	if err := s.medium.keep(o, old, d); err != nil {
		return errBackend(fmt.Errorf("store object %s/%s: %w", o.Bucket, o.Name, err))
	}
	b.put(o)
	return nil
}

// insertMedia takes an upload whose body is the content and nothing else.
func (s *Server) insertMedia(w http.ResponseWriter, c call) *apiError {
	u, e := newUpload(c, nil)
	if e != nil {
		return e
	}
	u.ContentType = c.Header.Get("Content-Type")
	return s.insert(w, c, u, c.Body)
}

// insertMultipart takes an upload in two parts: JSON, and the content.
func (s *Server) insertMultipart(w http.ResponseWriter, c call) *apiError {
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || params["boundary"] == "" {
		return errInvalid("Content-Type %q is not multipart/related with a boundary", c.Header.Get("Content-Type"))
	}
	parts := multipart.NewReader(c.Body, params["boundary"])
	metadata, err := parts.NextRawPart()
	if err != nil {
		return errInvalid("multipart body without metadata: %v", err)
	}
	u, e := newUpload(c, metadata)
	if e != nil {
		return e
	}
	media, err := parts.NextRawPart()
	if err != nil {
		return errInvalid("multipart body without media: %v", err)
	}
	if u.ContentType == "" {
		u.ContentType = media.Header.Get("Content-Type")
	}
	return s.insert(w, c, u, media)
}

// insert takes an upload in one request.
func (s *Server) insert(w http.ResponseWriter, c call, u *upload, content io.Reader) *apiError {
	if e := u.expect(c.Header); e != nil {
		return e
	}
	if e := s.possible(u); e != nil {
		return e
	}
	d := s.medium.draft()
	defer d.discard()
	if n := c.ContentLength; n > 0 && n <= spillAbove {
		d.buf = make([]byte, 0, n)
	}
	if _, err := io.Copy(d, content); err != nil {
		return errInvalid("upload of %s: %v", u.name, err) // the client is gone, or its body is not whole
	}
	o, e := s.commit(u, d)
	if e != nil {
		return e
	}
	return writeFields(w, c, o.resource(c.base()))
}

func sessionURL(c call, id, name string) string {
	q := url.Values{"uploadType": {"resumable"}, "upload_id": {id}, "name": {name}}
	return c.base() + uploadPrefix + "b/" + url.PathEscape(c.bucket) + "/o?" + q.Encode()
}
