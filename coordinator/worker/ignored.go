package worker

import (
	"maps"
	"slices"
	"strings"
)

// honoured are the properties, or how they begin where they end with a dot, that have the effect they have in Connect, or one of
// Mayfly's own.
var honoured = []string{
	"bootstrap.servers", "group.id", "client.id", "config.storage.", "offset.storage.topic", "offset.storage.partitions", "offset.storage.replication.factor",
	"status.storage.", "key.converter", "key.converter.", "value.converter", "value.converter.", "header.converter", "header.converter.",
	"heartbeat.interval.ms", "session.timeout.ms", "exactly.once.source.support", "connect.protocol", "inter.worker.key.",
	"listeners", "listeners.https.", "admin.listeners", "admin.listeners.https.", "rest.advertised.", "rest.extension.classes", "response.http.headers.config", "access.control.allow.",
	"config.providers", "config.providers.", "connector.client.config.override.", "topic.creation.enable", "topic.tracking.",
	"security.protocol", "sasl.mechanism", "sasl.jaas.config", "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.client.credentials.", "sasl.oauthbearer.scope",
	"ssl.key.password", "ssl.keystore.", "ssl.truststore.", "ssl.client.auth", "ssl.enabled.protocols", "ssl.cipher.suites", "ssl.endpoint.identification.algorithm",
	"connections.max.idle.ms", "metadata.max.age.ms", "request.timeout.ms", "socket.connection.setup.timeout.ms",
	"consumer.", "producer.", "admin.",
	"mayfly.launcher", "mayfly.launcher.", "mayfly.executor.dir", "mayfly.executors.max", "mayfly.once.limit.ms", "mayfly.lease.ttl.ms", "mayfly.lease.topic", "mayfly.result.topic", "mayfly.slice.bytes", "mayfly.data.dir",
	"mayfly.launch.rate.max", "mayfly.cost.executor.second", "mayfly.cost.day.max",
	"mayfly.rest.users.file", "mayfly.rest.readers", "mayfly.rest.request.max.bytes", "mayfly.rest.request.timeout.ms", "mayfly.rest.rate.limit", DeadLetterReplicas,
}

const (
	noRebalance = "there is no group of workers, so that nothing is rebalanced: a new coordinator takes the leases over as they are"
	noCommit    = "positions are committed with what they stand for, when a slice is done"
	noJMX       = "metrics are served to Prometheus at /metrics"
	noJava      = "it is Java code, which is not run here"
	noPlugins   = "plugins are built in, each in one version"
	noTLSClass  = "TLS is Go's, which has no such choice"
	noKerberos  = "Kerberos is not supported"
	brokersOnly = "it is for brokers, which check tokens"
	tokens      = "a token is asked for anew when it is about to expire"
	assertions  = "tokens are asked for with a client's id and secret"
	ownClient   = "Mayfly's Kafka client has times and sizes of its own"
)

// noEffect says of properties, or of how they begin, why they have no effect. The longest beginning counts.
var noEffect = map[string]string{
	"rebalance.timeout.ms": noRebalance, "scheduled.rebalance.max.delay.ms": noRebalance, "worker.sync.timeout.ms": noRebalance, "worker.unsync.backoff.ms": noRebalance,
	"offset.flush.": noCommit, "offset.storage.file.filename": "offsets are kept in offset.storage.topic, also in standalone mode",
	"task.shutdown.graceful.timeout.ms": "executors are bounded by their leases' time, and work on when the coordinator stops",
	"metric.reporters":                  noJMX, "metrics.": noJMX,
	"plugin.": noPlugins, "key.converter.plugin.version": noPlugins, "value.converter.plugin.version": noPlugins, "header.converter.plugin.version": noPlugins,
	"inter.worker.signature.algorithm": "coordinators ask nothing of each other that would be signed", "inter.worker.verification.algorithms": "coordinators ask nothing of each other that would be signed",
	"ssl.protocol": noTLSClass, "ssl.provider": noTLSClass, "ssl.engine.factory.class": noTLSClass, "ssl.keymanager.algorithm": noTLSClass,
	"ssl.trustmanager.algorithm": noTLSClass, "ssl.secure.random.implementation": noTLSClass,
	"sasl.kerberos.": noKerberos, "sasl.login.class": noJava, "sasl.login.callback.handler.class": noJava, "sasl.client.callback.handler.class": noJava,
	"sasl.login.":           tokens,
	"sasl.oauthbearer.jwt.": noJava, "sasl.oauthbearer.assertion.": assertions, "sasl.oauthbearer.header.urlencode": "a client's id and secret go with HTTP's basic authentication as they are",
	"sasl.oauthbearer.expected.": brokersOnly, "sasl.oauthbearer.jwks.": brokersOnly, "sasl.oauthbearer.clock.skew.seconds": brokersOnly,
	"sasl.oauthbearer.scope.claim.name": brokersOnly, "sasl.oauthbearer.sub.claim.name": brokersOnly,
	"client.dns.lookup": ownClient, "receive.buffer.bytes": ownClient, "send.buffer.bytes": ownClient, "retry.backoff.": ownClient, "reconnect.backoff.": ownClient,
	"metadata.recovery.": ownClient, "socket.connection.setup.timeout.max.ms": ownClient,
}

// Ignored says of properties that have no effect here why, sorted and one line each.
func (c *Config) Ignored() []string {
	out := slices.Clone(c.ignored)
	for _, key := range slices.Sorted(maps.Keys(c.Props)) {
		if why := ignored(key); why != "" {
			out = append(out, key+" has no effect: "+why)
		}
	}
	return out
}

// ignored is why a property has no effect, "" when it has one.
func ignored(key string) string {
	longest, why := 0, "neither Connect's workers nor Mayfly have such a property"
	for _, known := range honoured {
		if begins(key, known) && len(known) > longest {
			longest, why = len(known), ""
		}
	}
	for known, text := range noEffect {
		if begins(key, known) && len(known) > longest {
			longest, why = len(known), text
		}
	}
	return why
}

func begins(key, known string) bool {
	return key == known || strings.HasSuffix(known, ".") && strings.HasPrefix(key, known)
}
