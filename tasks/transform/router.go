package transform

import (
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

type filter struct{}

func (filter) apply(*tasks.Arena, *tasks.Record) (bool, error) { return false, nil }

// regexRouter remembers the last topic, since a batch has mostly one.
type regexRouter struct {
	re          *javaregexp.Regexp
	replacement string
	from, to    string
}

func newRegexRouter(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	re, err := javaregexp.Compile(c.String("regex"))
	return &regexRouter{re: re, replacement: c.String("replacement")}, err
}

func (t *regexRouter) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	if r.Topic != t.from || t.from == "" {
		to, err := t.route(r.Topic)
		if err != nil {
			return false, err
		}
		t.from, t.to = strings.Clone(r.Topic), strings.Clone(to)
	}
	r.Topic = t.to
	return true, nil
}

func (t *regexRouter) route(topic string) (string, error) {
	ok, err := t.re.FullMatch(topic)
	if err != nil {
		return "", exception(tasks.ConnectException, err)
	}
	if !ok {
		return topic, nil
	}
	to, err := t.re.ReplaceFirst(topic, t.replacement)
	switch _, noGroup := errors.AsType[javaregexp.NoGroupError](err); {
	case noGroup:
		return "", exception("java.lang.IndexOutOfBoundsException", err)
	case err != nil:
		return "", exception(illegalArgument, err)
	}
	return to, nil
}

type timestampRouter struct {
	kind    tasks.ConnectorKind
	format  string
	layout  *javatime.Layout
	scratch []byte
	topic   string
	text    string
	to      string
}

func newTimestampRouter(c tasks.Config, kind tasks.ConnectorKind) (transformer, error) {
	layout, err := javatime.Compile(c.String("timestamp.format"))
	if err != nil {
		// Java reads the pattern with the first record, so the record fails, not the configuration.
		return failing{exception(illegalArgument, err)}, nil
	}
	return &timestampRouter{kind: kind, format: c.String("topic.format"), layout: layout}, nil
}

func (t *timestampRouter) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	if r.Timestamp == tasks.NoTimestamp {
		return false, tasks.DataException("Timestamp missing on record: %s", recordText(r, t.kind))
	}
	t.scratch = t.layout.AppendMillis(t.scratch[:0], r.Timestamp)
	if r.Topic != t.topic || string(t.scratch) != t.text || t.to == "" {
		t.topic, t.text = strings.Clone(r.Topic), string(t.scratch)
		t.to = strings.ReplaceAll(strings.ReplaceAll(t.format, "${topic}", t.topic), "${timestamp}", t.text)
	}
	r.Topic = t.to
	return true, nil
}

// failing refuses every record.
type failing struct{ err error }

func (f failing) apply(*tasks.Arena, *tasks.Record) (bool, error) { return false, f.err }
