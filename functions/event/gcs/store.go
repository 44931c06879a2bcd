// Package gcs reads the objects of Google Cloud Storage that events tell of, with the application's default credentials.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Store reads objects. It connects when it is first asked.
type Store struct {
	connect func() (*storage.Client, error)
}

var _ event.Store = (*Store)(nil)

// New returns a store; it does nothing yet.
func New() *Store {
	return &Store{connect: sync.OnceValues(func() (*storage.Client, error) {
		cl, err := storage.NewClient(context.Background()) //nolint:forbidigo // it outlives the request
		if err != nil {
			return nil, tasks.Fatal(fmt.Errorf("connect to Google Cloud Storage: %w", err))
		}
		return cl, nil
	})}
}

func (s *Store) object(r event.Ref) (*storage.ObjectHandle, error) {
	cl, err := s.connect()
	if err != nil {
		return nil, err
	}
	o := cl.Bucket(r.Bucket).Object(r.Key).ReadCompressed(true)
	if r.Version == "" {
		return o, nil
	}
	generation, err := strconv.ParseInt(r.Version, 10, 64)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s: the generation %q is no number", r, r.Version))
	}
	return o.Generation(generation), nil
}

// Size implements [event.Store].
func (s *Store) Size(ctx context.Context, r event.Ref) (int64, error) {
	o, err := s.object(r)
	if err != nil {
		return 0, err
	}
	a, err := o.Attrs(ctx)
	if err != nil {
		return 0, failure("look up", r, err)
	}
	return a.Size, nil
}

// Read implements [event.Store].
func (s *Store) Read(ctx context.Context, r event.Ref, from, n int64) (io.ReadCloser, error) {
	o, err := s.object(r)
	if err != nil {
		return nil, err
	}
	body, err := o.NewRangeReader(ctx, from, n)
	if err != nil {
		return nil, failure("read", r, err)
	}
	return body, nil
}

// failure gives an error its kind and says what a person can do.
func failure(what string, r event.Ref, err error) error {
	status := 0
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		status = e.Code
	}
	switch {
	case errors.Is(err, storage.ErrObjectNotExist), errors.Is(err, storage.ErrBucketNotExist), status == http.StatusNotFound, status == http.StatusPreconditionFailed:
		return event.ErrGone
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return tasks.Fatal(fmt.Errorf("%s %s: %w; grant the service's account roles/storage.objectViewer on the bucket", what, r, err))
	case status == http.StatusBadRequest:
		return tasks.Fatal(fmt.Errorf("%s %s: %w", what, r, err))
	}
	return tasks.Retriable(fmt.Errorf("%s %s: %w", what, r, err))
}
