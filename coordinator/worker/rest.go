package worker

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// REST is how the REST API is served.
type REST struct {
	// Admin is the address of /admin/loggers when it has a listener of its own; AdminOff serves it nowhere.
	Admin    string
	AdminOff bool
	// ResponseHeaders is response.http.headers.config; Origins and Methods are what other origins may do.
	ResponseHeaders  string
	Origins, Methods []string
	// Users are the passwords by user; nil lets everybody in.
	Users                                    map[string]string
	TopicTracking, TopicReset, TopicCreation bool
}

// basicAuth is the extension of Connect that asks for a user and a password.
const basicAuth = "BasicAuthSecurityRestExtension"

func (c *Config) parseREST(environ []string) (err error) {
	on := func(key string) bool {
		text := strings.TrimSpace(c.Props[key])
		if text == "" {
			return true
		}
		v, e := strconv.ParseBool(strings.ToLower(text))
		if e != nil && err == nil {
			err = fmt.Errorf("Invalid value %s for configuration %s: Expected value to be either true or false", text, key)
		}
		return v
	}
	r := &c.REST
	r.TopicTracking, r.TopicReset, r.TopicCreation = on("topic.tracking.enable"), on("topic.tracking.allow.reset"), on("topic.creation.enable")
	if err != nil {
		return err
	}
	r.ResponseHeaders = c.Props["response.http.headers.config"]
	r.Origins, r.Methods = list(c.Props["access.control.allow.origin"]), list(c.Props["access.control.allow.methods"])
	if admin, ok := c.Props["admin.listeners"]; ok {
		r.AdminOff = strings.TrimSpace(admin) == ""
		if r.Admin, err = address(admin, "admin.listeners"); err != nil {
			return err
		}
	}
	for _, class := range list(c.Props["rest.extension.classes"]) {
		if class[strings.LastIndexByte(class, '.')+1:] == basicAuth {
			if r.Users, err = jaasUsers(environ); err != nil {
				return err
			}
		}
	}
	return nil
}

// address reads the first http listener of a list; empty for none.
func address(listeners, key string) (string, error) {
	all := list(listeners)
	if len(all) == 0 {
		return "", nil
	}
	u, err := url.Parse(all[0])
	if err != nil || !strings.EqualFold(u.Scheme, "http") || u.Port() == "" {
		return "", fmt.Errorf("%s cannot be %q: use http://host:port", key, all[0])
	}
	return u.Host, nil
}

func list(text string) []string {
	var out []string
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var (
	jaasOption = regexp.MustCompile(`-Djava\.security\.auth\.login\.config=(\S+)`)
	jaasFile   = regexp.MustCompile(`(?s)KafkaConnect\s*\{[^}]*\bfile\s*=\s*"([^"]*)"`)
)

// jaasUsers reads the users where Connect's extension has them: the JVM option in KAFKA_OPTS names a JAAS file, whose entry
// KafkaConnect names a properties file with user=password.
func jaasUsers(environ []string) (map[string]string, error) {
	for _, kv := range environ {
		options, ok := strings.CutPrefix(kv, "KAFKA_OPTS=")
		m := jaasOption.FindStringSubmatch(options)
		if !ok || m == nil {
			continue
		}
		jaas, err := os.ReadFile(m[1])
		if err != nil {
			return nil, fmt.Errorf("read the JAAS file that KAFKA_OPTS names: %w", err)
		}
		file := jaasFile.FindSubmatch(jaas)
		if file == nil {
			return nil, fmt.Errorf("JAAS file %s: no entry KafkaConnect with a file of users", m[1])
		}
		return readProperties(string(file[1]))
	}
	return nil, fmt.Errorf("rest.extension.classes has %s, but KAFKA_OPTS names no JAAS file: set -Djava.security.auth.login.config", basicAuth)
}
