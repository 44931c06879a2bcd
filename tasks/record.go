package tasks

import "math"

// TimestampType says who set a record's timestamp.
type TimestampType uint8

// The timestamp types of Kafka.
const (
	NoTimestampType TimestampType = iota
	CreateTime
	LogAppendTime
)

// NoTimestamp is the timestamp of a record that has none, NoPartition the partition of a source record that leaves the
// choice to the producer.
const (
	NoTimestamp int64 = math.MinInt64
	NoPartition int32 = -1
)

// RawHeader is a header as it is in Kafka. A nil Value is null.
type RawHeader struct {
	Key   string
	Value []byte
}

// Raw is a record as it was consumed: its coordinates and its bytes. Nil bytes are null. It is what a dead letter carries.
type Raw struct {
	Topic         string
	Partition     int32
	Offset        int64
	Timestamp     int64 // ms since the epoch, or NoTimestamp
	TimestampType TimestampType
	Key, Value    []byte
	Headers       []RawHeader
}

// Header is a converted header.
type Header struct {
	Key    string
	Schema *Schema
	Value  Value
}

// Record is Connect's ConnectRecord: what converters make, transforms change and sinks take. A nil schema is schemaless.
// Its memory is the batch's.
type Record struct {
	Topic         string
	Partition     int32 // NoPartition possible for sources
	Offset        int64 // sinks only
	Timestamp     int64 // ms since the epoch, or NoTimestamp
	TimestampType TimestampType

	KeySchema, ValueSchema *Schema
	Key, Value             Value
	Headers                []Header

	// Encoded is the value in the sink's own encoding when the shortcut of [Transcoder] was taken; then Value is null and
	// ValueSchema describes what Encoded holds. Nil when the value was decoded.
	Encoded []byte

	// Raw is the consumed record; nil for source records. Sinks use its coordinates for offsets and names, because
	// transforms may change Topic and Partition.
	Raw *Raw

	// Position is the source position after this record, to be committed with it; sources only.
	Position Position
}
