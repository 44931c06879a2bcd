package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// failure turns an error of the client into one of the kinds of package tasks, with advice where a person can help. what
// is what was tried.
func (c *config) failure(what string, err error) error {
	if err == nil {
		return nil
	}
	wrapped := func(advice string) error {
		return fmt.Errorf("connector %s: %s in bucket %s: %w%s", c.connector, what, c.bucket, err, advice)
	}
	code := 0
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		code = e.Code
	}
	switch {
	case code == http.StatusPreconditionFailed:
		return object.ErrExists
	case errors.Is(err, storage.ErrBucketNotExist), code == http.StatusNotFound:
		return tasks.Fatal(wrapped("; create the bucket, or correct " + keyBucket))
	case code == http.StatusForbidden:
		return tasks.Fatal(wrapped("; grant the executor's account storage.buckets.get, storage.objects.create, storage.objects.get, " +
			"storage.objects.update and storage.objects.delete on the bucket, or correct " + keyBucket))
	case code == http.StatusUnauthorized:
		return tasks.Fatal(wrapped("; check " + keyCredentialsPath + ", " + keyCredentialsJSON + " or the environment's credentials"))
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500, code == 0:
		return tasks.Retriable(wrapped("")) // a network that fails, a deadline that comes: they have no code
	}
	return tasks.Fatal(wrapped(""))
}

// gone reports whether an object is not there.
func gone(err error) bool { return errors.Is(err, storage.ErrObjectNotExist) }

// canceled is the error of a context that ended.
func canceled(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && err != nil {
		return errors.Join(cause, err)
	}
	return err
}
