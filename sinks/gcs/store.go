package gcs

import (
	"context"
	"errors"
	"strconv"

	"cloud.google.com/go/storage"

	"github.com/mayfly-connect/mayfly/sinks/object"
)

// store is a bucket.
type store struct {
	config *config
	bucket *storage.BucketHandle
}

var _ object.Store = (*store)(nil)

func (s *store) Stat(ctx context.Context, name string) (object.Info, error) {
	a, err := s.bucket.Object(name).Attrs(ctx)
	if gone(err) {
		return object.Info{}, nil
	}
	if err != nil {
		return object.Info{}, s.config.failure("look up object "+name, canceled(ctx, err))
	}
	return object.Info{Exists: true, Size: a.Size, CRC32C: a.CRC32C, Generation: generationText(a.Generation), Meta: a.Metadata}, nil
}

func (s *store) Describe(ctx context.Context, name, generation string, d object.Description) error {
	o := s.bucket.Object(name).If(storage.Conditions{GenerationMatch: generationOf(generation)})
	_, err := o.Update(ctx, storage.ObjectAttrsToUpdate{Metadata: d.Meta})
	err = s.config.failure("describe object "+name, canceled(ctx, err))
	if errors.Is(err, object.ErrExists) || gone(err) {
		return nil // replaced or removed since: not this writer's any more
	}
	return err
}

func generationText(n int64) string { return strconv.FormatInt(n, 10) }

// generationOf returns the number of a generation, 0 for none.
func generationOf(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// chunkUnit is what the size of a part must be a multiple of.
const chunkUnit = 256 << 10

// Create starts an upload. The client sends nothing before the first part is full, so this does not block.
func (s *store) Create(ctx context.Context, name string, o object.Options) (object.Upload, error) {
	cond := storage.Conditions{DoesNotExist: o.Replace == "", GenerationMatch: generationOf(o.Replace)}
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := s.bucket.Object(name).If(cond).Retryer(storage.WithErrorFunc(s.config.patience())).NewWriter(sending)
	w.Metadata, w.ContentType, w.ContentEncoding = o.Meta, o.ContentType, s.config.contentEncoding
	size := int64(s.config.partSize)
	if o.Size > 0 {
		size = min(size, o.Size+1) // all of it in one request, which the client can repeat
	}
	w.ChunkSize = int((size + chunkUnit - 1) / chunkUnit * chunkUnit)
	w.ChunkRetryDeadline = retryLimit
	return &upload{store: s, name: name, w: w, cancel: cancel}, nil
}

// upload is an object on its way. The client's writer has a goroutine; it lives until Commit or Abort.
type upload struct {
	store  *store
	name   string
	w      *storage.Writer
	cancel context.CancelFunc
	ended  bool
}

func (u *upload) Write(ctx context.Context, p []byte) error {
	ctx, stop := context.WithTimeout(ctx, retryLimit)
	defer stop()
	defer context.AfterFunc(ctx, u.cancel)()
	_, err := u.w.Write(p)
	return u.store.config.failure("write object "+u.name, canceled(ctx, err))
}

func (u *upload) Commit(ctx context.Context) (string, error) {
	ctx, stop := context.WithTimeout(ctx, retryLimit)
	defer stop()
	defer context.AfterFunc(ctx, u.cancel)()
	u.ended = true
	err := u.w.Close()
	u.cancel()
	if err != nil {
		return "", u.store.config.failure("write object "+u.name, canceled(ctx, err))
	}
	return generationText(u.w.Attrs().Generation), nil
}

func (u *upload) Abort() {
	u.cancel()
	if !u.ended {
		u.ended = true
		_ = u.w.Close() // it waits for the goroutine; that the upload ends unfinished is what is wanted
	}
}
