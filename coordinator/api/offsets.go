package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

func (s *server) offsetRoutes() {
	s.on("GET", "/connectors/{c}/offsets", func(_ http.ResponseWriter, c call) (int, any, error) {
		state, err := s.connector(c)
		if err != nil {
			return 0, nil, err
		}
		offsets, err := s.Backend.Offsets(c.Context(), state.Name)
		return http.StatusOK, map[string][]Offset{"offsets": append([]Offset{}, offsets...)}, err
	})
	s.on("PATCH", "/connectors/{c}/offsets", func(w http.ResponseWriter, c call) (int, any, error) {
		offsets, err := offsetsBody(c.body)
		if err != nil {
			return 0, nil, err
		}
		return s.alter(w, c, offsets, "altered")
	})
	s.on("DELETE", "/connectors/{c}/offsets", func(w http.ResponseWriter, c call) (int, any, error) {
		return s.alter(w, c, nil, "reset")
	})
}

// alter moves a stopped connector's offsets; nil resets them all.
func (s *server) alter(w http.ResponseWriter, c call, offsets []Offset, done string) (int, any, error) {
	if sent, err := s.forwarded(w, c); sent || err != nil {
		return 0, nil, err
	}
	state, err := s.connector(c)
	if err != nil {
		return 0, nil, err
	}
	if state.Target != "STOPPED" {
		return 0, nil, badRequest("Connectors must be in the STOPPED state before their offsets can be modified. This can be done "+
			"for the specified connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint", state.Name)
	}
	if state.Kind == tasks.SinkKind && offsets != nil {
		if offsets, err = sinkOffsets(offsets); err != nil {
			return 0, nil, err
		}
	}
	known, err := s.Backend.AlterOffsets(c.Context(), state.Name, offsets)
	if err != nil {
		return 0, nil, err
	}
	message := "The offsets for this connector have been " + done + " successfully"
	if !known {
		message = "The Connect framework-managed offsets for this connector have been " + done + " successfully. However, if this " +
			"connector manages offsets externally, they will need to be manually " + done + " in the system that the connector uses."
	}
	return http.StatusOK, map[string]string{"message": message}, nil
}

// offsetsBody reads {"offsets":[{"partition":{…},"offset":{…}}]}.
func offsetsBody(body []byte) ([]Offset, error) {
	var b struct {
		Offsets []Offset `json:"offsets"`
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, badBody(fmt.Errorf(`the request body is empty: send {"offsets":[{"partition":{…},"offset":{…}}]}`))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return nil, badBody(fmt.Errorf("read the offsets: %w", err))
	}
	if len(b.Offsets) == 0 {
		return nil, badRequest("Partitions / offsets need to be provided for an alter offsets request")
	}
	for i := range b.Offsets {
		for _, m := range []*json.RawMessage{&b.Offsets[i].Partition, &b.Offsets[i].Offset} {
			if isNull(*m) {
				*m = nil
			} else if (*m)[0] != '{' {
				return nil, badBody(fmt.Errorf("partitions and offsets are objects, not %s", *m))
			}
		}
	}
	return b.Offsets, nil
}

func isNull(m json.RawMessage) bool { return len(m) == 0 || string(m) == "null" }

// sinkOffsets checks a sink's offsets as Connect does and returns them with numbers for what may also be text.
func sinkOffsets(offsets []Offset) ([]Offset, error) {
	out := make([]Offset, len(offsets))
	for i, o := range offsets {
		topic, partition, err := sinkPartition(o.Partition)
		if err != nil {
			return nil, err
		}
		if out[i].Partition, err = json.Marshal(map[string]any{"kafka_topic": topic, "kafka_partition": partition}); err != nil {
			return nil, err
		}
		if o.Offset == nil {
			continue
		}
		at, err := sinkOffset(o.Offset)
		if err != nil {
			return nil, err
		}
		out[i].Offset = json.RawMessage(`{"kafka_offset":` + strconv.FormatInt(at, 10) + `}`)
	}
	return out, nil
}

func sinkPartition(raw json.RawMessage) (topic string, partition int32, err error) {
	if raw == nil {
		return "", 0, badRequest("The partition for a sink connector offset cannot be null or missing")
	}
	m, err := object(raw)
	if err != nil {
		return "", 0, err
	}
	t, hasTopic := m["kafka_topic"]
	p, hasPartition := m["kafka_partition"]
	switch {
	case !hasTopic || !hasPartition:
		return "", 0, badRequest("The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'")
	case isNull(t):
		return "", 0, badRequest("Kafka topic names must be valid strings and may not be null")
	case isNull(p):
		return "", 0, badRequest("Kafka partitions must be valid numbers and may not be null")
	}
	n, err := strconv.ParseInt(textOf(p), 10, 32)
	if err != nil {
		return "", 0, badRequest("Failed to parse the following Kafka partition value in the provided offsets: '%s'. Partition values for sink connectors need to be integers.", textOf(p))
	}
	return textOf(t), int32(n), nil
}

func sinkOffset(raw json.RawMessage) (int64, error) {
	m, err := object(raw)
	if err != nil {
		return 0, err
	}
	text, ok := m["kafka_offset"]
	if !ok {
		return 0, badRequest("The offset for a sink connector should either be null or contain the key 'kafka_offset'")
	}
	n, err := strconv.ParseInt(textOf(text), 10, 64)
	if err != nil {
		return 0, badRequest("Failed to parse the following Kafka offset value in the provided offsets: '%s'. Offset values for sink connectors need to be integers.", textOf(text))
	}
	return n, nil
}

// textOf is a JSON value as Java prints it: text without quotes.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil && raw[0] == '"' {
		return s
	}
	return strings.TrimSpace(string(raw))
}
