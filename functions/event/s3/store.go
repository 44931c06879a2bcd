// Package s3 reads the objects of Amazon S3 that events tell of, with the credentials, the region and the endpoint that AWS's SDK finds
// in the environment (AWS_ENDPOINT_URL_S3 for another service of the protocol), and invokes the function again where an object takes
// longer than one invocation.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Store reads objects. It connects when it is first asked.
type Store struct {
	connect func() (*s3.Client, error)
}

var _ event.Store = (*Store)(nil)

// New returns a store; it does nothing yet.
func New() *Store {
	return &Store{connect: sync.OnceValues(func() (*s3.Client, error) {
		cfg, err := awsconfig.LoadDefaultConfig(context.Background()) //nolint:forbidigo // it reads files, and outlives the request
		if err != nil {
			return nil, tasks.Fatal(fmt.Errorf("read the settings of the AWS client: %w", err))
		}
		return s3.NewFromConfig(cfg, func(o *s3.Options) {
			// Buckets of other services have no host names of their own. What is read in ranges has no checksum to validate.
			o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL_S3") != "" || os.Getenv("AWS_ENDPOINT_URL") != ""
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}), nil
	})}
}

// Size implements [event.Store].
func (s *Store) Size(ctx context.Context, r event.Ref) (int64, error) {
	cl, err := s.connect()
	if err != nil {
		return 0, err
	}
	h, err := cl.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: text(r.Version), IfMatch: etag(r)})
	if err != nil {
		return 0, failure("look up", r, err)
	}
	return aws.ToInt64(h.ContentLength), nil
}

// Read implements [event.Store].
func (s *Store) Read(ctx context.Context, r event.Ref, from, n int64) (io.ReadCloser, error) {
	cl, err := s.connect()
	if err != nil {
		return nil, err
	}
	within := fmt.Sprintf("bytes=%d-", from)
	if n >= 0 {
		within += fmt.Sprint(from + n - 1)
	}
	o, err := cl.GetObject(ctx, &s3.GetObjectInput{Bucket: &r.Bucket, Key: &r.Key, VersionId: text(r.Version), IfMatch: etag(r), Range: &within})
	if err != nil {
		return nil, failure("read", r, err)
	}
	return o.Body, nil
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// etag is what an object without versions must be.
func etag(r event.Ref) *string {
	if r.Version != "" || r.ETag == "" {
		return nil
	}
	return aws.String(`"` + r.ETag + `"`)
}

// failure gives an error its kind and says what a person can do.
func failure(what string, r event.Ref, err error) error {
	status := 0
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = e.HTTPStatusCode()
	}
	switch status {
	case http.StatusNotFound, http.StatusPreconditionFailed:
		return event.ErrGone
	case http.StatusForbidden:
		return tasks.Fatal(fmt.Errorf("%s %s: %w; grant the function's role s3:GetObject and s3:GetObjectVersion on the bucket's objects, s3:ListBucket to tell "+
			"objects that are gone, and kms:Decrypt where they are encrypted with a key of yours", what, r, err))
	case http.StatusMovedPermanently, http.StatusUnauthorized, http.StatusBadRequest:
		return tasks.Fatal(fmt.Errorf("%s %s: %w; check the function's region and credentials", what, r, err))
	}
	return tasks.Retriable(fmt.Errorf("%s %s: %w", what, r, err))
}
