package kafka

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/mayfly-connect/mayfly/tasks/awslogin"
	"github.com/mayfly-connect/mayfly/tasks/bearer"
	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
)

// MSKIAM is the mechanism of Amazon MSK. Its credentials are found where AWS's tools find them, see [awslogin].
const MSKIAM = "AWS_MSK_IAM"

// jaasOption is one key=value of sasl.jaas.config, the value quoted or bare.
var jaasOption = regexp.MustCompile(`([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))`)

var jaasEscape = regexp.MustCompile(`\\(.)`)

// sasl gives the mechanism that sasl.mechanism and sasl.jaas.config describe.
func (p lookup) sasl() (sasl.Mechanism, error) {
	jaas := p.jaas()
	user, password := jaas["username"], jaas["password"]
	mechanism := strings.ToUpper(p.get("sasl.mechanism"))
	switch mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		for _, key := range []string{"username", "password"} {
			if jaas[key] == "" {
				return nil, fmt.Errorf("%s: %s needs the option %s", p.name("sasl.jaas.config"), mechanism, key)
			}
		}
	}
	switch mechanism {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		return p.oauth(jaas)
	case MSKIAM:
		return iam(jaas), nil
	}
	return nil, fmt.Errorf("%s: %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, %s", p.name("sasl.mechanism"), mechanism, MSKIAM)
}

// iam logs in with AWS credentials, found anew when they expire. The options are those of Amazon's own login module.
func iam(jaas map[string]string) sasl.Mechanism {
	chain := &awslogin.Chain{Profile: jaas["awsProfileName"], Role: awslogin.Role{ARN: jaas["awsRoleArn"], ExternalID: jaas["awsRoleExternalId"],
		SessionName: jaas["awsRoleSessionName"], Region: jaas["awsStsRegion"]}}
	return aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) {
		c, err := chain.Get(ctx)
		if err != nil {
			return aws.Auth{}, fmt.Errorf("log in with %s: %w", MSKIAM, err)
		}
		return aws.Auth{AccessKey: c.AccessKey, SecretKey: c.SecretKey, SessionToken: c.SessionToken, UserAgent: "mayfly"}, nil
	})
}

// tokenPatience bounds the request for a token.
const tokenPatience = 30 * time.Second

// oauth gives OAUTHBEARER: with the token that sasl.jaas.config has, that a file has, or that an endpoint gives to a client.
func (p lookup) oauth(jaas map[string]string) (sasl.Mechanism, error) {
	extensions := map[string]string{}
	for k, v := range jaas {
		if name, ok := strings.CutPrefix(k, "extension_"); ok {
			extensions[name] = v
		}
	}
	if token := jaas["token"]; token != "" {
		return oauth.Auth{Token: token, Extensions: extensions}.AsMechanism(), nil
	}
	endpoint := p.get("sasl.oauthbearer.token.endpoint.url")
	if path, ok := strings.CutPrefix(endpoint, "file:"); ok {
		return oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			b, err := os.ReadFile("/" + strings.TrimLeft(path, "/"))
			if err != nil {
				return oauth.Auth{}, fmt.Errorf("%s: %w", p.name("sasl.oauthbearer.token.endpoint.url"), err)
			}
			return oauth.Auth{Token: strings.TrimSpace(string(b)), Extensions: extensions}, nil
		}), nil
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}
	const credentials = "sasl.oauthbearer.client.credentials."
	tokens := &bearer.Tokens{Endpoint: endpoint, ID: first(p.get(credentials+"client.id"), jaas["clientId"]),
		Secret: first(p.get(credentials+"client.secret"), jaas["clientSecret"]), Scope: first(p.get("sasl.oauthbearer.scope"), jaas["scope"])}
	if err := tokens.Check(p.name("sasl.oauthbearer.token.endpoint.url") + ", and clientId and clientSecret in sasl.jaas.config"); err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: tokenPatience}
	if u, err := url.Parse(endpoint); err == nil && u.Scheme == "https" {
		config, err := javakeystore.Client(func(name string) (string, string) { return p.get(name), p.name(name) })
		if err != nil {
			return nil, err
		}
		client.Transport = &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment}
	}
	return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
		token, err := tokens.Get(ctx, client)
		return oauth.Auth{Token: token, Extensions: extensions}, err
	}), nil
}

// jaas gives the options of sasl.jaas.config with their quotes taken off.
func (p lookup) jaas() map[string]string {
	options := map[string]string{}
	for _, m := range jaasOption.FindAllStringSubmatch(p.get("sasl.jaas.config"), -1) {
		options[m[1]] = m[4]
		if m[4] == "" {
			options[m[1]] = jaasEscape.ReplaceAllString(m[2]+m[3], "$1")
		}
	}
	return options
}
