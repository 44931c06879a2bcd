package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// The variables of the environment that say which connector a function runs. CONNECT_* are the worker's properties, as in Connect's
// container images: CONNECT_BOOTSTRAP_SERVERS is bootstrap.servers.
const (
	ConnectorConfigEnv = "MAYFLY_CONNECTOR_CONFIG"
	ConnectorNameEnv   = "MAYFLY_CONNECTOR_NAME"
)

// Worker properties that only functions have, by their names as variables.
const (
	marksTopicEnv      = "MAYFLY_EVENTS_TOPIC"
	marksPartitionsEnv = "MAYFLY_EVENTS_PARTITIONS"
	marksReplicasEnv   = "MAYFLY_EVENTS_REPLICATION_FACTOR"
	marksRetentionEnv  = "MAYFLY_EVENTS_RETENTION_MS"
	timeoutEnv         = "MAYFLY_EVENTS_TIMEOUT_MS"
	partialEnv         = "MAYFLY_REPORT_BATCH_ITEM_FAILURES"
	continueEnv        = "MAYFLY_EVENTS_CONTINUE"
	maxBodyEnv         = "MAYFLY_HTTP_MAX_BYTES"
	pushAudienceEnv    = "MAYFLY_PUSH_AUDIENCE"
	pushAccountEnv     = "MAYFLY_PUSH_SERVICE_ACCOUNT"
	pushKeysEnv        = "MAYFLY_PUSH_KEYS_URL"
)

// Settings is what a function that takes events is configured with.
type Settings struct {
	// Name is the connector's; Config its configuration, nil when it stands in the config topic.
	Name   string
	Config map[string]string
	// Worker is the worker's properties.
	Worker map[string]string
	// Partial says that the platform is asked to take answers about single messages (ReportBatchItemFailures): without that it
	// would take such an answer for a success.
	Partial bool
	// Continue says that what takes longer than one invocation goes on in another one, which the function starts itself.
	Continue bool
	// Timeout bounds the work on a request of HTTP; Lambda says itself how long.
	Timeout time.Duration
	// MaxBody bounds the body of a request.
	MaxBody int64
	// Push is whose tokens requests of HTTP have; without Audience any is taken, since the platform has checked it.
	Push  Push
	marks exec.Topic
}

// Push is how the token of a request is checked.
type Push struct {
	Audience, Account string
	// KeysURL is where the issuer's keys are, as JWKS.
	KeysURL string
}

// googleKeys is where Google publishes the keys that sign its tokens.
const googleKeys = "https://www.googleapis.com/oauth2/v3/certs"

// retention is how long an event is remembered: SQS delivers one for 14 days at most.
const retention = 15 * 24 * time.Hour

// ReadSettings reads the environment, as os.Environ gives it. kafka is the Kafka client's own properties, which secrets may be in.
func ReadSettings(environ []string, kafka map[string]string) (Settings, error) {
	s := Settings{Worker: map[string]string{}}
	own := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if rest, ok := strings.CutPrefix(k, "CONNECT_"); ok {
			s.Worker[strings.ToLower(strings.ReplaceAll(rest, "_", "."))] = v
		} else if strings.HasPrefix(k, "MAYFLY_") {
			own[k] = v
		}
	}
	maps.Copy(s.Worker, kafka)
	if err := s.connector(own); err != nil {
		return s, err
	}
	if s.Worker["group.id"] == "" {
		s.Worker["group.id"] = "mayfly-functions"
	}
	if s.Worker["offset.storage.topic"] == "" {
		s.Worker["offset.storage.topic"] = "connect-offsets"
	}
	return s, s.numbers(own)
}

