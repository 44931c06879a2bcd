// Package tasks is the vocabulary of Mayfly: records and schemas, slices, leases and results, the contracts of plugins,
// the kinds of error, and the definitions of configuration keys. It imports the standard library alone; everything else
// imports it. The words are those of DESIGN.md.
//
// # The way of the data
//
// A coordinator cuts a stream (a topic-partition, or one split of a source) into slices and grants leases on them. An
// executor runs one lease: it fetches exactly the slice [from, to), converts each record, sends it through the transform
// chain, hands batches to a sink's [Writer] (or, for a source, reads records and produces them), and reports a [Result].
// A lease and a result, versioned JSON, are all that crosses between the two sides.
//
// # Invariants
//
// Each line of code that enforces one of these names it.
//
//   - I1 A granted slice never changes its bounds, its configuration or its plan time; a re-grant repeats them. A cut may
//     only be changed before it is granted.
//   - I2 One coordinator writes; a newer one fences it (one fixed transactional.id; InitProducerID is the lock).
//   - I3 No result depends on anything that an executor kept from an earlier invocation (caches and connections are speed
//     only).
//   - I4 A result counts once, and only under the epoch that granted it.
//   - I5 A position moves only together with its data, and only forward.
//   - I6 Transforms and encoders are pure: same slice and configuration, same bytes. No wall clock (the lease carries the
//     plan time), no randomness, no map order, no gzip time stamp.
//   - I7 A stored entry is the whole truth for its key, never a delta.
//   - I8 No record is ever passed over silently. Each one is delivered, filtered by the user's own chain, written to the
//     dead letter topic, or counted and logged as tolerated; otherwise its stream stops there.
//
// Consequences: an executor may be lost, late, doubled or a zombie and the destination is the same. A re-run of any
// historic slice gives the same bytes.
//
// # Memory
//
// The memory of a batch lives as long as the batch: strings and bytes alias what was fetched, structs and lists come from
// the batch's [Arena]. Who keeps a value longer than the call it was given in, clones it ([Value.Clone]).
package tasks
