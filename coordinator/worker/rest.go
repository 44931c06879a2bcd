package worker

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// REST is how the REST API is served.
type REST struct {
	// Admin is where /admin/loggers and /metrics are served when they have listeners of their own; AdminOff serves them nowhere.
	Admin    []Listener
	AdminOff bool
	// Transport reaches the REST API of other coordinators.
	Transport http.RoundTripper
	// ResponseHeaders is response.http.headers.config; Origins and Methods are what other origins may do.
	ResponseHeaders  string
	Origins, Methods []string
	// Users are the passwords by user; nil lets everybody in. Readers among them may only look.
	Users   map[string]string
	Readers map[string]bool
	// MaxBytes bounds a request, Timeout its time, Rate the requests of one client in a second (0: no bound).
	MaxBytes                                 int64
	Timeout                                  time.Duration
	Rate                                     float64
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
		if r.Admin, err = c.listeners(admin, "admin.listeners", "admin.listeners.https.", "listeners.https."); err != nil {
			return err
		}
	}
	if r.Transport, err = c.transport(); err != nil {
		return err
	}
	return errors.Join(c.parseUsers(environ), c.parseLimits())
}

// parseUsers reads who may use the API: the users of Connect's extension, of mayfly.rest.users.file, and which of them may only
// look, mayfly.rest.readers.
func (c *Config) parseUsers(environ []string) error {
	r := &c.REST
	for _, class := range list(c.Props["rest.extension.classes"]) {
		if class[strings.LastIndexByte(class, '.')+1:] != basicAuth {
			c.ignored = append(c.ignored, "rest.extension.classes: "+class+" is Java code, which is not run here")
			continue
		}
		var err error
		if r.Users, err = jaasUsers(environ); err != nil {
			return err
		}
	}
	if path := strings.TrimSpace(c.Props["mayfly.rest.users.file"]); path != "" {
		more, err := readProperties(path)
		if err != nil {
			return fmt.Errorf("mayfly.rest.users.file: %w", err)
		}
		if r.Users == nil {
			r.Users = map[string]string{}
		}
		maps.Copy(r.Users, more)
	}
	r.Readers = map[string]bool{}
	for _, user := range list(c.Props["mayfly.rest.readers"]) {
		if _, ok := r.Users[user]; !ok {
			return fmt.Errorf("mayfly.rest.readers has %q, which is no user: name it in mayfly.rest.users.file", user)
		}
		r.Readers[user] = true
	}
	return nil
}

func (c *Config) parseLimits() error {
	r := &c.REST
	for key, set := range map[string]func(float64){
		"mayfly.rest.request.max.bytes":  func(n float64) { r.MaxBytes = int64(n) },
		"mayfly.rest.request.timeout.ms": func(n float64) { r.Timeout = time.Duration(n) * time.Millisecond },
		"mayfly.rest.rate.limit":         func(n float64) { r.Rate = n },
	} {
		text := strings.TrimSpace(c.Props[key])
		if text == "" {
			continue
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 {
			return fmt.Errorf("%s cannot be %q: use a number above 0", key, text)
		}
		set(n)
	}
	return nil
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
