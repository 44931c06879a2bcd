package registry

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Link is what the converter of keys or of values has of its registry. Not safe for concurrent use.
type Link struct {
	*Client
	Subjects Subjects
	Wire     *Wire
	Asker    *Asker
	// Part is what errors call the side: key or value.
	Part string
}

// NewLink reads the keys that all converters have. It does not connect. An error is Kafka's ConfigException.
func NewLink(c tasks.Config, isKey bool) (*Link, error) {
	client, err := New(c)
	if err != nil {
		return nil, err
	}
	wire, err := NewWire(c, isKey)
	if err != nil {
		return nil, err
	}
	return &Link{Client: client, Subjects: NewSubjects(c, isKey), Wire: wire, Asker: NewAsker(c, client, wire), Part: Part(isKey)}, nil
}

// Met returns the schema that data names by an id, and the subject that it was asked under: empty where the subject depends on
// the schema.
func (l *Link) Met(ctx context.Context, id ID, topic string) (got *Registered, subject string, err error) {
	if l.Subjects.ByTopic() {
		subject = l.Subjects.OfTopic(topic)
	}
	if id.GUID != "" {
		got, err = l.ByGUID(ctx, id.GUID)
	} else {
		got, err = l.ByID(ctx, id.Number, subject)
	}
	return got, subject, err
}

// Serialization is Kafka's SerializationException, which the converters wrap into what Connect's users see.
func Serialization(cause error, format string, args ...any) error {
	return tasks.NewException(tasks.SerializationException, format, args...).WithCause(cause)
}
