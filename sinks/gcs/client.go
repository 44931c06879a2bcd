package gcs

import (
	"context"
	"fmt"
	"os"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"

	"github.com/mayfly-connect/mayfly/tasks"
)

// emulatorVariable names the environment variable by which Google's clients find an emulator.
const emulatorVariable = "STORAGE_EMULATOR_HOST"

// retryLimit bounds how long a request is repeated, whatever the number of attempts. What takes longer is for the
// coordinator to try again.
const retryLimit = 30 * time.Second

// patience says after each attempt of an upload's request whether it is made again. The client minds the number of attempts
// everywhere but there. It is asked after attempts that went well, too, with nil: then the next request begins.
func (c *config) patience() func(error) bool {
	failed := 0
	return func(err error) bool {
		if err == nil {
			failed = 0
			return false
		}
		failed++
		return failed < c.attempts && storage.ShouldRetry(err)
	}
}

// connect makes a client, without a request.
func connect(ctx context.Context, c *config) (*storage.Client, error) {
	opts := []option.ClientOption{storage.WithDisabledClientMetrics()}
	switch {
	case os.Getenv(emulatorVariable) != "":
		opts = append(opts, option.WithoutAuthentication())
	case c.credentialsJSON != "":
		opts = append(opts, option.WithAuthCredentialsJSON(option.ServiceAccount, []byte(c.credentialsJSON)))
	case c.credentialsPath != "":
		opts = append(opts, option.WithAuthCredentialsFile(option.ServiceAccount, c.credentialsPath))
	case c.anonymous:
		opts = append(opts, option.WithoutAuthentication())
	}
	if c.userAgent != "" {
		opts = append(opts, option.WithUserAgent(c.userAgent))
	}
	if c.endpoint != "" {
		opts = append(opts, option.WithEndpoint(c.endpoint))
	}
	// The client keeps the context for its tokens, longer than this call.
	client, err := storage.NewClient(context.WithoutCancel(ctx), opts...)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: connect to Google Cloud Storage: %w; check %s, %s or the environment's credentials",
			c.connector, err, keyCredentialsPath, keyCredentialsJSON))
	}
	// Every request that writes has a precondition, so that each may be repeated.
	client.SetRetry(storage.WithPolicy(storage.RetryAlways), storage.WithMaxAttempts(c.attempts), storage.WithMaxRetryDuration(retryLimit),
		storage.WithBackoff(gax.Backoff{Initial: max(c.backoff, time.Millisecond), Max: 10 * time.Second, Multiplier: 2}))
	return client, nil
}
