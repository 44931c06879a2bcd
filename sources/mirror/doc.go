// Package mirror is MirrorMaker 2: the connectors MirrorSourceConnector, MirrorCheckpointConnector and MirrorHeartbeatConnector,
// which replicate topics of a source cluster into the cluster that Connect runs on.
//
// What the original's connector threads do (find topics and groups, create and configure remote topics, translate offsets) is
// done when the coordinator looks at the source; what its tasks do, by leases. All topics and records are the original's.
package mirror
