package transform

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// predicate decides whether a transform runs on a record.
type predicate interface {
	test(r *tasks.Record) bool
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
		return topicMatches{re}, err
	}
	return tombstone{}, nil
}

type hasHeader string

func (h hasHeader) test(r *tasks.Record) bool {
	return slices.ContainsFunc(r.Headers, func(x tasks.Header) bool { return x.Key == string(h) })
}

type tombstone struct{}

func (tombstone) test(r *tasks.Record) bool { return r.Value.IsNull() && r.Encoded == nil }

type topicMatches struct{ re *javaregexp.Regexp }

func (t topicMatches) test(r *tasks.Record) bool { return t.re.FullMatch(r.Topic) }
