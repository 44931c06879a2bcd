// Package worker reads worker properties as Kafka Connect has them, and connector files as connect-standalone takes them.
package worker

import (
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/magiconair/properties"
)

// Config is the worker's properties.
type Config struct {
	// Props are all properties, the environment's included.
	Props map[string]string
	// Bootstrap is empty when the properties name no broker.
	Bootstrap []string
	GroupID   string
	Topics    Topics
	// Listen is the address of the REST API, WorkerID host:port under which others reach it.
	Listen, WorkerID   string
	Heartbeat, Session time.Duration
	Ours               Ours
}

// Topics are the internal topics.
type Topics struct {
	Config, Offset, Status, Lease, Result string
	OffsetPartitions, StatusPartitions    int32
	// Replicas is by topic kind: config, offset, status.
	ConfigReplicas, OffsetReplicas, StatusReplicas int16
}

// Ours are Mayfly's own properties, mayfly.* in the file or MAYFLY_* in the environment.
type Ours struct {
	Launcher     string `envconfig:"LAUNCHER"`
	ExecutorDir  string `envconfig:"EXECUTOR_DIR"`
	MaxExecutors int    `envconfig:"EXECUTORS_MAX"`
	LeaseTTL     int64  `envconfig:"LEASE_TTL_MS"`
	SliceBytes   int64  `envconfig:"SLICE_BYTES"`
	DataDir      string `envconfig:"DATA_DIR"`
}

// Load reads a properties file (none when path is empty) and lays the environment (as os.Environ gives it) over it:
// CONNECT_GROUP_ID is group.id, as in Connect's container images. With standalone nothing is required; otherwise Connect's
// required properties are.
func Load(path string, environ []string, standalone bool) (*Config, error) {
	c := &Config{Props: map[string]string{}}
	if path != "" {
		p, err := readProperties(path)
		if err != nil {
			return nil, err
		}
		c.Props = p
	}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if rest, ok := strings.CutPrefix(k, "CONNECT_"); ok {
			c.Props[strings.ToLower(strings.ReplaceAll(rest, "_", "."))] = v
		}
	}
	if err := c.parse(standalone); err != nil {
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
	l := &properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	p, err := l.LoadBytes(b)
	if err != nil {
		return nil, fmt.Errorf("read properties %s: %w", path, err)
	}
	return maps.Clone(p.Map()), nil
}

func (c *Config) parse(standalone bool) (err error) {
	get := func(key, def string) string {
		if v := strings.TrimSpace(c.Props[key]); v != "" {
			return v
		}
		return def
	}
	number := func(key string, def int64) int64 {
		n, e := strconv.ParseInt(get(key, strconv.FormatInt(def, 10)), 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("Invalid value %s for configuration %s: Not a number of type INT", c.Props[key], key) //nolint:staticcheck // Connect's text
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
			return fmt.Errorf("Missing required configuration %q which has no default value.", key) //nolint:staticcheck // Connect's text
		}
	}
	c.GroupID = get("group.id", "")
	c.Topics = Topics{Config: get("config.storage.topic", ""), Offset: get("offset.storage.topic", ""), Status: get("status.storage.topic", ""),
		Lease: get("mayfly.lease.topic", c.GroupID+"-mayfly-leases"), Result: get("mayfly.result.topic", c.GroupID+"-mayfly-results"),
		OffsetPartitions: int32(number("offset.storage.partitions", 25)), StatusPartitions: int32(number("status.storage.partitions", 5)),
		ConfigReplicas: int16(number("config.storage.replication.factor", replicas)),
		OffsetReplicas: int16(number("offset.storage.replication.factor", replicas)),
		StatusReplicas: int16(number("status.storage.replication.factor", replicas))}
	c.Heartbeat = time.Duration(number("heartbeat.interval.ms", 3000)) * time.Millisecond
	c.Session = time.Duration(number("session.timeout.ms", 10000)) * time.Millisecond
	c.Ours = Ours{Launcher: get("mayfly.launcher", map[bool]string{true: "inproc", false: "process"}[standalone]),
		ExecutorDir: get("mayfly.executor.dir", ""), MaxExecutors: int(number("mayfly.executors.max", 0)),
		LeaseTTL: number("mayfly.lease.ttl.ms", 60000), SliceBytes: number("mayfly.slice.bytes", 0), DataDir: get("mayfly.data.dir", "data")}
	if e := envconfig.Process("MAYFLY", &c.Ours); e != nil && err == nil {
		err = fmt.Errorf("read the environment: %w", e)
	}
	if l := c.Ours.Launcher; l != "inproc" && l != "process" && err == nil {
		err = fmt.Errorf("mayfly.launcher cannot be %q: use process or inproc", l)
	}
	c.Listen = strings.TrimPrefix(get("listeners", "http://:8083"), "http://")
	host, port, e := net.SplitHostPort(c.Listen)
	if e != nil && err == nil {
		err = fmt.Errorf("listeners cannot be %q: use one http://host:port", c.Props["listeners"])
	}
	if host == "" {
		host = "localhost"
	}
	c.WorkerID = net.JoinHostPort(get("rest.advertised.host.name", host), get("rest.advertised.port", port))
	return err
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

// LeaseProps are the properties that leases carry: the converters and the consumer's isolation. Keys that may hold secrets
// are left out.
func (c *Config) LeaseProps() map[string]string {
	out := map[string]string{}
	for k, v := range c.Props {
		if k == "consumer.isolation.level" || k == DeadLetterReplicas || isConverter(k) && !Secret(k) {
			out[k] = v
		}
	}
	return out
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
	for _, w := range []string{"password", "secret", "token", "user.info", "jaas", "credentials.json", "private.key"} {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}

// KafkaProps are the client properties that an executor needs to reach the brokers.
func (c *Config) KafkaProps() map[string]string {
	out := map[string]string{}
	for k, v := range c.Props {
		if k == "security.protocol" || strings.HasPrefix(k, "sasl.") || strings.HasPrefix(k, "ssl.") {
			out[k] = v
		}
	}
	return out
}
