package s3

import (
	"encoding/base64"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// minPartSize is the least that the service takes for a part.
const minPartSize = 5 << 20

func partSize(v any) string {
	if n, ok := v.(int64); ok && n < minPartSize {
		return "Part size must be at least: 5242880 bytes (5MB)"
	}
	return ""
}

func pairs(v any) string {
	list, _ := v.([]string)
	for _, p := range list {
		if _, value, _ := pair(p); value == "" {
			return "each tag is name:value"
		}
	}
	return ""
}

// pair splits a tag at its first colon; what is behind a second one does not count.
func pair(s string) (name, value string, ok bool) {
	name, rest, ok := strings.Cut(s, ":")
	value, _, _ = strings.Cut(rest, ":")
	return name, value, ok
}

const assumeRole = "AwsAssumeRoleCredentialsProvider"

func provider(v any) string {
	s, _ := v.(string)
	switch s[strings.LastIndexByte(s, '.')+1:] {
	case assumeRole, "DefaultAWSCredentialsProviderChain", "DefaultCredentialsProvider", "":
		return ""
	}
	return "Class " + s + " could not be found. What is there: DefaultAWSCredentialsProviderChain, " + assumeRole
}

func assumesRole(c tasks.Config) bool { return strings.HasSuffix(c.String(keyProvider), assumeRole) }

// validate returns the mistakes that concern several keys.
func validate(c tasks.Config) []tasks.ConfigError {
	errs := kin.Validate(c)
	if c.Bool(keyWAN) && c.Bool(keyPathStyle) {
		for _, key := range []string{keyPathStyle, keyWAN} {
			errs = append(errs, tasks.ConfigError{Key: key, Message: "Both accelerate mode and path style access are being enabled. These options are " +
				"mutually exclusive and cannot be enabled together. Please disable one of them"})
		}
	}
	if assumesRole(c) && c.Props()[providerPrefix+keyRole] == "" {
		errs = append(errs, tasks.ConfigError{Key: keyProvider, Message: "Missing required configuration \"" + providerPrefix + keyRole + "\", the role to take."})
	}
	if key := c.String(keySSECustomer); key != "" {
		if b, err := base64.StdEncoding.DecodeString(key); err != nil || len(b) != 32 {
			errs = append(errs, tasks.InvalidValue(keySSECustomer, "[hidden]", "it is not base64 of 32 bytes"))
		}
	}
	return errs
}
