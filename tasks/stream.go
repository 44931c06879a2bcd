package tasks

import (
	"fmt"
	"strconv"
)

// Position is where a source stands in a split: the JSON text of Connect's source offset map, such as {"position":30}.
// Empty means from the beginning. It is opaque to all but its source.
type Position string

// Stream is an ordered lane of records: a topic-partition of a sink connector, or one split of a source connector.
type Stream struct {
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition,omitempty"`
	// Split is the JSON text of Connect's source partition map, byte for byte as it is stored, such as
	// {"filename":"/tmp/a.txt"}. Empty for sinks.
	Split string `json:"split,omitempty"`
}

// String returns orders/3 for a topic-partition, the split's text for a source.
func (s Stream) String() string {
	if s.Split != "" {
		return s.Split
	}
	return s.Topic + "/" + strconv.Itoa(int(s.Partition))
}

// Slice is the bounded work of one lease. For a sink it is [From, To) of Kafka offsets, for a source what lies between
// two positions.
type Slice struct {
	Stream Stream `json:"stream"`
	// TopicID is of which topic of that name the offsets are.
	TopicID TopicID `json:"topicId,omitempty"`
	From    int64   `json:"from"`
	To      int64   `json:"to"`
	// CloseTail says that the last, unfinished file of the slice is to be closed and delivered. When false, it is not, and
	// the result's position is the first offset that no finished file holds.
	CloseTail bool `json:"closeTail,omitempty"`
	// Since and Until bound a source's slice; an empty Until means what the source can read before the deadline.
	Since Position `json:"since,omitempty"`
	Until Position `json:"until,omitempty"`
}

// String returns the slice for people, such as orders/3[100,200).
func (s Slice) String() string {
	if s.Stream.Split != "" {
		return fmt.Sprintf("%s[%s,%s)", s.Stream.Split, s.Since, s.Until)
	}
	return fmt.Sprintf("%s[%d,%d)", s.Stream, s.From, s.To)
}
