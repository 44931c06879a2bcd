package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// predicate decides whether a transform runs on a record.
type predicate interface {
	test(r *tasks.Record) (bool, error)
}

func newPredicate(props map[string]string, alias string) (predicate, error) {
	prefix := "predicates." + alias + "."
	class, ok := props[prefix+"type"]
	if !ok {
		return nil, tasks.ConfigException("Unknown configuration '%stype'", prefix)
	}
	e, err := lookup(class, tasks.PredicatePluginType)
	if err != nil {
		return nil, err
	}
	c, err := e.parse(tasks.Prefixed(props, prefix))
	if err != nil {
		return nil, err
	}
	switch e.Class {
	case pkg + "predicates.HasHeaderKey":
		return hasHeader(c.String("name")), nil
	case pkg + "predicates.TopicNameMatches":
		re, err := javaregexp.Compile(c.String("pattern"))
		return &topicMatches{re: re}, err
	}
	return tombstone{}, nil
}

type hasHeader string

func (h hasHeader) test(r *tasks.Record) (bool, error) {
	return slices.ContainsFunc(r.Headers, func(x tasks.Header) bool { return x.Key == string(h) }), nil
}

type tombstone struct{}

func (tombstone) test(r *tasks.Record) (bool, error) {
	return r.Value.IsNull() && r.Encoded == nil, nil
}

// topicMatches remembers the last topic, since a batch has mostly one.
type topicMatches struct {
	re    *javaregexp.Regexp
	known bool
	topic string
	ok    bool
}

func (t *topicMatches) test(r *tasks.Record) (bool, error) {
	if !t.known || r.Topic != t.topic {
		ok, err := t.re.FullMatch(r.Topic)
		if err != nil {
			return false, exception(tasks.ConnectException, err)
		}
		t.known, t.topic, t.ok = true, strings.Clone(r.Topic), ok
	}
	return t.ok, nil
}
