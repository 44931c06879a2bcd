package gcs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"
	raw "google.golang.org/api/storage/v1"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Uploads go around the client library, which copies all that it sends twice, into memory of its own for each object, and reads
// it once more for a checksum: that cost more than all else that an executor does with bytes (tests/bench/results/bytes.md).

// chunkUnit is what the size of every part but the last must be a multiple of.
const chunkUnit = 256 << 10

// Create returns an upload; the first request is that of its first Write.
func (s *store) Create(_ context.Context, name string, o object.Options) (object.Upload, error) {
	if o.Size > 0 {
		return &whole{store: s, name: name, options: o}, nil
	}
	return &session{store: s, name: name, options: o}, nil
}

// address is where an object is sent to in a way of the service's (uploadType), if it is as the options say.
func (s *store) address(way, name string, o object.Options) string {
	q := url.Values{"uploadType": {way}, "name": {name}, "prettyPrint": {"false"}, "ifGenerationMatch": {generationText(generationOf(o.Replace))}}
	return s.uploads + "?" + q.Encode()
}

// resource describes an object to the service.
func (s *store) resource(name string, o object.Options) ([]byte, error) {
	r := raw.Object{Name: name, Metadata: o.Meta, ContentType: o.ContentType, ContentEncoding: s.config.contentEncoding}
	if o.Size > 0 {
		r.Crc32c = checksumText(o.CRC32C)
	}
	return json.Marshal(&r)
}

// checksumText is a CRC-32C as the service writes it.
func checksumText(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// answer is what the service says to a request.
type answer struct {
	more   bool // it wants more of the object
	header http.Header
	body   []byte
}

// send makes a request with a body of several pieces, which it does not copy.
func (s *store) send(ctx context.Context, method, address string, header http.Header, pieces ...[]byte) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return a, err
	}
	req.Header = header
	for _, p := range pieces {
		req.ContentLength += int64(len(p))
	}
	req.GetBody = func() (io.ReadCloser, error) {
		readers := make([]io.Reader, len(pieces))
		for i, p := range pieces {
			readers[i] = bytes.NewReader(p)
		}
		return io.NopCloser(io.MultiReader(readers...)), nil
	}
	if req.ContentLength > 0 {
		req.Body, _ = req.GetBody() // which cannot fail
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.more, a.header = resp.StatusCode == http.StatusPermanentRedirect, resp.Header
	if !a.more {
		err = googleapi.CheckResponse(resp)
	}
	if err == nil {
		a.body, err = io.ReadAll(resp.Body)
	}
	return a, err
}

// generation reads the answer to an upload that is complete.
func (a *answer) generation() (string, error) {
	var o raw.Object
	if err := json.Unmarshal(a.body, &o); err != nil {
		return "", fmt.Errorf("read the service's answer: %w", err)
	}
	return generationText(o.Generation), nil
}

// insist makes a request, and again after failures that may pass, as often and with such pauses as the configuration says.
func (s *store) insist(ctx context.Context, what string, request func(context.Context) error) error {
	ctx, stop := context.WithTimeout(ctx, retryLimit)
	defer stop()
	pause := s.config.pauses()
	for attempt := 1; ; attempt++ {
		err := request(ctx)
		if err == nil {
			return nil
		}
		if attempt >= s.config.attempts || !storage.ShouldRetry(err) || gax.Sleep(ctx, pause.Pause()) != nil {
			return s.config.failure(what, canceled(ctx, err))
		}
	}
}

// whole is an object that is sent in one request.
type whole struct {
	*store
	name       string
	options    object.Options
	generation string
}

// Write sends the object, so that it is there before Commit.
func (u *whole) Write(ctx context.Context, p []byte) error {
	resource, err := u.resource(u.name, u.options)
	if err != nil {
		return tasks.Fatal(err)
	}
	boundary := rand.Text()
	head := fmt.Appendf(nil, "--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n--%s\r\nContent-Type: %s\r\n\r\n",
		boundary, resource, boundary, u.options.ContentType)
	tail := fmt.Appendf(nil, "\r\n--%s--\r\n", boundary)
	return u.insist(ctx, "write object "+u.name, func(ctx context.Context) error {
		header := http.Header{"Content-Type": {"multipart/related; boundary=" + boundary}}
		a, err := u.send(ctx, http.MethodPost, u.address("multipart", u.name, u.options), header, head, p, tail)
		if err == nil {
			u.generation, err = a.generation()
		}
		return err
	})
}

