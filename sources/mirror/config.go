package mirror

import (
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The configuration keys that the code reads.
const (
	sourceAliasKey       = "source.cluster.alias"
	targetAliasKey       = "target.cluster.alias"
	enabledKey           = "enabled"
	policyKey            = "replication.policy.class"
	separatorKey         = "replication.policy.separator"
	internalSeparatorKey = "replication.policy.internal.topic.separator.enabled"
	topicsKey            = "topics"
	topicsExcludeKey     = "topics.exclude"
	topicFilterKey       = "topic.filter.class"
	propertyFilterKey    = "config.property.filter.class"
	propertiesExcludeKey = "config.properties.exclude"
	refreshTopicsKey     = "refresh.topics.enabled"
	refreshTopicsEvery   = "refresh.topics.interval.seconds"
	syncConfigsKey       = "sync.topic.configs.enabled"
	syncConfigsEvery     = "sync.topic.configs.interval.seconds"
	syncACLsKey          = "sync.topic.acls.enabled"
	syncACLsEvery        = "sync.topic.acls.interval.seconds"
	replicasKey          = "replication.factor"
	syncsReplicasKey     = "offset-syncs.topic.replication.factor"
	syncsLocationKey     = "offset-syncs.topic.location"
	emitSyncsKey         = "emit.offset-syncs.enabled"
	offsetLagKey         = "offset.lag.max"
	mirrorHeartbeatsKey  = "heartbeats.replication.enabled"
	groupsKey            = "groups"
	groupsExcludeKey     = "groups.exclude"
	groupFilterKey       = "group.filter.class"
	refreshGroupsKey     = "refresh.groups.enabled"
	refreshGroupsEvery   = "refresh.groups.interval.seconds"
	emitCheckpointsKey   = "emit.checkpoints.enabled"
	emitCheckpointsEvery = "emit.checkpoints.interval.seconds"
	syncGroupsKey        = "sync.group.offsets.enabled"
	syncGroupsEvery      = "sync.group.offsets.interval.seconds"
	checkpointReplicas   = "checkpoints.topic.replication.factor"
	emitHeartbeatsKey    = "emit.heartbeats.enabled"
	emitHeartbeatsEvery  = "emit.heartbeats.interval.seconds"
	heartbeatReplicas    = "heartbeats.topic.replication.factor"
)

// The classes of the original that are known.
const (
	classes              = "org.apache.kafka.connect.mirror."
	defaultPolicy        = classes + "DefaultReplicationPolicy"
	identityPolicy       = classes + "IdentityReplicationPolicy"
	defaultTopics        = classes + "DefaultTopicFilter"
	defaultGroups        = classes + "DefaultGroupFilter"
	defaultProperties    = classes + "DefaultConfigPropertyFilter"
	defaultTopicsExclude = `mm2.*\.internal,.*\.replica,__.*`
	defaultExcludedProps = "follower.replication.throttled.replicas,leader.replication.throttled.replicas,message.timestamp.difference.max.ms," +
		"log.message.timestamp.before.max.ms,log.message.timestamp.after.max.ms,message.timestamp.type,unclean.leader.election.enable,min.insync.replicas"
)

func key(name string, t tasks.ConfigType, d tasks.Default, imp tasks.Importance, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: d, Importance: imp, Doc: doc, Width: tasks.WidthNone, DisplayName: name}
}

// patterns is a key with a list of names and regular expressions.
func patterns(name, value, doc string) tasks.ConfigKey {
	k := key(name, tasks.TypeList, tasks.DefaultTo(value), tasks.High, doc)
	k.Distinct = true
	return k
}

func flag(name, value, doc string) tasks.ConfigKey {
	return key(name, tasks.TypeBoolean, tasks.DefaultTo(value), tasks.Low, doc)
}

func seconds(name, value, doc string) tasks.ConfigKey {
	return key(name, tasks.TypeLong, tasks.DefaultTo(value), tasks.Low, doc)
}

func replicas(name, value, what string) tasks.ConfigKey {
	return key(name, tasks.TypeShort, tasks.DefaultTo(value), tasks.Low, "The replication factor of the topic of "+what+".")
}

// commonKeys are those of all three connectors.
func commonKeys() tasks.ConfigDef {
	to := tasks.DefaultTo
	separator := key(separatorKey, tasks.TypeString, to("."), tasks.Low, "What stands between an alias and a topic's name.")
	separator.Untrimmed = true
	return append(tasks.ConfigDef{
		flag(enabledKey, "true", "Whether anything is replicated."),
		key(sourceAliasKey, tasks.TypeString, tasks.Default{}, tasks.High, "The source cluster's name. Its clients' settings stand behind source.cluster., such as source.cluster.bootstrap.servers."),
		key(targetAliasKey, tasks.TypeString, to("target"), tasks.High, "The target cluster's name: that of the cluster that Connect writes to. Its clients' settings stand behind target.cluster."),
		key("admin.timeout.ms", tasks.TypeLong, to("60000"), tasks.Low, "How long looking for topics and groups, and changing topics, may take."),
		key(policyKey, tasks.TypeClass, to(defaultPolicy), tasks.Low, "How topics are named: DefaultReplicationPolicy (<alias>.<topic>) or IdentityReplicationPolicy (<topic>)."),
		separator,
		flag(internalSeparatorKey, "true", "Whether that separator is also in the names of the topics of offset syncs and checkpoints."),
		key("forwarding.admin.class", tasks.TypeClass, to("org.apache.kafka.clients.admin.ForwardingAdmin"), tasks.Low, "Accepted without effect: it is Java's."),
	}, clientKeys()...)
}

