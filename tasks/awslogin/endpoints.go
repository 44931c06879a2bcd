package awslogin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	// containerHost is where ECS serves credentials; metadataHost where an instance has its metadata.
	containerHost = "http://169.254.170.2"
	metadataHost  = "http://169.254.169.254"
	// metadataPatience is short: what runs on no instance waits that long for nothing.
	metadataPatience = time.Second
	// limit bounds what is read of an answer.
	limit = 1 << 20
)

// containerHosts may be asked without TLS, beside loopback: ECS, and EKS Pod Identity.
var containerHosts = []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}

// container asks the endpoint that ECS and EKS Pod Identity name in the environment.
func (c *Chain) container(ctx context.Context) (Credentials, error) {
	at := c.getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative := c.getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative != "" {
		at = containerHost + relative
	}
	if at == "" {
		return Credentials{}, errNone
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" && !trusted(u.Hostname()) {
		return Credentials{}, fmt.Errorf("AWS_CONTAINER_CREDENTIALS_FULL_URI has the host of no container agent: it may be loopback, %s, or be asked over https", strings.Join(containerHosts, ", "))
	}
	header := http.Header{}
	token := c.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := c.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return Credentials{}, fmt.Errorf("read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %w", err)
		}
		token = strings.TrimSpace(string(b))
	}
	if strings.ContainsAny(token, "\r\n") {
		return Credentials{}, fmt.Errorf("the authorization token of the container has more than one line")
	}
	if token != "" {
		header.Set("Authorization", token)
	}
	body, err := c.ask(ctx, http.MethodGet, at, header, "")
	if err != nil {
		return Credentials{}, fmt.Errorf("ask the container's endpoint: %w", err)
	}
	return decode(body, "the container's endpoint")
}

func trusted(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, h := range containerHosts {
		if ip == netip.MustParseAddr(h) {
			return true
		}
	}
	return ip.IsLoopback()
}

// instance asks for the role of an EC2 instance, by version 2 of its metadata service alone.
func (c *Chain) instance(ctx context.Context) (Credentials, error) {
	if strings.EqualFold(c.getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		return Credentials{}, errNone
	}
	host := strings.TrimSuffix(c.getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "/")
	if host == "" {
		host = metadataHost
	}
	first, cancel := context.WithTimeout(ctx, metadataPatience)
	defer cancel()
	token, err := c.ask(first, http.MethodPut, host+"/latest/api/token", http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}}, "")
	if err != nil {
		return Credentials{}, errNone // this is no instance
	}
	const roles = "/latest/meta-data/iam/security-credentials/"
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {strings.TrimSpace(string(token))}}
	role, err := c.ask(ctx, http.MethodGet, host+roles, header, "")
	name, _, _ := strings.Cut(strings.TrimSpace(string(role)), "\n")
	if err != nil || name == "" {
		return Credentials{}, errNone // it has no role
	}
	body, err := c.ask(ctx, http.MethodGet, host+roles+url.PathEscape(name), header, "")
	if err != nil {
		return Credentials{}, fmt.Errorf("ask the instance's metadata for the role %s: %w", name, err)
	}
	return decode(body, "the instance's metadata")
}

// decode reads the JSON of credentials that containers, instances and processes give.
func decode(body []byte, who string) (Credentials, error) {
	var a struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		SessionToken    string
		Expiration      time.Time
		Code, Message   string
	}
	if json.Unmarshal(body, &a) != nil { // the cause may quote it
		return Credentials{}, fmt.Errorf("%s gives no JSON of credentials", who)
	}
	found := Credentials{a.AccessKeyID, a.SecretAccessKey, a.Token + a.SessionToken, a.Expiration}
	if a.Code != "" && a.Code != "Success" || !found.complete() {
		return Credentials{}, fmt.Errorf("%s gives no credentials: %s %s", who, a.Code, a.Message)
	}
	return found, nil
}

// ask makes one request. An error has the status and AWS's own code, and nothing else of the answer.
func (c *Chain) ask(ctx context.Context, method, at string, header http.Header, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the address is no URL")
	}
	req.Header = header
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	_ = resp.Body.Close() // it was read to its end
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s %s %s", net.JoinHostPort(req.URL.Hostname(), req.URL.Port()), resp.Status, element(answer, "Code"), element(answer, "Message"))
	}
	return answer, nil
}
