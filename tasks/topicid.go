package tasks

import (
	"encoding/base64"
	"fmt"
)

// TopicID is the id that Kafka gave a topic, as its tools print it; empty when it is not known. A topic that was deleted and
// created again has another one: offsets of the one say nothing of the other.
type TopicID string

// NewTopicID returns the id of its bytes; none of zeros, which brokers use for "not known".
func NewTopicID(id [16]byte) TopicID {
	if id == [16]byte{} {
		return ""
	}
	return TopicID(base64.RawURLEncoding.EncodeToString(id[:]))
}

// Bytes returns the id's bytes, zeros of an empty one.
func (t TopicID) Bytes() (id [16]byte, err error) {
	if t == "" {
		return id, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(t))
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("%q is not a topic id: 22 characters that hold 16 bytes", string(t))
	}
	return [16]byte(b), nil
}

// Differs reports whether both ids are known and are not the same.
func (t TopicID) Differs(o TopicID) bool { return t != "" && o != "" && t != o }
