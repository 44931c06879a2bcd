package awslogin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestPublishedSignatures has the requests of AWS's test suite for signature version 4, with their published signatures.
func TestPublishedSignatures(t *testing.T) {
	t.Parallel()
	const token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGd" +
		"QrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
	for _, tt := range []struct {
		name, method, body, token string
		header                    http.Header
		signature                 string
	}{
		{"get-vanilla", "GET", "", "", http.Header{}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "", "", http.Header{}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", "POST", "Param1=value1", "", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"post-sts-header-before", "POST", "", token, http.Header{}, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sign(signed{method: tt.method, url: &url.URL{Scheme: "https", Host: "example.amazonaws.com", Path: "/"}, header: tt.header, body: tt.body,
				region: "us-east-1", service: "service", now: time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)},
				Credentials{AccessKey: "AKIDEXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: tt.token})
			got := tt.header.Get("Authorization")
			if !strings.HasSuffix(got, "Signature="+tt.signature) || !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=") {
				t.Errorf("%s\nwant %s", got, tt.signature)
			}
		})
	}
}
