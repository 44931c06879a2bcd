package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kind is what an event is.
type Kind string

// The kinds of native events.
const (
	Unknown     Kind = ""
	Kafka       Kind = "Kafka"
	S3          Kind = "S3"
	SQS         Kind = "SQS"
	SNS         Kind = "SNS"
	EventBridge Kind = "EventBridge"
	Kinesis     Kind = "Kinesis"
	APIGateway1 Kind = "API Gateway (payload format 1.0)"
	APIGateway2 Kind = "API Gateway (payload format 2.0) or function URL"
	CloudEvent  Kind = "CloudEvents"
	PubSub      Kind = "Pub/Sub push"
)

// KindOf tells by its shape what a JSON payload is; Unknown when it is none of these, with an error that says what was seen when it
// is no JSON object at all.
func KindOf(payload []byte) (Kind, error) {
	seen := map[string][]byte{}
	s := &scanner{b: payload}
	err := s.object(func(name []byte) error {
		if string(name) == "Records" {
			first, err := s.firstItem()
			seen["Records"] = first
			return err
		}
		v, err := s.value()
		seen[string(name)] = v
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return Unknown, fmt.Errorf("read the event: %w", err)
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if seen[n] == nil {
				return false
			}
		}
		return true
	}
	switch source := textOf(seen["eventSource"]); {
	case source == "aws:kafka" || source == "SelfManagedKafka":
		return Kafka, nil
	case has("Records"):
		return recordsKind(seen["Records"]), nil
	case has("Service", "Event", "Bucket") && textOf(seen["Event"]) == testEvent:
		return S3, nil
	case has("specversion", "id", "source", "type"):
		return CloudEvent, nil
	case has("message", "subscription"):
		return PubSub, nil
	case has("detail-type", "source", "detail"):
		return EventBridge, nil
	case has("requestContext", "rawPath") && textOf(seen["version"]) == "2.0":
		return APIGateway2, nil
	case has("requestContext", "httpMethod"):
		return APIGateway1, nil
	}
	return Unknown, nil
}

// firstItem reads an array and returns its first item.
func (s *scanner) firstItem() (first []byte, err error) {
	first = []byte("[]")
	n := 0
	err = s.array(func() error {
		v, err := s.value()
		if n++; n == 1 {
			first = v
		}
		return err
	})
	return first, err
}

// recordsKind tells the services apart that send Records.
func recordsKind(first []byte) Kind {
	var r struct {
		EventSource string
	}
	if json.Unmarshal(first, &r) != nil { // SNS writes EventSource, which is the same to the decoder
		return Unknown
	}
	switch r.EventSource {
	case "aws:sqs":
		return SQS
	case "aws:sns":
		return SNS
	case "aws:s3":
		return S3
	case "aws:kinesis":
		return Kinesis
	}
	return Unknown
}

func textOf(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// unknown is the error of a payload that no kind fits. It shows the names of the members, and no content.
func unknown(payload []byte) error {
	var names []string
	s := &scanner{b: payload}
	err := s.object(func(name []byte) error {
		if len(names) < 12 {
			names = append(names, string(name))
		}
		_, err := s.value()
		return err
	})
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	return errors.New("the event is of no kind that this function takes (an event of Kafka, SQS, SNS, S3, Kinesis, EventBridge, API Gateway or a function URL, a CloudEvent, " +
		"a Pub/Sub push, or an invitation of leases); it has the members " + strings.Join(names, ", "))
}
