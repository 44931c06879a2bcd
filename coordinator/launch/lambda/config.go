package lambda

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/endpoint"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	prefix       = "mayfly.launcher.lambda."
	functionKey  = prefix + "function"
	qualifierKey = prefix + "qualifier"
	modeKey      = prefix + "invocation"
	regionKey    = prefix + "region"
	endpointKey  = prefix + "endpoint"
	limitKey     = prefix + "payload.max.bytes"
	unseenKey    = prefix + "start.ms"
)

// Keys are the worker properties of the launcher lambda.
func Keys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: functionKey, Type: tasks.TypeString, Default: tasks.DefaultTo("mayfly-{family}"), Check: tasks.NonEmpty, Importance: tasks.High,
			Doc: "The functions' name or ARN; `{family}` in it stands for the plugin family."},
		{Name: qualifierKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Doc: "A version or alias of the functions."},
		{Name: modeKey, Type: tasks.TypeString, Default: tasks.DefaultTo("sync"), Check: tasks.OneOf("sync", "async"), Importance: tasks.Medium,
			Doc: "`sync` keeps a connection to each executor and sees at once when it ends or fails; `async` leaves it to Lambda's queue and hears of it by its results."},
		{Name: unseenKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("30000"), Check: tasks.AtLeast(1), Importance: tasks.Low,
			Doc: "Milliseconds after an asynchronous invocation in which its executor has to be heard of; when it is not, or falls silent afterwards, its slice is granted again."},
		{Name: regionKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Doc: "The region, unless the environment (`AWS_REGION`) or profile says."},
		{Name: endpointKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Doc: "Another URL of the Invoke API: an emulator, or a VPC endpoint."},
		{Name: limitKey, Type: tasks.TypeInt, Default: tasks.DefaultTo("8192"), Check: tasks.Between(1024, 256<<10), Importance: tasks.Low,
			Doc: "The most bytes of an invitation. Configurations above 4 KB are named by topic and offset, so that 8 KB are enough; Lambda takes 256 KB."},
	}
}

// New returns the launcher with its worker properties, and credentials by AWS's default chain.
func New(ctx context.Context, c tasks.Config, family func(l tasks.Lease) tasks.Family) (*Launcher, error) {
	var options []func(*config.LoadOptions) error
	if region := c.String(regionKey); region != "" {
		options = append(options, config.WithRegion(region))
	}
	own, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("read AWS's configuration: %w", err)
	}
	if own.Region == "" {
		return nil, fmt.Errorf("no AWS region is known; set %s or AWS_REGION", regionKey)
	}
	web := endpoint.Client(nil)
	client := lambda.NewFromConfig(own, func(o *lambda.Options) {
		o.HTTPClient = web
		o.RetryMaxAttempts = 1 // what passes by waiting is asked again by the launcher, as long as there is time
		if url := c.String(endpointKey); url != "" {
			o.BaseEndpoint = aws.String(url)
		}
	})
	return &Launcher{client: client, web: web, function: c.String(functionKey), qualifier: c.String(qualifierKey), async: c.String(modeKey) == "async", limit: int(c.Int(limitKey)),
		unseen: time.Duration(c.Int(unseenKey)) * time.Millisecond, family: family, all: launch.NewAttendants(ctx)}, nil
}
