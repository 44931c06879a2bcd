package gcs

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/option/internaloption"
	raw "google.golang.org/api/storage/v1"
	transport "google.golang.org/api/transport/http"

	"github.com/mayfly-connect/mayfly/tasks"
)

// emulatorVariable names the environment variable by which Google's clients find an emulator.
const emulatorVariable = "STORAGE_EMULATOR_HOST"

// retryLimit bounds how long a request is repeated, whatever the number of attempts. What takes longer is for the
// coordinator to try again.
const retryLimit = 30 * time.Second

// pauses are those between the attempts of a request.
func (c *config) pauses() gax.Backoff {
	return gax.Backoff{Initial: max(c.backoff, time.Millisecond), Max: 10 * time.Second, Multiplier: 2}
}

// connect makes a client, without a request.
func connect(ctx context.Context, c *config) (*store, error) {
	// The clients keep the context for their tokens, longer than this call.
	ctx = context.WithoutCancel(ctx)
	hc, endpoint, err := transport.NewClient(ctx, c.options()...)
	if err != nil {
		return nil, c.unconnected(err)
	}
	client, err := storage.NewClient(ctx, storage.WithDisabledClientMetrics(), option.WithHTTPClient(hc), option.WithEndpoint(endpoint), option.WithoutAuthentication())
	if err != nil {
		return nil, c.unconnected(err)
	}
	// Every request that writes has a precondition, so that each may be repeated.
	client.SetRetry(storage.WithPolicy(storage.RetryAlways), storage.WithMaxAttempts(c.attempts), storage.WithMaxRetryDuration(retryLimit),
		storage.WithBackoff(c.pauses()))
	return &store{config: c, client: client, bucket: client.Bucket(c.bucket), http: hc,
		uploads: googleapi.ResolveRelative(endpoint, "/upload/storage/v1/b/"+url.PathEscape(c.bucket)+"/o")}, nil
}

func (c *config) unconnected(err error) error {
	return tasks.Fatal(fmt.Errorf("connector %s: connect to Google Cloud Storage: %w; check %s, %s or the environment's credentials",
		c.connector, err, keyCredentialsPath, keyCredentialsJSON))
}

// options say where the service is and who asks. The defaults are those of the service's client library, which does not hand out
// the connection that it makes of them.
func (c *config) options() []option.ClientOption {
	opts := []option.ClientOption{option.WithTelemetryDisabled(), internaloption.WithDefaultUniverseDomain("googleapis.com")}
	emulator := os.Getenv(emulatorVariable)
	switch {
	case emulator != "":
		opts = append(opts, option.WithoutAuthentication())
	case c.credentialsJSON != "":
		opts = append(opts, option.WithAuthCredentialsJSON(option.ServiceAccount, []byte(c.credentialsJSON)))
	case c.credentialsPath != "":
		opts = append(opts, option.WithAuthCredentialsFile(option.ServiceAccount, c.credentialsPath))
	case c.anonymous:
		opts = append(opts, option.WithoutAuthentication())
	}
	if emulator != "" {
		if !strings.Contains(emulator, "://") {
			emulator = "http://" + emulator
		}
		endpoint := strings.TrimSuffix(emulator, "/") + "/storage/v1/"
		opts = append(opts, internaloption.WithDefaultEndpointTemplate(endpoint), internaloption.WithDefaultMTLSEndpoint(endpoint))
	} else {
		opts = append(opts, option.WithScopes(storage.ScopeFullControl, raw.CloudPlatformScope),
			internaloption.WithDefaultEndpointTemplate("https://storage.UNIVERSE_DOMAIN/storage/v1/"),
			internaloption.WithDefaultMTLSEndpoint("https://storage.mtls.googleapis.com/storage/v1/"))
	}
	if c.userAgent != "" {
		opts = append(opts, option.WithUserAgent(c.userAgent))
	}
	if c.endpoint != "" {
		opts = append(opts, option.WithEndpoint(c.endpoint))
	}
	return opts
}
