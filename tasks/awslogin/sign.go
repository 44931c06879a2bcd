package awslogin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// signed is a request of which the header gets a signature. It has no query: AWS's APIs of this kind take forms.
type signed struct {
	method          string
	url             *url.URL
	header          http.Header
	body            string
	region, service string
	now             time.Time
}

// sign adds AWS's signature version 4 over all of the header, the host and the body.
func sign(r signed, with Credentials) {
	stamp := r.now.UTC().Format("20060102T150405Z")
	r.header.Set("X-Amz-Date", stamp)
	if with.SessionToken != "" {
		r.header.Set("X-Amz-Security-Token", with.SessionToken)
	}
	values := map[string]string{"host": r.url.Host}
	for k, v := range r.header {
		values[strings.ToLower(k)] = strings.TrimSpace(strings.Join(v, ","))
	}
	names := slices.Sorted(maps.Keys(values))
	var canonical strings.Builder
	canonical.WriteString(r.method + "\n/\n\n")
	for _, name := range names {
		canonical.WriteString(name + ":" + values[name] + "\n")
	}
	list := strings.Join(names, ";")
	canonical.WriteString("\n" + list + "\n" + digest(r.body))

	scope := strings.Join([]string{stamp[:8], r.region, r.service, "aws4_request"}, "/")
	key := []byte("AWS4" + with.SecretKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	signature := hex.EncodeToString(mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, digest(canonical.String())}, "\n")))
	r.header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+with.AccessKey+"/"+scope+", SignedHeaders="+list+", Signature="+signature)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
