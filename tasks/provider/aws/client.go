package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/mayfly-connect/mayfly/tasks"
)

// patience bounds one request, limit what is read of its answer.
const (
	patience = 10 * time.Second
	limit    = 1 << 20
)

// errNotFound says that there is no such secret or parameter.
var errNotFound = errors.New("not found")

// client makes signed requests of AWS's JSON protocol.
type client struct {
	region, endpoint string
	access, secret   string

	config aws.Config
	signer *v4.Signer
}

// connect reads region and credentials where AWS's tools have them, unless parameters say otherwise.
func (c *client) connect(ctx context.Context) error {
	var opts []func(*awsconfig.LoadOptions) error
	if c.region != "" {
		opts = append(opts, awsconfig.WithRegion(c.region))
	}
	if c.access != "" {
		opts = append(opts, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.access, c.secret, "")))
	}
	var err error
	if c.config, err = awsconfig.LoadDefaultConfig(ctx, opts...); err != nil {
		return tasks.ConfigException("read the settings of the AWS client: %v", err)
	}
	c.signer = v4.NewSigner()
	if c.config.Region == "" && c.url("x") == "" {
		return tasks.ConfigException("config provider: no AWS region is known; set the parameter region, or AWS_REGION")
	}
	return nil
}

// url returns the endpoint of a service, "" when it cannot be told.
func (c *client) url(service string) string {
	switch {
	case c.endpoint != "" && !strings.Contains(c.endpoint, "://"):
		return "https://" + c.endpoint + "/"
	case c.endpoint != "":
		return strings.TrimSuffix(c.endpoint, "/") + "/"
	case c.config.BaseEndpoint != nil:
		return strings.TrimSuffix(*c.config.BaseEndpoint, "/") + "/"
	case c.config.Region == "":
		return ""
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(c.config.Region, "cn-") {
		domain += ".cn"
	}
	return "https://" + service + "." + c.config.Region + "." + domain + "/"
}

// call makes one request. Errors hold no value of a secret.
func (c *client) call(ctx context.Context, service, target string, in map[string]any, out any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return tasks.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url(service), bytes.NewReader(body))
	if err != nil {
		return tasks.ConfigException("config provider: the parameter endpoint is no URL")
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	who, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("find credentials for %s: %w", target, err))
	}
	sum := sha256.Sum256(body)
	if err := c.signer.SignHTTP(ctx, who, req, hex.EncodeToString(sum[:]), service, c.config.Region, time.Now()); err != nil {
		return tasks.Fatal(fmt.Errorf("sign %s: %w", target, err))
	}
	resp, err := c.config.HTTPClient.Do(req)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("ask for %s: %w", target, err))
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	_ = resp.Body.Close() // it was read to its end
	if err != nil {
		return tasks.Retriable(fmt.Errorf("ask for %s: %w", target, err))
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(target, resp.StatusCode, answer)
	}
	if json.Unmarshal(answer, out) != nil { // the cause may quote it
		return tasks.Fatal(fmt.Errorf("ask for %s: the answer is not what the service says it is", target))
	}
	return nil
}

// refusal reads an error's answer.
func refusal(target string, status int, answer []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &e) // what is no JSON says nothing
	e.Type = e.Type[strings.LastIndexByte(e.Type, '#')+1:]
	err := fmt.Errorf("ask for %s: status %d %s: %s", target, status, e.Type, e.Message)
	switch {
	case e.Type == "ResourceNotFoundException" || e.Type == "ParameterNotFound":
		return errNotFound
	case status >= 500 || status == http.StatusTooManyRequests || strings.Contains(e.Type, "Throttl"):
		return tasks.Retriable(err)
	}
	return tasks.Fatal(err)
}
