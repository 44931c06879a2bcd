// Package lambda launches executors as AWS Lambda functions, one for each plugin family.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Launcher invokes functions.
type Launcher struct {
	client *lambda.Client
	web    *http.Client
	// function is the functions' name or ARN, with {family} for the plugin family; qualifier a version or alias, or empty.
	function, qualifier string
	async               bool
	limit               int
	// unseen is how long after an asynchronous invocation its executor should have been heard of.
	unseen time.Duration
	family func(l tasks.Lease) tasks.Family
	all    *launch.Attendants
}

var _ launch.Launcher = (*Launcher)(nil)

// settle is how long a synchronous invocation may go unanswered before it counts as started: what is refused is refused sooner.
const settle = 300 * time.Millisecond

// Launch implements [launch.Launcher]. It waits while Lambda throttles, until ctx ends. A synchronous invocation is watched to its end;
// of an asynchronous one nobody hears but by its results.
func (l *Launcher) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	b, err := launch.Encode(inv, l.limit)
	if err != nil {
		return fmt.Errorf("start an executor on Lambda function %s: %w", l.function, err)
	}
	c := &call{l: l, function: strings.ReplaceAll(l.function, "{family}", string(l.family(inv.Leases[0]))), payload: b}
	start, wait := c.sync, settle
	if l.async {
		start, wait = c.event, 0
	}
	err = l.all.Remote(ctx, launch.Lifetime(inv), wait, start, func(err error) {
		if err != nil {
			err = fmt.Errorf("executor on Lambda function %s: %w", c.function, err)
		}
		gone(err)
	})
	if err != nil {
		return fmt.Errorf("start an executor on Lambda function %s: %w", c.function, err)
	}
	return nil
}

// Close implements [launch.Launcher].
func (l *Launcher) Close(ctx context.Context) error {
	err := l.all.Close(ctx)
	l.web.CloseIdleConnections()
	return err
}

// call is one invocation.
type call struct {
	l        *Launcher
	function string
	payload  []byte
}

func (c *call) invoke(ctx context.Context, how types.InvocationType) (*lambda.InvokeOutput, error) {
	in := &lambda.InvokeInput{FunctionName: aws.String(c.function), InvocationType: how, Payload: c.payload}
	if c.l.qualifier != "" {
		in.Qualifier = aws.String(c.l.qualifier)
	}
	out, err := c.l.client.Invoke(ctx, in)
	if err != nil {
		return nil, c.failed(err)
	}
	return out, nil
}

// event invokes asynchronously: Lambda has queued the invitation when it answers.
func (c *call) event(ctx context.Context) (launch.Follow, error) {
	if _, err := c.invoke(ctx, types.InvocationTypeEvent); err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ context.CancelCauseFunc) error {
		select {
		case <-time.After(c.l.unseen):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, nil
}

// sync invokes synchronously: Lambda answers when the executor has ended.
func (c *call) sync(ctx context.Context) (launch.Follow, error) {
	out, err := c.invoke(ctx, types.InvocationTypeRequestResponse)
	if err != nil {
		return nil, err
	}
	var said struct {
		boot.Ending
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	known := json.Unmarshal(out.Payload, &said) == nil
	switch {
	case out.FunctionError != nil:
		return ended(fmt.Errorf("it failed (%s, %s): %s; see its log in CloudWatch", aws.ToString(out.FunctionError), said.Type, said.Message)), nil
	case !known:
		return ended(fmt.Errorf("its answer is not that of an executor: %.100q; check %s", out.Payload, functionKey)), nil
	case said.Error != "":
		return ended(errors.New(said.Error)), nil
	case !said.Done:
		return ended(fmt.Errorf("its answer is not that of an executor: %.100q; check %s", out.Payload, functionKey)), nil
	}
	return nil, nil //nolint:nilnil // it has ended by itself
}

func ended(err error) launch.Follow {
	return func(context.Context, context.CancelCauseFunc) error { return err }
}

// failed says what an error of the Invoke API means.
func (c *call) failed(err error) error {
	if throttled, ok := errors.AsType[*types.TooManyRequestsException](err); ok {
		seconds, _ := strconv.Atoi(aws.ToString(throttled.RetryAfterSeconds)) // it may be absent
		return &launch.Busy{After: time.Duration(seconds) * time.Second,
			Why: fmt.Errorf("Lambda throttles (%s): %w; raise the concurrency of the account or of the function, or lower mayfly.executors.max", throttled.Reason, err)}
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fmt.Errorf("%w; check the network, the credentials and %s", err, endpointKey)
	}
	switch api.ErrorCode() {
	case "EC2ThrottledException", "ThrottlingException", "ServiceUnavailableException", "ENILimitReachedException", "SnapStartNotReadyException", "ResourceNotReadyException":
		return &launch.Busy{Why: err}
	case "ResourceNotFoundException":
		return fmt.Errorf("%w; deploy the function of this plugin family (make zips, infra), or set %s, %s or the region to where it is", err, functionKey, qualifierKey)
	case "AccessDeniedException":
		return fmt.Errorf("%w; allow the coordinator's role lambda:InvokeFunction on it", err)
	case "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationTokenException":
		return fmt.Errorf("%w; check the coordinator's AWS credentials", err)
	case "RequestTooLargeException", "InvalidRequestContentException", "UnsupportedMediaTypeException":
		return fmt.Errorf("%w: %w", launch.ErrRefused, err)
	}
	return err
}
