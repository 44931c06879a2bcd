package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// status is the HTTP status that an error came with, or 0.
func status(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// failure gives an error its kind and says what a person can do. what is what was tried.
func (c *config) failure(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		err = errors.Join(cause, err)
	}
	wrapped := func(advice string) error {
		return fmt.Errorf("connector %s: %s in bucket %s: %w%s", c.connector, what, c.bucket, err, advice)
	}
	switch code := status(err); {
	case code == http.StatusPreconditionFailed, code == http.StatusConflict:
		return object.ErrExists
	case code == http.StatusNotFound:
		return tasks.Fatal(wrapped("; create the bucket, or correct " + c.keyBucket))
	case code == http.StatusForbidden:
		return tasks.Fatal(wrapped("; grant the executor's identity s3:PutObject, s3:GetObject, s3:AbortMultipartUpload and, where they are used, " +
			"s3:PutObjectTagging and s3:PutObjectAcl on the bucket's objects, or correct " + c.keyBucket))
	case code == http.StatusMovedPermanently:
		return tasks.Fatal(wrapped("; the bucket is in another region: correct " + c.keyRegion))
	case code == http.StatusUnauthorized:
		return tasks.Fatal(wrapped("; check " + keyAccess + ", " + keySecret + " or the environment's credentials"))
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500, code == 0:
		return tasks.Retriable(wrapped("")) // a network that fails, a deadline that comes: they have no code
	}
	return tasks.Fatal(wrapped(""))
}
