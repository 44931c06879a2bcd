package awslogin_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/mayfly-connect/mayfly/tasks/awslogin"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// cloud answers for STS, a container agent and an instance's metadata, whatever host is asked.
type cloud struct {
	t        *testing.T
	mu       sync.Mutex
	asked    []string
	instance bool // there is metadata
	refuse   bool
	lasts    time.Duration
	now      time.Time
}

// RoundTrip implements [http.RoundTripper].
func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r.Method+" "+r.URL.Host+r.URL.Path)
	switch {
	case strings.HasPrefix(r.URL.Host, "sts.") || r.URL.Host == "own-sts":
		c.sts(w, r)
	case r.URL.Host == "169.254.169.254":
		c.metadata(w, r)
	case r.URL.Path == "/agent" && r.Header.Get("Authorization") == "let me in", r.URL.Path == "/v2/credentials/x":
		c.credentials(w, "container")
	default:
		w.WriteHeader(http.StatusForbidden)
	}
	return w.Result(), nil
}

func (c *cloud) credentials(w http.ResponseWriter, of string) {
	fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"key-of-%s","SecretAccessKey":"hush","Token":"session","Expiration":%q}`, of, c.now.Add(c.lasts).Format(time.RFC3339))
}

func (c *cloud) sts(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.ParseForm(); err != nil {
		c.t.Error(err)
	}
	who := ""
	switch r.Form.Get("Action") {
	case "AssumeRoleWithWebIdentity":
		if r.Form.Get("WebIdentityToken") == "a.jwt" {
			who = "web"
		}
	case "AssumeRole":
		who = c.signer(r, string(body))
	}
	if who == "" || c.refuse {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>`)
		return
	}
	role, session := r.Form.Get("RoleArn"), r.Form.Get("RoleSessionName")
	fmt.Fprintf(w, `<R><Result><Credentials><AccessKeyId>%s as %s (%s)</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><SessionToken>session</SessionToken><Expiration>%s</Expiration></Credentials></Result></R>`,
		who, role+r.Form.Get("ExternalId"), session, c.now.Add(c.lasts).Format(time.RFC3339))
}

// signer is whose key a request is signed with: AWS's own SDK has to come to the same signature.
func (c *cloud) signer(r *http.Request, body string) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(strings.SplitN(credential, ",", 2)[0], "/")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || len(scope) != 5 {
		c.t.Errorf("the request has the authorization %q", r.Header.Get("Authorization"))
		return ""
	}
	again, err := http.NewRequest(r.Method, r.URL.String(), nil)
	if err != nil {
		c.t.Error(err)
	}
	again.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	if err := v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: scope[0], SecretAccessKey: "hush", SessionToken: r.Header.Get("X-Amz-Security-Token")}, again, sum, scope[3], scope[2], at); err != nil {
		c.t.Error(err)
	}
	if again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		c.t.Errorf("signed with %s, the SDK with %s", r.Header.Get("Authorization"), again.Header.Get("Authorization"))
		return ""
	}
	return scope[0]
}

