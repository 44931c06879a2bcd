package mirror

import "strings"

// heartbeatsTopic is the topic that heartbeats go to.
const heartbeatsTopic = "heartbeats"

// policy says how topics are called in the target cluster.
type policy struct {
	identity  bool // IdentityReplicationPolicy: as in the source cluster, heartbeats excepted
	source    string
	separator string
	internal  string // the separator of internal topics
}

// remote is the name of a source cluster's topic in the target cluster.
func (p policy) remote(topic string) string {
	if p.identity && !strings.HasSuffix(topic, heartbeatsTopic) {
		return topic
	}
	return p.source + p.separator + topic
}

// sourceOf returns the alias of the cluster that a topic was replicated from; "" when it was not, as far as its name tells.
func (p policy) sourceOf(topic string) string {
	if p.identity && !strings.HasSuffix(topic, heartbeatsTopic) {
		return p.source
	}
	alias, rest, _ := strings.Cut(topic, p.separator)
	if strings.Trim(rest, p.separator) == "" {
		return ""
	}
	return alias
}

// upstream returns a replicated topic's name in the cluster that it comes from; false when it was not replicated.
func (p policy) upstream(topic string) (string, bool) {
	if p.identity && !strings.HasSuffix(topic, heartbeatsTopic) {
		return topic, true
	}
	alias := p.sourceOf(topic)
	if alias == "" {
		return "", false
	}
	return topic[len(alias)+len(p.separator):], true
}

// original returns a topic's name where it was first written.
func (p policy) original(topic string) string {
	for {
		up, ok := p.upstream(topic)
		if !ok || up == topic {
			return topic
		}
		topic = up
	}
}

// cycle reports whether a topic comes from the target cluster: to replicate it would never end.
func (p policy) cycle(topic, target string) bool {
	for {
		alias := p.sourceOf(topic)
		if alias == "" || alias == target {
			return alias != ""
		}
		up, ok := p.upstream(topic)
		if !ok || up == topic {
			return false
		}
		topic = up
	}
}

func (p policy) heartbeats(topic string) bool { return p.original(topic) == heartbeatsTopic }

// ofKafka reports whether a topic is Kafka's or MirrorMaker's own.
func (p policy) ofKafka(topic string) bool {
	return strings.HasPrefix(topic, "__") || strings.HasPrefix(topic, ".") ||
		strings.HasPrefix(topic, "mm2") && strings.HasSuffix(topic, p.internal+"internal") || strings.HasSuffix(topic, p.checkpointsSuffix())
}

func (p policy) checkpointsSuffix() string {
	return p.internal + "checkpoints" + p.internal + "internal"
}

// offsetSyncs is the topic of offset syncs in the cluster that is not other.
func (p policy) offsetSyncs(other string) string {
	return "mm2-offset-syncs" + p.internal + other + p.internal + "internal"
}

// checkpoints is the topic of the checkpoints of groups of the source cluster.
func (p policy) checkpoints() string { return p.source + p.checkpointsSuffix() }
