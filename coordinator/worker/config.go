// Package worker reads worker properties as Kafka Connect has them, and connector files as connect-standalone takes them.
package worker

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaproperties"
	"github.com/mayfly-connect/mayfly/tasks/provider"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/launch/platform"
)

// Config is the worker's properties.
type Config struct {
	// Props are all properties, the environment's included.
	Props map[string]string
	// Bootstrap is empty when the properties name no broker.
	Bootstrap []string
	GroupID   string
	Topics    Topics
	// Listeners are where the REST API is served, the first of them as Scheme and WorkerID, host:port, tell others.
	Listeners          []Listener
	Scheme, WorkerID   string
	Heartbeat, Session time.Duration
	REST               REST
	// Policy says which settings of Kafka's clients connectors may override.
	Policy connector.Policy
	// ExactlyOnce says that exactly.once.source.support is enabled. Sources are exactly once anyway: it is what validation tells.
	ExactlyOnce bool
	SessionKey  SessionKey
	// Standalone is set when the properties are those of connect-standalone.
	Standalone bool
	// Resolver has the config providers; Environ is the environment that they read.
	Resolver *provider.Resolver
	Environ  []string
	// stored are the properties whose placeholders Resolver has replaced, with their placeholders.
	stored  map[string]string
	ignored []string
	Ours    Ours
}

// SessionKey is what the key is like with which Java workers sign what they ask of each other.
type SessionKey struct {
	Algorithm string
	Bytes     int // 0 when connect.protocol does not sign
	TTL       time.Duration
}

// Topics are the internal topics.
type Topics struct {
	Config, Offset, Status, Lease, Result string
	OffsetPartitions, StatusPartitions    int32
	// Replicas is by topic kind: config, offset, status.
	ConfigReplicas, OffsetReplicas, StatusReplicas int16
	// Settings are those of Kafka's topics, by the property that names the topic, with which a missing one is created.
	Settings map[string]map[string]string
}

// Ours are Mayfly's own properties, mayfly.* in the file or MAYFLY_* in the environment.
type Ours struct {
	Launcher     string
	Fallback     string // in place of a launcher that fails; may be empty
	MaxExecutors int
	LeaseTTL     int64
	SliceBytes   int64
	// LaunchRate bounds the executors that are started in a second, DayCost what those of a day (UTC) cost at SecondCost a second; 0
	// does not.
	LaunchRate          int
	SecondCost, DayCost float64
	DataDir             string
	OnceLimit           time.Duration // how long one turn of a coordinator may take
}

