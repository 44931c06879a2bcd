package try

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Defaults are the coordinates of samples that name none.
type Defaults struct {
	Topic string
	Time  time.Time
}

// members are what a line may have that stands for a record. Those behind headers are what `mayfly dlq show --json` has.
var members = []string{"key", "value", "headers", "topic", "partition", "offset", "timestamp", "time", "origin", "source", "connector", "task", "stage",
	"class", "exception", "message", "trace"}

// line is a record as one line of JSON.
type line struct {
	Key, Value json.RawMessage
	Headers    json.RawMessage
	Topic      string
	Partition  int32
	Offset     *int64
	Timestamp  *int64
	Time       *time.Time
	Origin     *struct {
		Topic     string
		Partition int32
		Offset    int64
	}
}

// maxLine bounds one line of samples, in bytes.
const maxLine = 64 << 20

// ReadSamples reads at most n samples (0 for all). Each line is one value, unless every line is a JSON object with a value and
// maybe key, headers, topic, partition, offset and timestamp, as which it is read then.
func ReadSamples(in io.Reader, n int, d Defaults) ([]tasks.Raw, error) {
	var texts [][]byte
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	for (n == 0 || len(texts) < n) && scanner.Scan() {
		if text := bytes.TrimSuffix(scanner.Bytes(), []byte("\r")); len(text) > 0 {
			texts = append(texts, bytes.Clone(text))
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	records := !slices.ContainsFunc(texts, func(text []byte) bool { return !isRecord(text) })
	out := make([]tasks.Raw, 0, len(texts))
	for i, text := range texts {
		raw := tasks.Raw{Topic: d.Topic, Offset: int64(i), Timestamp: d.Time.UnixMilli(), TimestampType: tasks.CreateTime, Value: text}
		if records {
			if err := readRecord(text, &raw); err != nil {
				return nil, fmt.Errorf("read sample %d: %w", i+1, err)
			}
		}
		if raw.Topic == "" {
			return nil, fmt.Errorf("sample %d has no topic: name one with -topic", i+1)
		}
		out = append(out, raw)
	}
	return out, nil
}

func isRecord(text []byte) bool {
	var have map[string]json.RawMessage
	if json.Unmarshal(text, &have) != nil {
		return false
	}
	for name := range have {
		if !slices.Contains(members, name) {
			return false
		}
	}
	_, ok := have["value"]
	return ok
}

func readRecord(text []byte, raw *tasks.Raw) (err error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	if raw.Key, err = datum(l.Key); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	if raw.Value, err = datum(l.Value); err != nil {
		return fmt.Errorf("value: %w", err)
	}
	if raw.Headers, err = headers(l.Headers); err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	if l.Topic != "" {
		raw.Topic = l.Topic
	}
	raw.Partition = l.Partition
	if l.Offset != nil {
		raw.Offset = *l.Offset
	}
	if l.Origin != nil { // a dead letter
		raw.Topic, raw.Partition, raw.Offset = l.Origin.Topic, l.Origin.Partition, l.Origin.Offset
	}
	switch {
	case l.Timestamp != nil:
		raw.Timestamp = *l.Timestamp
	case l.Time != nil:
		raw.Timestamp = l.Time.UnixMilli()
	}
	return nil
}

// datum reads bytes: null, a text, {"text": …}, {"hex": …}, or any other JSON as it is written.
func datum(b json.RawMessage) ([]byte, error) {
	if len(b) == 0 || string(b) == "null" {
		return nil, nil
	}
	var text string
	if json.Unmarshal(b, &text) == nil {
		return []byte(text), nil
	}
	var have map[string]string
	if json.Unmarshal(b, &have) == nil && len(have) == 1 {
		if text, ok := have["text"]; ok {
			return []byte(text), nil
		}
		if digits, ok := have["hex"]; ok {
			return hex.DecodeString(strings.TrimPrefix(digits, "0x"))
		}
	}
	return b, nil
}

// headers reads [{"key": …, "value": …}], or an object, whose order is kept.
func headers(b json.RawMessage) ([]tasks.RawHeader, error) {
	if len(b) == 0 || string(b) == "null" {
		return nil, nil
	}
	var list []struct {
		Key   string
		Value json.RawMessage
	}
	if json.Unmarshal(b, &list) == nil {
		var out []tasks.RawHeader
		for _, h := range list {
			value, err := datum(h.Value)
			if err != nil {
				return nil, err
			}
			out = append(out, tasks.RawHeader{Key: h.Key, Value: value})
		}
		return out, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("a list of {key, value} or an object is needed")
	}
	var out []tasks.RawHeader
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		data, err := datum(value)
		if err != nil {
			return nil, err
		}
		out = append(out, tasks.RawHeader{Key: fmt.Sprint(name), Value: data})
	}
	return out, nil
}
