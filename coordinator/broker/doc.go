// Package broker runs a Kafka broker inside the process, for standalone mode,
// for the demo, and for tests: no JVM, no container, nothing to install.
//
// It is the in-process cluster of franz-go (kfake), with one node, on a data
// directory. What this package adds is that the directory can be trusted:
//
//   - A record, an offset or a transaction that was acknowledged is there
//     after kill -9: it was handed to the operating system before the answer
//     went out. (Not after a power failure: as with Kafka's own defaults,
//     nothing waits for the disk.)
//   - Every start is a recovery. It repairs what a death in the middle of a
//     write leaves, ends open transactions with real markers, and aborts them;
//     a transaction whose commit had begun in one partition is committed in
//     all. Only the group offsets of such a half-done commit can be missing:
//     whoever got no answer to a commit has to look, or to repeat.
//   - A restart fences transactional producers: one that lived through it gets
//     INVALID_PRODUCER_EPOCH or PRODUCER_FENCED once and has to initialise its
//     transactional id again. Idempotent producers go on, without duplicates.
//   - When the disk is full or broken the broker stops, before it acknowledges
//     what it could not write; see Broker.Failed.
//   - One process at a time has a directory.
//
// # Cleaning
//
// Retention and compaction happen at the start and at no other time, so a log
// grows while the broker runs: by the bytes of its records on disk, and by
// about 100 bytes of memory per batch. Records are kept for ever unless their
// topic sets retention.ms or retention.bytes. Both limits, and compaction,
// leave the last batch in place. Who writes millions of batches a day wants
// a real cluster.
//
// # Limits
//
// Deleting all records of a partition (DeleteRecords up to the end) makes its
// offsets begin at zero after a restart. There is no TLS, no authentication
// and no replication: it listens on the loopback address unless told
// otherwise.
package broker