// Load reads a properties file (none when path is empty) and lays the environment (as os.Environ gives it) over it:
// CONNECT_GROUP_ID is group.id, as in Connect's container images, and MAYFLY_DATA_DIR is mayfly.data.dir. With standalone
// nothing is required; otherwise Connect's required properties are.
func Load(path string, environ []string, standalone bool) (*Config, error) {
	c := &Config{Props: map[string]string{}, Standalone: standalone}
	if path != "" {
		p, err := readProperties(path)
		if err != nil {
			return nil, err
		}
		c.Props = p
	}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		name := strings.ToLower(strings.ReplaceAll(k, "_", "."))
		if rest, ok := strings.CutPrefix(name, "connect."); ok && strings.HasPrefix(k, "CONNECT_") {
			c.Props[rest] = v
		}
		if strings.HasPrefix(k, "MAYFLY_") {
			c.Props[name] = v
		}
	}
	err := c.resolve(environ)
	if err == nil {
		err = c.parse(standalone)
	}
	if err == nil {
		err = errors.Join(c.parseREST(environ), c.parsePolicy())
	}
	if err != nil {
		if path == "" {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func readProperties(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	latin := make([]rune, len(b)) // Java reads these files as ISO-8859-1
	for i, c := range b {
		latin[i] = rune(c)
	}
	p, err := javaproperties.Parse(string(latin))
	if err != nil {
		return nil, fmt.Errorf("read properties %s: %w", path, err)
	}
	return p, nil
}

func (c *Config) parse(standalone bool) (err error) {
	get := func(key, def string) string {
		if v := strings.TrimSpace(c.Props[key]); v != "" {
			return v
		}
		return def
	}
	number := func(key string, def int64, bits int) int64 {
		n, e := strconv.ParseInt(get(key, strconv.FormatInt(def, 10)), 10, bits)
		if e != nil && err == nil {
			kind := map[int]string{16: "SHORT", 32: "INT", 64: "LONG"}[bits]
			err = fmt.Errorf("Invalid value %s for configuration %s: Not a number of type %s", c.Props[key], key, kind)
		}
		return n
	}
	millis := func(key string, def int64) time.Duration {
		n := number(key, def, 32)
		if n < 1 && err == nil {
			err = fmt.Errorf("Invalid value %d for configuration %s: Value must be at least 1", n, key)
		}
		return time.Duration(n) * time.Millisecond
	}
	money := func(key string) float64 {
		n, e := strconv.ParseFloat(get(key, "0"), 64)
		if (e != nil || !(n >= 0)) && err == nil {
			err = fmt.Errorf("Invalid value %s for configuration %s: it must be a number, and not negative", c.Props[key], key)
		}
		return n
	}
	for s := range strings.SplitSeq(c.Props["bootstrap.servers"], ",") {
		if s = strings.TrimSpace(s); s != "" {
			c.Bootstrap = append(c.Bootstrap, s)
		}
	}
	replicas := int64(3)
	if standalone {
		c.standaloneDefaults()
		replicas = 1
	}
	for _, key := range []string{"group.id", "config.storage.topic", "offset.storage.topic", "status.storage.topic", "key.converter", "value.converter"} {
		if get(key, "") == "" {
			return fmt.Errorf("Missing required configuration %q which has no default value.", key)
		}
	}
	c.GroupID = get("group.id", "")
	c.Topics = Topics{Config: get("config.storage.topic", ""), Offset: get("offset.storage.topic", ""), Status: get("status.storage.topic", ""),
		Lease: get("mayfly.lease.topic", c.GroupID+"-mayfly-leases"), Result: get("mayfly.result.topic", c.GroupID+"-mayfly-results"),
		OffsetPartitions: int32(number("offset.storage.partitions", 25, 32)), StatusPartitions: int32(number("status.storage.partitions", 5, 32)),
		ConfigReplicas: int16(number("config.storage.replication.factor", replicas, 16)),
		OffsetReplicas: int16(number("offset.storage.replication.factor", replicas, 16)),
		StatusReplicas: int16(number("status.storage.replication.factor", replicas, 16))}
	c.Topics.Settings = c.topicSettings()
	c.Heartbeat = millis("heartbeat.interval.ms", 3000)
	c.Session = millis("session.timeout.ms", 10000)
	c.SessionKey = SessionKey{Algorithm: get("inter.worker.key.generation.algorithm", "HmacSHA256"), TTL: millis("inter.worker.key.ttl.ms", 3600000)}
	if protocol := get("connect.protocol", "sessioned"); strings.EqualFold(protocol, "sessioned") && !standalone {
		c.SessionKey.Bytes = int(number("inter.worker.key.size", 8*keyBytes(c.SessionKey.Algorithm), 32)) / 8
	}
	c.Ours = Ours{Launcher: get(platform.Key, map[bool]string{true: "inproc", false: "process"}[standalone]), Fallback: get(platform.FallbackKey, ""),
		MaxExecutors: int(number("mayfly.executors.max", 0, 32)), LeaseTTL: number("mayfly.lease.ttl.ms", 60000, 64), SliceBytes: number("mayfly.slice.bytes", 0, 64), DataDir: get("mayfly.data.dir", "data")}
	c.Ours.OnceLimit = millis("mayfly.once.limit.ms", 600_000)
	c.Ours.LaunchRate, c.Ours.SecondCost, c.Ours.DayCost = int(number("mayfly.launch.rate.max", 0, 32)), money("mayfly.cost.executor.second"), money("mayfly.cost.day.max")
	if c.Ours.DayCost > 0 && c.Ours.SecondCost == 0 && err == nil {
		err = errors.New("mayfly.cost.day.max needs mayfly.cost.executor.second, what a second of an executor costs")
	}
	if err == nil {
		err = platform.Check(c.Ours.Launcher, c.Ours.Fallback, c.Props)
	}
	if err != nil {
		return err
	}
	if c.Listeners, err = c.listeners(get("listeners", "http://:8083"), "listeners", "listeners.https."); err != nil {
		return err
	}
	advertised, err := c.advertised(get("rest.advertised.listener", ""))
	if err != nil {
		return err
	}
	c.Scheme = advertised.Scheme()
	host, port, err := net.SplitHostPort(advertised.Address)
	if host == "" {
		host = "localhost"
	}
	c.WorkerID = net.JoinHostPort(get("rest.advertised.host.name", host), get("rest.advertised.port", port))
	return err
}

// topicSettings are the properties below config.storage, offset.storage and status.storage that are Kafka's own of topics. As in
// Connect a cleanup.policy among them does not count.
func (c *Config) topicSettings() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, of := range []string{"config.storage.", "offset.storage.", "status.storage."} {
		settings := map[string]string{}
		for k, v := range c.Props {
			if name, ok := strings.CutPrefix(k, of); ok && !slices.Contains([]string{"topic", "partitions", "replication.factor", "cleanup.policy", "file.filename"}, name) {
				settings[name] = v
			}
		}
		out[of+"topic"] = settings
	}
	return out
}

// keyBytes is the size of the keys that Java makes for an algorithm.
func keyBytes(algorithm string) int64 {
	switch strings.ToUpper(algorithm) {
	case "HMACSHA224":
		return 28
	case "HMACSHA256":
		return 32
	case "HMACSHA384":
		return 48
	}
	return 64
}

// standaloneDefaults fills what a distributed worker requires.
func (c *Config) standaloneDefaults() {
	group := strings.TrimSpace(c.Props["group.id"])
	if group == "" {
		group = "mayfly-standalone"
	}
	for k, v := range map[string]string{"group.id": group, "config.storage.topic": group + "-configs", "offset.storage.topic": group + "-offsets",
		"status.storage.topic": group + "-status", "key.converter": "org.apache.kafka.connect.json.JsonConverter",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter"} {
		if strings.TrimSpace(c.Props[k]) == "" {
			c.Props[k] = v
		}
	}
}

// DeadLetterReplicas is the property that replaces Connect's default replication factor, 3, of dead letter topics.
const DeadLetterReplicas = "mayfly.deadletterqueue.replication.factor"

// UseEmbedded sets the properties for the embedded broker at an address.
func (c *Config) UseEmbedded(address string) {
	c.Bootstrap = []string{address}
	c.Props["bootstrap.servers"] = address
	if c.Props[DeadLetterReplicas] == "" {
		c.Props[DeadLetterReplicas] = "1"
	}
}

// Lease is what every lease carries: brokers, group, topics, and the worker properties that records depend on.
func (c *Config) Lease() tasks.Lease {
	return tasks.Lease{Bootstrap: c.Bootstrap, GroupID: c.GroupID, ResultTopic: c.Topics.Result, OffsetTopic: c.Topics.Offset, Worker: c.LeaseProps()}
}

// LeaseProps are the properties that leases carry: the converters, the consumer's isolation, and the config providers, which
// the executor asks itself. Keys that may hold secrets are left out, unless it is a placeholder.
func (c *Config) LeaseProps() map[string]string {
	out := map[string]string{}
	for k, v := range c.Props {
		placeholder, ok := c.stored[k]
		if ok {
			v = placeholder
		}
		if k == "consumer.isolation.level" || k == "topic.creation.enable" || k == DeadLetterReplicas || executors(k) && (ok || !Secret(k)) {
			out[k] = v
		}
	}
	return out
}

// executors reports whether a property is for executors rather than for the coordinator.
func executors(key string) bool {
	return isConverter(key) || key == provider.Key || strings.HasPrefix(key, provider.Key+".")
}

func isConverter(key string) bool {
	for _, p := range []string{"key.converter", "value.converter", "header.converter"} {
		if key == p || strings.HasPrefix(key, p+".") {
			return true
		}
	}
	return false
}

// Secret reports whether a key by its name may hold a secret.
func Secret(key string) bool {
	key = strings.ToLower(key)
	for _, w := range []string{"password", "secret", "token", "user.info", "jaas", "credential", "private.key"} {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}

// KafkaProps are the client properties that an executor needs to reach the brokers, and what else it needs that no lease may
// carry. They go to executors in secret.
func (c *Config) KafkaProps() map[string]string {
	out := map[string]string{}
	leased := c.LeaseProps()
	for k, v := range c.Props {
		_, known := leased[k]
		client := k
		for _, prefix := range []string{"consumer.", "producer.", "admin."} {
			client = strings.TrimPrefix(client, prefix)
		}
		switch {
		case client != k, client == "security.protocol", strings.HasPrefix(client, "sasl."), strings.HasPrefix(client, "ssl."):
			out[k] = v
		case executors(k) && !known:
			out[k] = v
		}
	}
	return out
}
