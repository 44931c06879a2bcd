package awslogin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// session is the name of sessions that nobody has named.
const session = "mayfly"

// assume exchanges credentials for those of a role.
func (c *Chain) assume(ctx context.Context, with Credentials, role Role) (Credentials, error) {
	form := role.form("AssumeRole")
	if role.ExternalID != "" {
		form.Set("ExternalId", role.ExternalID)
	}
	at, region := c.sts(role.Region)
	body, header := form.Encode(), http.Header{"Content-Type": {formType}}
	u, err := url.Parse(at)
	if err != nil {
		return Credentials{}, fmt.Errorf("AWS_ENDPOINT_URL_STS is no URL")
	}
	sign(signed{method: http.MethodPost, url: u, header: header, body: body, region: region, service: "sts", now: c.now()}, with)
	answer, err := c.ask(ctx, http.MethodPost, at, header, body)
	if err != nil {
		return Credentials{}, fmt.Errorf("assume the role %s: %w", role.ARN, err)
	}
	return role.granted(answer)
}

// assumeWithToken gets credentials for a role with the token that a file holds, which is read each time: it is renewed.
func (c *Chain) assumeWithToken(ctx context.Context, file string, role Role) (Credentials, error) {
	token, err := os.ReadFile(file)
	if err != nil {
		return Credentials{}, fmt.Errorf("read the web identity token: %w", err)
	}
	form := role.form("AssumeRoleWithWebIdentity")
	form.Set("WebIdentityToken", strings.TrimSpace(string(token)))
	at, _ := c.sts(role.Region)
	answer, err := c.ask(ctx, http.MethodPost, at, http.Header{"Content-Type": {formType}}, form.Encode())
	if err != nil {
		return Credentials{}, fmt.Errorf("assume the role %s with a web identity: %w", role.ARN, err)
	}
	return role.granted(answer)
}

const formType = "application/x-www-form-urlencoded"

func (r Role) form(action string) url.Values {
	name := r.SessionName
	if name == "" {
		name = session
	}
	return url.Values{"Action": {action}, "Version": {"2011-06-15"}, "RoleArn": {r.ARN}, "RoleSessionName": {name}}
}

// sts is the address of STS, and the region that its requests are signed for.
func (c *Chain) sts(region string) (at, signing string) {
	if region == "" {
		region = c.first("AWS_REGION", "AWS_DEFAULT_REGION")
	}
	host := "sts.amazonaws.com"
	if region != "" {
		host = "sts." + region + ".amazonaws.com"
	}
	if strings.HasPrefix(region, "cn-") {
		host += ".cn"
	}
	if region == "" {
		region = "us-east-1" // which the endpoint without a region is in
	}
	if at = c.first("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"); at == "" {
		at = "https://" + host
	}
	return strings.TrimSuffix(at, "/") + "/", region
}

// granted reads the XML of an assumed role.
func (r Role) granted(answer []byte) (Credentials, error) {
	found := Credentials{AccessKey: element(answer, "AccessKeyId"), SecretKey: element(answer, "SecretAccessKey"), SessionToken: element(answer, "SessionToken")}
	expires, err := time.Parse(time.RFC3339, element(answer, "Expiration"))
	if err != nil || !found.complete() {
		return Credentials{}, errors.New("assume the role " + r.ARN + ": the answer has no credentials")
	}
	found.Expires = expires
	return found, nil
}

// element is the text of the first XML element of a name; what is looked for has no markup in it.
func element(xml []byte, name string) string {
	_, rest, found := bytes.Cut(xml, []byte("<"+name+">"))
	text, _, closed := bytes.Cut(rest, []byte("</"+name+">"))
	if !found || !closed {
		return ""
	}
	return string(text)
}
