package objects_test

import (
	"encoding/base64"
	"encoding/json"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
)

// recording is one line of the recordings.
type recording struct {
	Name      string            `json:"name"`
	Theme     string            `json:"theme"`
	Connector map[string]string `json:"connector"`
	Registry  []registry.Schema `json:"registry"`
	Records   []recorded        `json:"records"`
	Steps     []step            `json:"steps"`
	Clock     int64             `json:"clock"`
	Objects   []recordedObject  `json:"objects"`
	Committed map[string]int64  `json:"committed"`
	DLQ       []deadLetter      `json:"dlq"`
	Error     *failure          `json:"error"`
}

type step struct {
	Advance int64 `json:"advance_ms"`
	Put     *int  `json:"put"`
	Commit  bool  `json:"commit"`
}

type failure struct {
	Phase   string `json:"phase"`
	Class   string `json:"class"`
	Message string `json:"message"`
}

type deadLetter struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

type recordedObject struct {
	Name        string            `json:"name"`
	ContentType string            `json:"content_type"`
	Compression string            `json:"compression"`
	Encoding    string            `json:"encoding"`
	Text        string            `json:"text"`
	Avro        *avroFile         `json:"avro"`
	Parquet     *parquetFile      `json:"parquet"`
	Metadata    map[string]string `json:"metadata"`
	Tags        map[string]string `json:"tags"`
}

type avroFile struct {
	Schema  json.RawMessage   `json:"schema"`
	Codec   string            `json:"codec"`
	Records []json.RawMessage `json:"records"`
}

type recorded struct {
	Topic         string       `json:"topic"`
	Partition     int32        `json:"partition"`
	Offset        int64        `json:"offset"`
	Timestamp     int64        `json:"timestamp"`
	TimestampType string       `json:"timestampType"`
	Key           *string      `json:"key"`
	Value         *string      `json:"value"`
	Headers       [][2]*string `json:"headers"`
}

func (r *recorded) raw() *tasks.Raw {
	raw := &tasks.Raw{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Key: decode(r.Key), Value: decode(r.Value)}
	if r.Timestamp < 0 {
		raw.Timestamp = tasks.NoTimestamp
	}
	switch r.TimestampType {
	case "CreateTime":
		raw.TimestampType = tasks.CreateTime
	case "LogAppendTime":
		raw.TimestampType = tasks.LogAppendTime
	}
	for _, h := range r.Headers {
		raw.Headers = append(raw.Headers, tasks.RawHeader{Key: *h[0], Value: decode(h[1])})
	}
	return raw
}

func decode(s *string) []byte {
	if s == nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(*s)
	if err != nil || b == nil {
		return []byte{}
	}
	return b
}
