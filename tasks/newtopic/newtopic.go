// Package newtopic reads topic.creation.* of source connectors: how topics that are not there yet are created. It is pure.
package newtopic

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

const (
	prefix    = "topic.creation."
	groupsKey = prefix + "groups"
	byDefault = "default"

	include    = "include"
	exclude    = "exclude"
	replicas   = "replication.factor"
	partitions = "partitions"
)

// Topic is how a topic is created. Partitions or Replicas of -1 leave the number to the broker.
type Topic struct {
	Partitions int32
	Replicas   int16
	Config     map[string]string
}

// Rules are the groups of a connector, in the order in which they are tried. Safe for concurrent use.
type Rules struct {
	groups []group
	other  Topic
}

type group struct {
	include, exclude *javaregexp.Regexp
	topic            Topic
}

// Parse reads a connector's configuration. Nil without an error means that it creates no topics: it has no such key. Errors
// are those at which a connector of Connect fails to start.
func Parse(props map[string]string) (*Rules, error) {
	if !slices.ContainsFunc(slices.Collect(maps.Keys(props)), func(k string) bool { return strings.HasPrefix(k, prefix) }) {
		return nil, nil
	}
	names := tasks.SplitList(props[groupsKey])
	if slices.Contains(names, "") || len(slices.Compact(slices.Sorted(slices.Values(names)))) < len(names) {
		return nil, invalid(groupsKey, list(names), "Duplicate alias provided.")
	}
	r := &Rules{}
	var err error
	if r.other, err = numbers(props, byDefault, nil); err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == byDefault {
			continue // it comes last, and takes every topic
		}
		g := group{}
		if g.include, err = pattern(props, name, include); err != nil {
			return nil, err
		}
		if g.exclude, err = pattern(props, name, exclude); err != nil {
			return nil, err
		}
		if g.topic, err = numbers(props, name, &r.other); err != nil {
			return nil, err
		}
		r.groups = append(r.groups, g)
	}
	return r, nil
}

// For returns how a topic is created: as the first group says that includes and does not exclude it, else as the default
// group says. An error is a pattern that takes too long.
func (r *Rules) For(topic string) (Topic, error) {
	for _, g := range r.groups {
		out, err := g.exclude.FullMatch(topic)
		if err != nil {
			return Topic{}, err
		}
		in, err := g.include.FullMatch(topic)
		if err != nil {
			return Topic{}, err
		}
		if in && !out {
			return g.topic, nil
		}
	}
	return r.other, nil
}

// pattern compiles a list of patterns, each of which may match.
func pattern(props map[string]string, group, key string) (*javaregexp.Regexp, error) {
	all := tasks.SplitList(props[prefix+group+"."+key])
	for _, p := range all {
		if _, err := javaregexp.Compile(p); err != nil {
			return nil, invalid(key, list(all), "Syntax error in regular expression: "+err.Error())
		}
	}
	re, err := javaregexp.Compile(strings.Join(all, "|"))
	if err != nil {
		return nil, invalid(key, list(all), "Syntax error in regular expression: "+err.Error())
	}
	return re, nil
}

// numbers reads a group's numbers, which base has when the group leaves them out (nil: it must not), and the topic's own
// configuration.
func numbers(props map[string]string, group string, base *Topic) (Topic, error) {
	t := Topic{Config: tasks.Prefixed(props, prefix+group+".")}
	for _, k := range []string{include, exclude, replicas, partitions} {
		delete(t.Config, k)
	}
	factor, err := number(props, group, replicas, tasks.TypeShort, base == nil,
		"Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default")
	if err != nil {
		return t, err
	}
	count, err := number(props, group, partitions, tasks.TypeInt, base == nil, "Number of partitions must be positive, or -1 to use the broker's default")
	if err != nil {
		return t, err
	}
	t.Replicas, t.Partitions = int16(factor), int32(count)
	if factor == 0 {
		t.Replicas = base.Replicas
	}
	if count == 0 {
		t.Partitions = base.Partitions
	}
	return t, nil
}

// number reads one number, 0 when it may be absent and is. As in Connect, a check names the key without its group.
func number(props map[string]string, group, key string, kind tasks.ConfigType, required bool, reason string) (int64, error) {
	k := tasks.ConfigKey{Name: prefix + group + "." + key, Type: kind}
	if _, ok := props[k.Name]; !ok && !required {
		return 0, nil
	}
	v, mistake := k.Parse(props)
	if mistake != nil {
		return 0, tasks.ConfigException("%s", mistake.Message)
	}
	n, _ := v.(int64)
	if n < 1 && n != -1 {
		return 0, invalid(key, strconv.FormatInt(n, 10), reason)
	}
	return n, nil
}

func list(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

func invalid(key, value, reason string) error {
	return tasks.ConfigException("%s", tasks.InvalidValue(key, value, reason).Message)
}