// Commit has nothing left to do.
func (u *whole) Commit(context.Context, uint32) (string, error) { return u.generation, nil }

// Abort has nothing to give up.
func (u *whole) Abort() {}

// session is an object that is sent in parts; until Commit there is nothing under its name. One that is given up the service
// forgets by itself.
type session struct {
	*store
	name       string
	options    object.Options
	address    string // empty before the first part
	sent       int64
	rest       []byte // too short for a part, or perhaps the last bytes
	generation string
}

// Write sends all but the last bytes, which Commit sends.
func (u *session) Write(ctx context.Context, p []byte) error {
	n := (len(u.rest)+len(p)-1)/chunkUnit*chunkUnit - len(u.rest)
	if n <= 0 {
		u.rest = append(u.rest, p...)
		return nil
	}
	if u.address == "" {
		if err := u.begin(ctx); err != nil {
			return err
		}
	}
	if err := u.part(ctx, "*", "", u.rest, p[:n]); err != nil {
		return err
	}
	u.rest = append(u.rest[:0], p[n:]...)
	return nil
}

func (u *session) begin(ctx context.Context) error {
	resource, err := u.resource(u.name, u.options)
	if err != nil {
		return tasks.Fatal(err)
	}
	return u.insist(ctx, "begin object "+u.name, func(ctx context.Context) error {
		header := http.Header{"Content-Type": {"application/json; charset=UTF-8"}, "X-Upload-Content-Type": {u.options.ContentType}}
		a, err := u.send(ctx, http.MethodPost, u.store.address("resumable", u.name, u.options), header, resource)
		if err == nil {
			u.address = a.header.Get("Location")
		}
		return err
	})
}

// part sends two pieces as the next part, of an object with so many bytes in total ("*": more will come) and such a checksum.
func (u *session) part(ctx context.Context, total, sum string, a, b []byte) error {
	end := u.sent + int64(len(a)+len(b))
	for u.sent < end || total != "*" && u.generation == "" {
		before := u.sent
		err := u.insist(ctx, "write object "+u.name, func(ctx context.Context) error {
			header := http.Header{"Content-Range": {contentRange(u.sent, end, total)}}
			if sum != "" {
				header.Set("X-Goog-Hash", "crc32c="+sum)
			}
			answer, err := u.send(ctx, http.MethodPut, u.address, header, a, b)
			if err == nil {
				err = u.took(answer, end)
			}
			return err
		})
		if err != nil {
			return u.gone(err)
		}
		if u.sent == before && u.generation == "" {
			return tasks.Retriable(fmt.Errorf("connector %s: write object %s in bucket %s: the service takes no more than %d bytes of it",
				u.config.connector, u.name, u.config.bucket, before))
		}
		done := int(u.sent - before) // mostly all
		a, b = a[min(done, len(a)):], b[max(0, min(done-len(a), len(b))):]
	}
	return nil
}

// contentRange says which bytes of an object a part has.
func contentRange(from, end int64, total string) string {
	if from == end {
		return "bytes */" + total
	}
	return fmt.Sprintf("bytes %d-%d/%s", from, end-1, total)
}

// took reads the answer to a part: the service may have kept less than it was sent.
func (u *session) took(a answer, end int64) (err error) {
	if !a.more {
		u.sent = end
		u.generation, err = a.generation()
		return err
	}
	_, last, _ := strings.Cut(a.header.Get("Range"), "-")
	if n, err := strconv.ParseInt(last, 10, 64); err == nil {
		u.sent = min(max(u.sent, n+1), end)
	}
	return nil
}

// gone makes an error of a session that the service has forgotten retriable: what was sent is lost, the slice is run again.
func (u *session) gone(err error) error {
	if e, ok := errors.AsType[*googleapi.Error](err); ok && (e.Code == http.StatusNotFound || e.Code == http.StatusGone) {
		return tasks.Retriable(fmt.Errorf("connector %s: write object %s in bucket %s: the service has ended the upload: %w", u.config.connector, u.name, u.config.bucket, err))
	}
	return err
}

func (u *session) Commit(ctx context.Context, sum uint32) (string, error) {
	if u.address == "" {
		if err := u.begin(ctx); err != nil {
			return "", err
		}
	}
	err := u.part(ctx, strconv.FormatInt(u.sent+int64(len(u.rest)), 10), checksumText(sum), u.rest, nil)
	return u.generation, err
}

// Abort has nothing to give up.
func (u *session) Abort() {}
