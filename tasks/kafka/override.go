package kafka

import (
	"maps"
	"slices"
	"strings"
)

// Role is what a client is for, in Connect's words.
type Role string

// The roles.
const (
	Producer Role = "producer"
	Consumer Role = "consumer"
	Admin    Role = "admin"
)

// Effective returns the properties of a connector's client in a role: the worker's own, below those with the role's prefix, below
// what the connector overrides. The brokers are always the worker's.
func Effective(worker, connector map[string]string, role Role) map[string]string {
	out := map[string]string{}
	for k, v := range worker {
		if !strings.HasPrefix(k, string(Producer)+".") && !strings.HasPrefix(k, string(Consumer)+".") && !strings.HasPrefix(k, string(Admin)+".") {
			out[k] = v
		}
	}
	servers, named := out["bootstrap.servers"]
	for k, v := range worker {
		if name, ok := strings.CutPrefix(k, string(role)+"."); ok {
			out[name] = v
		}
	}
	for k, v := range connector {
		if name, ok := strings.CutPrefix(k, string(role)+".override."); ok {
			out[name] = v
		}
	}
	delete(out, "isolation.level") // an executor reads each slice as its connector asks
	if delete(out, "bootstrap.servers"); named {
		out["bootstrap.servers"] = servers
	}
	return out
}

// unused says why settings have no effect here.
var unused = map[string]string{
	"bootstrap.servers":  "connectors work on the coordinator's cluster",
	"acks":               "all acknowledgements are always waited for",
	"enable.idempotence": "records are written in transactions",
	"transactional.id":   "it is the stream's, which fences earlier attempts",
	"enable.auto.commit": "positions are committed with what they stand for",
	"batch.size":         "batches grow up to max.request.size",
}

// unusedGroups says the same of settings by how they begin.
var unusedGroups = map[string]string{
	"fetch.": "a slice bounds what is fetched", "max.partition.fetch.": "a slice bounds what is fetched", "max.poll.": "a slice bounds what is fetched",
	"session.": "executors are in no consumer group", "heartbeat.": "executors are in no consumer group", "group.": "executors are in no consumer group",
	"partition.assignment.": "executors are in no consumer group", "delivery.timeout.": "the lease's time bounds a delivery",
	"retries": "the lease's time bounds retries", "interceptor.": "it is Java code", "partitioner.": "it is Java code", "metric": "metrics are the coordinator's",
}

// elsewhere are the overrides that have their effect outside of this package.
var elsewhere = []string{"group.id", "auto.offset.reset", "isolation.level"}

// Ignored returns, sorted and one line each, the client settings of a connector that have no effect, and why.
func Ignored(connector map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(connector)) {
		for _, role := range []Role{Producer, Consumer, Admin} {
			name, ok := strings.CutPrefix(key, string(role)+".override.")
			if !ok || role == Consumer && slices.Contains(elsewhere, name) || honoured(name) {
				continue
			}
			out = append(out, key+" has no effect: "+why(name))
		}
	}
	return out
}

func honoured(name string) bool {
	_, tuned := tunings[name]
	return tuned || name == "client.id" || name == "compression.type" || name == "security.protocol" || strings.HasPrefix(name, "sasl.") || strings.HasPrefix(name, "ssl.")
}

func why(name string) string {
	if text, ok := unused[name]; ok {
		return text
	}
	for prefix, text := range unusedGroups {
		if strings.HasPrefix(name, prefix) {
			return text
		}
	}
	return "Mayfly's client has no such setting"
}
