// Package object holds what sinks that write named objects into a bucket share: Kafka Connect's object names, where one
// object ends and the next begins, the formats, and the [Writer] that makes all this exactly-once.
//
// An object's name and bytes are a function of the slice (I6): the name holds the offset of the first record, so the name
// is the position. Objects are created only if absent; one that exists already is compared by length and checksum. A sink
// brings a [Store] of three methods and keeps none of this itself.
package object
