package provider

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// What the providers of clouds have in common.

// Address is where a secret is: a name as the service knows it, and what a query behind it says.
type Address struct {
	Name  string
	Query url.Values
}

// NewAddress reads a path, of which names with colons (ARNs) are percent-encoded.
func NewAddress(path string) (Address, error) {
	name, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	if err == nil {
		name, err = url.PathUnescape(name)
	}
	if err != nil {
		return Address{}, tasks.ConfigException("Could not read the path %s of a secret: %v", path, err)
	}
	return Address{name, q}, nil
}

// TTL is what the query says, else def.
func (a Address) TTL(def time.Duration) (time.Duration, error) {
	text := a.Query.Get("ttl")
	if text == "" {
		return def, nil
	}
	return Millis("ttl", text)
}

// Millis reads a time in milliseconds.
func Millis(key, text string) (time.Duration, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0, tasks.ConfigException("%s", tasks.InvalidValue(key, text, "Could not parse to long.").Message)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// Field returns a member of a secret that is a JSON object; false when it has none, or null. The error does not repeat what
// was read.
func Field(secret, key string) (string, bool, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(secret), &members) != nil {
		return "", false, tasks.ConfigException("Unexpected value of a secret's structure: it is not a JSON object")
	}
	raw, ok := members[key]
	if !ok || string(raw) == "null" {
		return "", false, nil
	}
	var text string
	switch raw[0] {
	case '"':
		if json.Unmarshal(raw, &text) != nil {
			return "", false, tasks.ConfigException("Unexpected value of a secret's structure: the member %s is no text", key)
		}
	case '{', '[':
		return "", false, tasks.ConfigException("Unexpected value of a secret's structure: the member %s is no text", key)
	default:
		text = string(raw)
	}
	return text, true, nil
}

// unlimited is how long a secret without a TTL is kept: an executor that lives long is to see a new one some day.
const unlimited = 5 * time.Minute

// Cache keeps secrets, so that not every lease asks for them. The zero value is empty; safe for concurrent use.
type Cache struct {
	mu   sync.Mutex
	kept map[string]cached
}

type cached struct {
	value string
	at    time.Time
}

// Get returns a secret that was fetched at most ttl ago (a while, when ttl is 0), or fetches it.
func (c *Cache) Get(name string, ttl time.Duration, fetch func() (string, error)) (string, error) {
	if ttl == 0 {
		ttl = unlimited
	}
	c.mu.Lock()
	k, ok := c.kept[name]
	c.mu.Unlock()
	if now := time.Now(); ok && now.Sub(k.at) < ttl {
		return k.value, nil
	}
	at := time.Now()
	value, err := fetch()
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[string]cached{}
	}
	c.kept[name] = cached{value, at}
	return value, nil
}
