package registry

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Subjects names the subjects of schemas. AssociatedNameStrategy without associations is TopicNameStrategy.
type Subjects struct {
	isKey    bool
	strategy string
}

// NewSubjects returns the naming that a configuration of [Keys] asks for.
func NewSubjects(c tasks.Config, isKey bool) Subjects {
	return Subjects{isKey, strings.TrimPrefix(c.String(Part(isKey)+".subject.name.strategy"), Strategies)}
}

// ByTopic reports whether a subject follows from the topic alone.
func (s Subjects) ByTopic() bool {
	return s.strategy != "RecordNameStrategy" && s.strategy != "TopicRecordNameStrategy"
}

// OfTopic returns the subject that follows from the topic alone.
func (s Subjects) OfTopic(topic string) string { return topic + "-" + Part(s.isKey) }

// Of returns the subject of a schema; record is the full name of its record, or "" when it is none, which some
// strategies refuse with a SerializationException.
func (s Subjects) Of(topic, record string) (string, error) {
	switch {
	case s.ByTopic():
		return s.OfTopic(topic), nil
	case record == "":
		part := Part(s.isKey)
		return "", tasks.NewException(tasks.SerializationException,
			"In configuration %s.subject.name.strategy = %s%s, the message %s must only be a record schema", part, Strategies, s.strategy, part)
	case s.strategy == "RecordNameStrategy":
		return record, nil
	}
	return topic + "-" + record, nil
}
