package gcs

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"cloud.google.com/go/storage"

	"github.com/mayfly-connect/mayfly/sinks/object"
)

// store is a bucket.
type store struct {
	config *config
	client *storage.Client
	bucket *storage.BucketHandle
	// http sends objects to the address uploads.
	http    *http.Client
	uploads string
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
