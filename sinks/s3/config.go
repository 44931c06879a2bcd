package s3

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// config is the parsed configuration.
type config struct {
	connector                           string
	bucket, region, endpoint            string
	pathStyle, accelerate               bool
	attempts                            int
	backoff                             time.Duration
	access, secret                      string
	role, roleSession, roleID, roleZone string
	roleEndpoint                        string
	roleTime                            time.Duration // zero for the usual one
	proxy, proxyUser, proxyPass         string
	sse, kmsKey, customerKey            string
	acl, storageClass                   string
	tagErrorsFail                       bool
	// The names of the keys that errors advise on.
	keyBucket, keyRegion string
	object               *object.Settings
}

func newConfig(c tasks.Config) (*config, error) {
	s, err := kin.Settings(c)
	if err != nil {
		return nil, err
	}
	s.PartSize = min(int(c.Int(keyPartSize)), object.MaxPartSize)
	s.ContentType = "binary/octet-stream"
	s.Tag = tagger(c)
	if affix := strings.ToUpper(c.String(keyAffix)); affix != "NONE" {
		s.Partitioner = object.BySchema{Partitioner: s.Partitioner, Delim: s.Names.DirDelim, Before: affix == "PREFIX"}
	}
	cfg := &config{
		connector: c.Props()["name"], bucket: c.String(keyBucket), region: c.String(keyRegion), endpoint: c.String(keyEndpoint),
		pathStyle: c.Bool(keyPathStyle), accelerate: c.Bool(keyWAN), attempts: int(c.Int(keyRetries)) + 1,
		backoff: time.Duration(c.Int(keyBackoff)) * time.Millisecond, access: c.String(keyAccess), secret: c.String(keySecret),
		proxy: c.String(keyProxy), proxyUser: c.String(keyProxyUser), proxyPass: c.String(keyProxyPass),
		sse: c.String(keySSE), kmsKey: c.String(keySSEKMS), acl: c.String(keyACL), storageClass: c.String(keyStorageClass),
		tagErrorsFail: strings.EqualFold(c.String(keyTagErrors), "fail"), keyBucket: keyBucket, keyRegion: keyRegion, object: s,
	}
	if key, err := base64.StdEncoding.DecodeString(c.String(keySSECustomer)); err == nil {
		cfg.customerKey = string(key)
	}
	if assumesRole(c) {
		of := func(key string) string { return c.Props()[providerPrefix+key] }
		cfg.role, cfg.roleSession, cfg.roleID, cfg.roleZone = of(keyRole), of(keyRoleSession), of(keyRoleExternal), of(keyRoleRegion)
	}
	return cfg, nil
}

// tagger returns what makes an object's tags; nil for none. The user's own come last, and replace others of their name.
func tagger(c tasks.Config) func(first, last, records int64) map[string]string {
	if !c.Bool(keyTagging) {
		return nil
	}
	more := c.List(keyTagPairs)
	return func(first, last, records int64) map[string]string {
		tags := map[string]string{"startOffset": strconv.FormatInt(first, 10), "endOffset": strconv.FormatInt(last, 10),
			"recordCount": strconv.FormatInt(records, 10)}
		for _, p := range more {
			name, value, _ := pair(p)
			tags[name] = value
		}
		return tags
	}
}
