package try

import (
	"github.com/mayfly-connect/mayfly/coordinator/printable"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Kafka is a record as it is in Kafka.
type Kafka struct {
	Topic   string           `json:"topic,omitempty"`
	Key     *printable.Bytes `json:"key"`
	Value   *printable.Bytes `json:"value"`
	Headers []Header         `json:"headers,omitempty"`
}

// Header is one of its headers.
type Header struct {
	Key   string           `json:"key"`
	Value *printable.Bytes `json:"value"`
}

func kafka(key, value []byte, headers []tasks.RawHeader) *Kafka {
	k := &Kafka{Key: printable.Of(key), Value: printable.Of(value)}
	for _, h := range headers {
		k.Headers = append(k.Headers, Header{h.Key, printable.Of(h.Value)})
	}
	return k
}
