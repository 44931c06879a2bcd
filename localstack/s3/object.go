package s3

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// content reads a request's body, which may come in chunks with signatures.
func content(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var out []byte
	for in := bufio.NewReader(r.Body); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("read the head of a chunk: %w", err)
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if err != nil {
			return nil, fmt.Errorf("read the size of a chunk: %w", err)
		}
		if n == 0 {
			return out, nil // what follows is trailers
		}
		chunk, err := io.ReadAll(io.LimitReader(in, int64(n)+2)) // the size is not to be trusted
		if err != nil || uint64(len(chunk)) < n+2 {
			return nil, fmt.Errorf("a chunk of %d bytes ends early: %w", n, errors.Join(err, io.ErrUnexpectedEOF))
		}
		out = append(out, chunk[:n]...)
	}
}

func checksum(b []byte) string {
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

func etag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// allowed checks the conditions of a request that makes an object.
func (s *Server) allowed(w *recorder, r *http.Request, bucket, key string) bool {
	o := s.buckets[bucket][key]
	none, match := r.Header.Get("If-None-Match"), r.Header.Get("If-Match")
	switch {
	case none == "*" && o != nil, match != "" && o != nil && match != o.ETag:
		w.fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return false
	case match != "" && o == nil:
		w.fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return false
	}
	return true
}

func (s *Server) keep(bucket, key string, o *Object) {
	if old := s.buckets[bucket][key]; old != nil {
		o.Replaced = old.Replaced + 1
	}
	s.buckets[bucket][key] = o
}

// kept is the headers of an upload that belong to the object.
func kept(h http.Header) http.Header {
	out := http.Header{}
	for k, v := range h {
		switch name := strings.ToLower(k); {
		case slices.Contains([]string{"content-type", "content-encoding", "x-amz-acl", "x-amz-storage-class", "if-none-match"}, name),
			strings.HasPrefix(name, "x-amz-server-side-encryption"), strings.HasPrefix(name, "x-amz-meta-"):
			out[k] = v
		}
	}
	return out
}

func (s *Server) put(w *recorder, r *http.Request, bucket, key string, body []byte) {
	if !s.allowed(w, r, bucket, key) {
		return
	}
	crc := checksum(body)
	if said := r.Header.Get("X-Amz-Checksum-Crc32c"); said != "" && said != crc {
		w.fail(http.StatusBadRequest, "BadDigest", "The CRC32C you specified did not match the calculated checksum.")
		return
	}
	o := &Object{Content: body, Header: kept(r.Header), ETag: etag(body), CRC32C: crc}
	s.keep(bucket, key, o)
	w.header.Set("ETag", o.ETag)
}

func (s *Server) get(w *recorder, r *http.Request, bucket, key string) {
	o := s.buckets[bucket][key]
	if o == nil {
		w.fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	if want := r.Header.Get("If-Match"); want != "" && strings.Trim(want, `"`) != strings.Trim(o.ETag, `"`) {
		w.fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	for k, v := range o.Header {
		if k != "If-None-Match" {
			w.header[k] = v
		}
	}
	w.header.Set("ETag", o.ETag)
	w.body = o.Content
	if from, to, ok := ranged(r.Header.Get("Range"), len(o.Content)); ok {
		w.status, w.body = http.StatusPartialContent, o.Content[from:to]
		w.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(o.Content)))
	} else {
		w.header.Set("X-Amz-Checksum-Crc32c", o.CRC32C)
		w.header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	w.header.Set("Content-Length", strconv.Itoa(len(w.body)))
}

// ranged reads a Range of the form bytes=from- or bytes=from-last; what is none of an object of that size is not one.
func ranged(text string, size int) (from, to int, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes=")
	first, last, dash := strings.Cut(text, "-")
	from, err := strconv.Atoi(first)
	if !ok || !dash || err != nil || from >= size {
		return 0, 0, false
	}
	to = size
	if n, err := strconv.Atoi(last); err == nil {
		to = min(size, n+1)
	}
	return from, to, from < to
}

// copy makes an object of another one, or of itself with other metadata.
func (s *Server) copy(w *recorder, r *http.Request, bucket, key string) {
	from, err := url.PathUnescape(strings.TrimPrefix(r.Header.Get("X-Amz-Copy-Source"), "/"))
	fromBucket, fromKey, _ := strings.Cut(from, "/")
	source := s.buckets[fromBucket][fromKey]
	switch match := r.Header.Get("X-Amz-Copy-Source-If-Match"); {
	case err != nil || source == nil:
		w.fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	case match != "" && match != source.ETag:
		w.fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	o := &Object{Content: source.Content, Header: source.Header, Tags: source.Tags, ETag: etag(source.Content), CRC32C: source.CRC32C}
	if r.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		o.Header = kept(r.Header)
	}
	if old := s.buckets[bucket][key]; old != nil {
		o.Replaced = old.Replaced // the content is the same
	}
	s.buckets[bucket][key] = o
	w.xml(struct {
		XMLName xml.Name `xml:"CopyObjectResult"`
		ETag    string
	}{ETag: o.ETag})
}

type tagSet struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

type tag struct{ Key, Value string }

func (s *Server) tagging(w *recorder, r *http.Request, bucket, key string, body []byte) {
	o := s.buckets[bucket][key]
	if o == nil {
		w.fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	if r.Method == http.MethodGet {
		var set tagSet
		for k, v := range o.Tags {
			set.Tags = append(set.Tags, tag{k, v})
		}
		w.xml(set)
		return
	}
	var set tagSet
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&set); err != nil {
		w.fail(http.StatusBadRequest, "MalformedXML", err.Error())
		return
	}
	o.Tags = map[string]string{}
	for _, t := range set.Tags {
		o.Tags[t.Key] = t.Value
	}
}