// connector reads which connector it is: {"name":…,"config":{…}} as the REST API takes it, or the properties with the name in them.
func (s *Settings) connector(own map[string]string) error {
	text := own[ConnectorConfigEnv]
	s.Name = own[ConnectorNameEnv]
	if text == "" && s.Name == "" {
		return fmt.Errorf("read the environment: neither %s nor %s says which connector takes the events", ConnectorConfigEnv, ConnectorNameEnv)
	}
	if text == "" {
		if s.Worker["config.storage.topic"] == "" {
			return fmt.Errorf("read the environment: %s is set, but not CONNECT_CONFIG_STORAGE_TOPIC, where its configuration would stand", ConnectorNameEnv)
		}
		return nil
	}
	var wrapped struct {
		Name   string            `json:"name"`
		Config map[string]string `json:"config"`
	}
	if json.Unmarshal([]byte(text), &wrapped) != nil || wrapped.Config == nil {
		wrapped.Config = nil
		if json.Unmarshal([]byte(text), &wrapped.Config) != nil {
			return fmt.Errorf(`read the environment: %s is neither {"name":…,"config":{…}} nor an object of texts`, ConnectorConfigEnv)
		}
	}
	s.Config = wrapped.Config
	for _, name := range []string{wrapped.Name, s.Config["name"]} {
		if s.Name == "" {
			s.Name = name
		}
	}
	if s.Name == "" {
		return fmt.Errorf("read the environment: %s has no name", ConnectorConfigEnv)
	}
	s.Config["name"] = s.Name
	return nil
}

// numbers reads the rest.
func (s *Settings) numbers(own map[string]string) error {
	var errs []error
	number := func(name string, def int64) int64 {
		text := own[name]
		if text == "" {
			return def
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("read the environment: %s=%q is no number", name, text))
		}
		return n
	}
	flag := func(name string) bool {
		switch own[name] {
		case "", "false":
			return false
		case "true":
			return true
		}
		errs = append(errs, fmt.Errorf("read the environment: %s=%q is neither true nor false", name, own[name]))
		return false
	}
	s.Partial, s.Continue = flag(partialEnv), flag(continueEnv)
	s.Timeout = time.Duration(number(timeoutEnv, 240_000)) * time.Millisecond
	s.MaxBody = number(maxBodyEnv, 32<<20)
	s.Push = Push{Audience: own[pushAudienceEnv], Account: own[pushAccountEnv], KeysURL: own[pushKeysEnv]}
	if s.Push.KeysURL == "" {
		s.Push.KeysURL = googleKeys
	}
	name := own[marksTopicEnv]
	if name == "" {
		name = "mayfly-events"
	}
	s.marks = exec.Topic{Name: name, Partitions: int32(number(marksPartitionsEnv, 16)), Replicas: int16(number(marksReplicasEnv, -1)),
		Config: map[string]string{"cleanup.policy": "compact,delete", "retention.ms": strconv.FormatInt(number(marksRetentionEnv, retention.Milliseconds()), 10)}}
	return errors.Join(errs...)
}

// offsets is Connect's topic of source offsets, where positions in other Kafka topics stand.
func (s *Settings) offsets() exec.Topic {
	number := func(name string, def int64) int64 {
		if n, err := strconv.ParseInt(s.Worker[name], 10, 32); err == nil {
			return n
		}
		return def
	}
	return exec.Topic{Name: s.Worker["offset.storage.topic"], Partitions: int32(number("offset.storage.partitions", 25)),
		Replicas: int16(number("offset.storage.replication.factor", -1)), Config: map[string]string{"cleanup.policy": "compact"}}
}

// lease is what is the same for all that a delivery runs.
func (s *Settings) lease(kind tasks.ConnectorKind, config map[string]string, ttl time.Duration) tasks.Lease {
	return tasks.Lease{Version: tasks.WireVersion, ID: "event", Connector: s.Name, Kind: kind, Config: maps.Clone(config), Worker: maps.Clone(s.Worker),
		Bootstrap: tasks.SplitList(s.Worker["bootstrap.servers"]), GroupID: s.Worker["group.id"], TTL: ttl.Milliseconds(), Epoch: 1, Attempt: 1,
		PlanTime: time.Now().UnixMilli()}
}
