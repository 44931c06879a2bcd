package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// upload is a multipart upload under way.
type upload struct {
	bucket, key string
	header      http.Header
	parts       map[int][]byte
}

// minPart is the least size of all parts but the last.
const minPart = 5 << 20

func (s *Server) begin(w *recorder, r *http.Request, bucket, key string) {
	s.last++
	id := "upload-" + strconv.Itoa(s.last)
	s.uploads[id] = &upload{bucket: bucket, key: key, header: kept(r.Header), parts: map[int][]byte{}}
	w.xml(struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket   string
		Key      string
		UploadID string `xml:"UploadId"`
	}{Bucket: bucket, Key: key, UploadID: id})
}

func (s *Server) multipart(w *recorder, r *http.Request, q url.Values, bucket, key string, body []byte) {
	id := q.Get("uploadId")
	u := s.uploads[id]
	switch {
	case u == nil || u.bucket != bucket || u.key != key:
		w.fail(http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist.")
	case r.Method == http.MethodPut:
		n, err := strconv.Atoi(q.Get("partNumber"))
		if err != nil || n < 1 || n > 10_000 {
			w.fail(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
			return
		}
		u.parts[n] = body
		w.header.Set("ETag", etag(body))
	case r.Method == http.MethodDelete:
		delete(s.uploads, id)
		w.status = http.StatusNoContent
	case r.Method == http.MethodPost:
		s.complete(w, r, id, u, body)
	}
}

func (s *Server) complete(w *recorder, r *http.Request, id string, u *upload, body []byte) {
	var asked struct {
		Parts []struct {
			PartNumber int
			ETag       string
		} `xml:"Part"`
	}
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&asked); err != nil || len(asked.Parts) == 0 {
		w.fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed")
		return
	}
	if !s.allowed(w, r, u.bucket, u.key) {
		return
	}
	var all, sums []byte
	for i, p := range asked.Parts {
		part, ok := u.parts[p.PartNumber]
		switch {
		case !ok || etag(part) != p.ETag:
			w.fail(http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.")
			return
		case len(part) < minPart && i < len(asked.Parts)-1:
			w.fail(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
			return
		}
		all = append(all, part...)
		sum := md5.Sum(part)
		sums = append(sums, sum[:]...)
	}
	sum := md5.Sum(sums)
	o := &Object{Content: all, Header: u.header, ETag: fmt.Sprintf(`"%s-%d"`, hex.EncodeToString(sum[:]), len(asked.Parts)), CRC32C: checksum(all)}
	if v := r.Header["If-None-Match"]; v != nil {
		o.Header["If-None-Match"] = v
	}
	s.keep(u.bucket, u.key, o)
	delete(s.uploads, id)
	w.xml(struct {
		XMLName xml.Name `xml:"CompleteMultipartUploadResult"`
		Key     string
		ETag    string
	}{Key: u.key, ETag: o.ETag})
}