func (c *cloud) metadata(w http.ResponseWriter, r *http.Request) {
	const roles = "/latest/meta-data/iam/security-credentials/"
	switch {
	case !c.instance:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "":
		fmt.Fprint(w, "of-this-instance")
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "of-this-instance":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == roles:
		fmt.Fprint(w, "its-role")
	case r.URL.Path == roles+"its-role":
		c.credentials(w, "instance")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// asked is what a client asks of the chain.
type asked struct {
	profile string
	role    awslogin.Role
}

func TestChain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", "a.jwt\n")
	file("agent", "let me in\n")
	const keys = "aws_access_key_id = %s\naws_secret_access_key = hush\n"
	none := file("none", "")
	shared := file("credentials", fmt.Sprintf("# mine\n[default]\n"+keys+"[alice]\n"+keys+"aws_session_token=t\n", "default-key", "alice-key"))
	config := file("config", `[default]
region = eu-west-1
[profile assumed]
role_arn = arn:role
source_profile = alice
external_id = 7
role_session_name = me
region = eu-central-1
s3 =
  aws_access_key_id = nested
[profile chained]
role_arn = arn:second
source_profile = assumed-first
[profile assumed-first]
role_arn = arn:first
source_profile = alice
[profile round]
role_arn = arn:x
source_profile = about
[profile about]
role_arn = arn:x
source_profile = round
[profile web]
role_arn = arn:web
web_identity_token_file = `+token+`
[profile ec2]
role_arn = arn:ec2
credential_source = Ec2InstanceMetadata
[profile process]
credential_process = echo '{"Version":1,"AccessKeyId":"process-key","SecretAccessKey":"hush"}'
[profile broken]
credential_process = echo hush; exit 3
[profile sso]
sso_start_url = https://example.org
[sso-session alice]
aws_access_key_id = none
`)
	for _, tt := range []struct {
		name       string
		env        map[string]string
		chain      asked
		instance   bool
		want, fail string
	}{
		{"environment first", map[string]string{"AWS_ACCESS_KEY_ID": "env-key", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_PROFILE": "alice"}, asked{}, true, "env-key", ""},
		{"web identity", map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:irsa", "AWS_PROFILE": "alice", "AWS_REGION": "eu-west-1"}, asked{}, true, "web as arn:irsa (mayfly)", ""},
		{"web identity without its token", map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token + "x", "AWS_ROLE_ARN": "arn:irsa"}, asked{}, true, "", "web identity token"},
		{"default profile", nil, asked{}, true, "default-key", ""},
		{"named profile", map[string]string{"AWS_PROFILE": "alice"}, asked{}, true, "alice-key", ""},
		{"asked for", map[string]string{"AWS_ACCESS_KEY_ID": "env-key", "AWS_SECRET_ACCESS_KEY": "hush"}, asked{profile: "alice"}, true, "alice-key", ""},
		{"assumed", map[string]string{"AWS_PROFILE": "assumed"}, asked{}, true, "alice-key as arn:role7 (me)", ""},
		{"chained", map[string]string{"AWS_PROFILE": "chained"}, asked{}, true, "alice-key as arn:first (mayfly) as arn:second (mayfly)", ""},
		{"a circle", map[string]string{"AWS_PROFILE": "round"}, asked{}, true, "", "leads back"},
		{"web in a profile", map[string]string{"AWS_PROFILE": "web"}, asked{}, true, "web as arn:web (mayfly)", ""},
		{"instance in a profile", map[string]string{"AWS_PROFILE": "ec2"}, asked{}, true, "key-of-instance as arn:ec2 (mayfly)", ""},
		{"process", map[string]string{"AWS_PROFILE": "process"}, asked{}, true, "process-key", ""},
		{"broken process", map[string]string{"AWS_PROFILE": "broken"}, asked{}, true, "", "exit status 3"},
		{"single sign-on", map[string]string{"AWS_PROFILE": "sso"}, asked{}, true, "", "no credentials that are known here"},
		{"no such profile", map[string]string{"AWS_PROFILE": "nobody"}, asked{}, true, "", `no AWS profile "nobody"`},
		{"ECS", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"}, asked{}, true, "key-of-container", ""},
		{"EKS", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/agent",
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": filepath.Join(dir, "agent")}, asked{}, true, "key-of-container", ""},
		{"EKS without a token", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/agent"}, asked{}, true, "", "403"},
		{"a container's endpoint elsewhere", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/agent"}, asked{}, true, "", "no container agent"},
		{"instance", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none}, asked{}, true, "key-of-instance", ""},
		{"instance that may not be asked", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true"}, asked{}, true, "", "there are none"},
		{"nothing", map[string]string{"AWS_SHARED_CREDENTIALS_FILE": none}, asked{}, false, "", "AWS_ACCESS_KEY_ID"},
		{"a role on top", map[string]string{"AWS_ENDPOINT_URL_STS": "http://own-sts"}, asked{role: awslogin.Role{ARN: "arn:top", Region: "eu-west-3"}}, true, "default-key as arn:top (mayfly)", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"AWS_SHARED_CREDENTIALS_FILE": shared, "AWS_CONFIG_FILE": config}
			for k, v := range tt.env {
				env[k] = v
			}
			if env["AWS_SHARED_CREDENTIALS_FILE"] == none {
				env["AWS_CONFIG_FILE"] = none
			}
			chain := awslogin.Chain{Profile: tt.chain.profile, Role: tt.chain.role, Getenv: func(k string) string { return env[k] },
				Transport: &cloud{t: t, instance: tt.instance, lasts: time.Hour, now: start}, Now: func() time.Time { return start }}
			got, err := chain.Get(t.Context())
			if tt.fail != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fail) || strings.Contains(err.Error(), "hush") {
					t.Fatalf("got %+v, %v; want an error with %q", got, err, tt.fail)
				}
				return
			}
			if err != nil || got.AccessKey != tt.want || got.SecretKey != "hush" {
				t.Errorf("got %+v, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// TestRenewal has credentials that expire: they are asked for again five minutes before, and not earlier.
func TestRenewal(t *testing.T) {
	t.Parallel()
	now := start
	c := &cloud{t: t, instance: true, lasts: time.Hour, now: start}
	chain := awslogin.Chain{Getenv: func(string) string { return "" }, Transport: c, Now: func() time.Time { return now }}
	for i, step := range []struct {
		after time.Duration
		asks  int
	}{{0, 3}, {54 * time.Minute, 3}, {56 * time.Minute, 6}, {70 * time.Minute, 6}} {
		now = start.Add(step.after)
		c.now = now
		if _, err := chain.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(c.asked) != step.asks {
			t.Errorf("step %d: asked %d times, want %d: %q", i, len(c.asked), step.asks, c.asked)
		}
	}
}

// TestRefusal has STS say no, with its reason.
func TestRefusal(t *testing.T) {
	t.Parallel()
	env := map[string]string{"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_REGION": "cn-north-1"}
	c := &cloud{t: t, refuse: true, now: start}
	chain := awslogin.Chain{Role: awslogin.Role{ARN: "arn:role"}, Getenv: func(k string) string { return env[k] }, Transport: c}
	if _, err := chain.Get(t.Context()); err == nil || !strings.Contains(err.Error(), "arn:role") || !strings.Contains(err.Error(), "AccessDenied not you") {
		t.Error(err)
	}
	if len(c.asked) != 1 || c.asked[0] != "POST sts.cn-north-1.amazonaws.com.cn/" {
		t.Errorf("asked %q", c.asked)
	}
}
