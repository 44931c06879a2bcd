// Package exec runs leases: it fetches exactly the slice [from, to), converts, transforms, delivers, writes dead letters and
// reports. What a [Runner] keeps from one lease to the next (connections, sinks) is speed only (I3).
//
// The way of a sink's record: fetch.go reads Kafka, pipeline.go converts and transforms under the error rules of errors.go,
// sink.go hands batches to the sink's writer, deadletters.go holds what failed until its file is finished, report.go tells
// the coordinator. A source's record goes source.go, pipeline.go backwards, and into one transaction with its offset.
package exec
