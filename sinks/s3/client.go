package s3

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/mayfly-connect/mayfly/tasks"
)

// maxBackoff bounds the pause before a request is repeated. What takes longer is for the coordinator to try again.
const maxBackoff = 10 * time.Second

// connect makes a client, without a request.
func connect(ctx context.Context, c *config) (*s3.Client, error) {
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	opts := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(c.region), awsconfig.WithHTTPClient(transport),
		awsconfig.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = c.attempts, maxBackoff
				o.Backoff = retry.BackoffDelayerFunc(c.pause)
			})
		})}
	if c.access != "" && c.secret != "" {
		opts = append(opts, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.access, c.secret, "")))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: read the settings of the AWS client: %w", c.connector, err))
	}
	if c.role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(c.sts(cfg), c.role, c.assume))
	}
	return s3.NewFromConfig(cfg, c.client), nil
}

// pause is how long to wait before another attempt, the first one being 1.
func (c *config) pause(attempt int, _ error) (time.Duration, error) {
	return min(c.backoff<<min(max(attempt-1, 0), 16), maxBackoff), nil
}

func (c *config) client(o *s3.Options) {
	o.UsePathStyle, o.UseAccelerate = c.pathStyle, c.accelerate
	// Checksums are made here, over the whole object; not every service of this protocol knows those of the client.
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	if c.endpoint != "" {
		o.BaseEndpoint = aws.String(c.endpoint)
	}
	if !strings.HasPrefix(c.endpoint, "http:") { // over TLS, the checksum is enough
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
}

func (c *config) transport() (*awshttp.BuildableClient, error) {
	client := awshttp.NewBuildableClient()
	if c.proxy == "" {
		return client, nil
	}
	u, err := url.Parse(c.proxy)
	if err != nil {
		return nil, tasks.Fatal(tasks.ConfigException("%s is not a URL", keyProxy))
	}
	if c.proxyUser != "" {
		u.User = url.UserPassword(c.proxyUser, c.proxyPass)
	}
	return client.WithTransportOptions(func(t *http.Transport) { t.Proxy = http.ProxyURL(u) }), nil
}

func (c *config) sts(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		if c.roleZone != "" {
			o.Region = c.roleZone
		}
		if c.roleEndpoint != "" {
			o.BaseEndpoint = aws.String(c.roleEndpoint)
		}
	})
}

func (c *config) assume(o *stscreds.AssumeRoleOptions) {
	if c.roleSession != "" {
		o.RoleSessionName = c.roleSession
	}
	if c.roleTime > 0 {
		o.Duration = c.roleTime
	}
	if c.roleID != "" {
		o.ExternalID = aws.String(c.roleID)
	}
}