func topicFilter(d tasks.Default) tasks.ConfigKey {
	return key(topicFilterKey, tasks.TypeClass, d, tasks.Low, "The class that chooses topics; the default, by topics and topics.exclude, alone is known.")
}

func syncsLocation() tasks.ConfigKey {
	k := key(syncsLocationKey, tasks.TypeString, tasks.DefaultTo(sourceCluster), tasks.Low, "In which cluster the topic of offset syncs is: source or target.")
	k.Check = tasks.OneOf(sourceCluster, targetCluster)
	return k
}

func pollTimeout() tasks.ConfigKey {
	return key("consumer.poll.timeout.ms", tasks.TypeLong, tasks.DefaultTo("1000"), tasks.Low, "Accepted without effect: what is read is known before.")
}

func metricNames() tasks.ConfigKey {
	return key("metric.names.formats", tasks.TypeList, tasks.DefaultTo("legacy"), tasks.Low, "Accepted without effect: metrics are the coordinator's.")
}

func sourceKeys() tasks.ConfigDef {
	to := tasks.DefaultTo
	return append(commonKeys(),
		patterns(topicsKey, ".*", "The topics to replicate: names or regular expressions."),
		patterns(topicsExcludeKey, defaultTopicsExclude, "The topics not to replicate: names or regular expressions. It wins over topics."),
		patterns(propertiesExcludeKey, defaultExcludedProps, "The topic settings not to copy: names or regular expressions."),
		topicFilter(to(defaultTopics)),
		key(propertyFilterKey, tasks.TypeClass, to(defaultProperties), tasks.Low, "The class that chooses topic settings; the default, by config.properties.exclude, alone is known."),
		pollTimeout(),
		flag(refreshTopicsKey, "true", "Whether new topics and partitions are looked for."),
		seconds(refreshTopicsEvery, "600", "How often."),
		flag(syncConfigsKey, "true", "Whether the settings of the source's topics are copied."),
		seconds(syncConfigsEvery, "600", "How often."),
		flag(syncACLsKey, "true", "Whether the access rules of the source's topics are copied, but for those that allow to write."),
		seconds(syncACLsEvery, "600", "How often."),
		key(replicasKey, tasks.TypeInt, to("2"), tasks.Low, "The replication factor of remote topics."),
		replicas(syncsReplicasKey, "3", "offset syncs"),
		key(offsetLagKey, tasks.TypeLong, to("100"), tasks.Low, "How many records there may be between two offset syncs."),
		syncsLocation(),
		flag(emitSyncsKey, "true", "Whether offset syncs are written, without which there are no checkpoints."),
		flag(mirrorHeartbeatsKey, "true", "Whether heartbeats are replicated whatever topics says."),
		metricNames())
}

func checkpointKeys() tasks.ConfigDef {
	to := tasks.DefaultTo
	return append(commonKeys(),
		pollTimeout(),
		patterns(groupsKey, ".*", "The consumer groups whose offsets are translated: names or regular expressions."),
		patterns(groupsExcludeKey, "console-consumer-.*,connect-.*,__.*", "The consumer groups to leave out: names or regular expressions. It wins over groups."),
		key(groupFilterKey, tasks.TypeClass, to(defaultGroups), tasks.Low, "The class that chooses groups; the default, by groups and groups.exclude, alone is known."),
		flag(refreshGroupsKey, "true", "Whether new groups are looked for."),
		seconds(refreshGroupsEvery, "600", "How often."),
		flag(emitCheckpointsKey, "true", "Must be true: checkpoints are what the connector is for."),
		seconds(emitCheckpointsEvery, "60", "How often checkpoints are made."),
		flag(syncGroupsKey, "false", "Whether groups of the same names in the target cluster, where nobody is in them, get the translated offsets."),
		seconds(syncGroupsEvery, "60", "How often."),
		replicas(checkpointReplicas, "3", "checkpoints"),
		syncsLocation(),
		topicFilter(to(defaultTopics)),
		metricNames())
}

func heartbeatKeys() tasks.ConfigDef {
	return append(commonKeys(),
		flag(emitHeartbeatsKey, "true", "Whether heartbeats are written."),
		seconds(emitHeartbeatsEvery, "1", "How often. Each is a lease of its own."),
		replicas(heartbeatReplicas, "3", "heartbeats"))
}

// config is what the three connectors have in common.
type config struct {
	tasks.Config
	source, target string // aliases
	policy         policy
}

func newConfig(c tasks.Config) (config, error) {
	for key, known := range map[string]string{topicFilterKey: defaultTopics, groupFilterKey: defaultGroups, propertyFilterKey: defaultProperties} {
		if class := c.String(key); class != "" && class != known {
			return config{}, tasks.Fatal(fmt.Errorf("%s: there is no class %s here; only %s is known", key, class, known))
		}
	}
	p := policy{source: c.String(sourceAliasKey), separator: c.String(separatorKey), internal: "."}
	switch class := c.String(policyKey); class {
	case defaultPolicy:
	case identityPolicy:
		p.identity = true
	default:
		return config{}, tasks.Fatal(fmt.Errorf("%s: there is no class %s here; %s and %s are known", policyKey, class, defaultPolicy, identityPolicy))
	}
	if c.Bool(internalSeparatorKey) {
		p.internal = p.separator
	}
	return config{c, p.source, c.String(targetAliasKey), p}, nil
}

func (c config) every(key string) time.Duration { return time.Duration(c.Int(key)) * time.Second }

// syncsCluster is the cluster that has the topic of offset syncs, and its name there.
func (c config) syncsCluster() (cluster, topic string) {
	if c.String(syncsLocationKey) == targetCluster {
		return targetCluster, c.policy.offsetSyncs(c.source)
	}
	return sourceCluster, c.policy.offsetSyncs(c.target)
}
