package mirror

import (
	"context"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Plugins describes the connectors.
func Plugins() []tasks.SourcePlugin {
	source := plugin("MirrorSourceConnector", "replicates topics from another cluster", sourceKeys(), newSource)
	source.Deal, source.Validate, source.ExactlyOnce = deal, validateSource, readsCommitted
	source.CheckOffset = checkOffsets(false, partitionKey{"cluster", false}, partitionKey{"topic", false}, partitionKey{"partition", true})
	checkpoints := plugin("MirrorCheckpointConnector", "translates consumer groups' offsets from another cluster", checkpointKeys(), newCheckpoints)
	checkpoints.Deal, checkpoints.Validate = dealGroups, validateCheckpoints
	checkpoints.CheckOffset = checkOffsets(true, partitionKey{"group", false}, partitionKey{"topic", false}, partitionKey{"partition", true})
	heartbeats := plugin("MirrorHeartbeatConnector", "writes heartbeats", heartbeatKeys(), newHeartbeats)
	heartbeats.SingleTask = true
	heartbeats.CheckOffset = checkOffsets(true, partitionKey{sourceAliasName, false}, partitionKey{targetAliasName, false})
	return []tasks.SourcePlugin{source, checkpoints, heartbeats}
}

// The keys of the source partition of heartbeats.
const (
	sourceAliasName = "sourceClusterAlias"
	targetAliasName = "targetClusterAlias"
)

func plugin(class, title string, keys tasks.ConfigDef, open func(context.Context, tasks.Config) (tasks.Source, error)) tasks.SourcePlugin {
	return tasks.SourcePlugin{
		Plugin: tasks.Plugin{Class: classes + class, Type: tasks.SourcePluginType, Version: tasks.ConnectVersion, Inherits: true, Title: title, Config: keys},
		Family: tasks.CoreFamily,
		New:    open,
	}
}

// readsCommitted is the original's condition for exactly once: that the source's consumer is told to read what is committed. Here it
// does unless it is told otherwise.
func readsCommitted(props map[string]string) bool {
	for _, prefix := range []string{"source.consumer.", "consumer.", "source.cluster."} {
		if v, ok := props[prefix+"isolation.level"]; ok {
			return v == "read_committed"
		}
	}
	return false
}

func validateSource(c tasks.Config) (errs []tasks.ConfigError) {
	props := c.Props()
	if props["exactly.once.support"] == "required" && !readsCommitted(props) {
		errs = append(errs, tasks.ConfigError{Key: "exactly.once.support", Message: "MirrorSourceConnector can only provide exactly-once guarantees when its source " +
			"consumer is configured with isolation.level set to 'read_committed'; otherwise, records from aborted and uncommitted transactions will be " +
			"replicated from the source cluster to the target cluster."})
	}
	if props[emitSyncsKey] != "false" {
		return errs
	}
	for k := range props {
		if strings.HasPrefix(k, "offset-syncs-") || strings.HasPrefix(k, "offset-syncs.topic.") {
			return append(errs, tasks.ConfigError{Key: emitSyncsKey, Message: "MirrorSourceConnector can't setup offset-syncs feature while emit.offset-syncs.enabled set to false"})
		}
	}
	return errs
}

func validateCheckpoints(c tasks.Config) (errs []tasks.ConfigError) {
	props := c.Props()
	if props[enabledKey] == "false" {
		return nil
	}
	if props[emitCheckpointsKey] == "false" {
		errs = append(errs, tasks.ConfigError{Key: emitCheckpointsKey, Message: "MirrorCheckpointConnector can't run with emit.checkpoints.enabled set to false"})
	}
	if props[emitSyncsKey] == "false" {
		errs = append(errs, tasks.ConfigError{Key: emitSyncsKey, Message: "MirrorCheckpointConnector can't run without offset syncs"})
	}
	return errs
}
