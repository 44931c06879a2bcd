// Package store keeps the coordinator's state in Kafka topics: connectors, statuses and source offsets in Kafka Connect's own
// formats, grants and checkpoints in ours. One transactional id is the lock (I2): whoever initialises it last may write.
// Every entry is the whole truth for its key (I7).
package store
