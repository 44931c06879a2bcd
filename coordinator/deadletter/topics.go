package deadletter

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// The keys of connector configurations that are looked at.
const (
	topicKey       = "errors.deadletterqueue.topic.name"
	topicsKey      = "topics"
	topicsRegexKey = "topics.regex"
)

// Connectors are the configurations of a Connect cluster by name.
type Connectors map[string]map[string]string

// Connectors reads the configurations from the cluster's config topic.
func (q *Queues) Connectors(ctx context.Context, configTopic string) (Connectors, error) {
	ends, err := q.adm.ListCommittedOffsets(ctx, configTopic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the configurations of connectors: %w", topicError(configTopic, err))
	}
	out := Connectors{}
	for r, err := range q.records(ctx, configTopic, ends, 0) {
		if err != nil {
			return nil, fmt.Errorf("read the configurations of connectors: %w", err)
		}
		name, ok := strings.CutPrefix(string(r.Key), "connector-")
		if !ok {
			continue
		}
		var config struct{ Properties map[string]string }
		if json.Unmarshal(r.Value, &config) != nil || config.Properties == nil {
			delete(out, name) // a tombstone, or what no worker would take
			continue
		}
		out[name] = config.Properties
	}
	return out, nil
}

// Elsewhere is a dead letter topic on another cluster: the brokers, and a connector that says how to reach them.
type Elsewhere struct{ Servers, Topic, Connector string }

// Elsewhere returns the dead letter topics of other clusters that the connectors name, each once, sorted.
func (c Connectors) Elsewhere() (out []Elsewhere) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		e := Elsewhere{Servers: strings.TrimSpace(c[name][exec.DeadLetterServers]), Connector: name}
		if e.Servers == "" {
			continue
		}
		for _, key := range []string{topicKey, exec.SourceDeadLetterTopic} {
			e.Topic = c[name][key]
			known := slices.ContainsFunc(out, func(o Elsewhere) bool { return o.Servers == e.Servers && o.Topic == e.Topic })
			if e.Topic != "" && !known {
				out = append(out, e)
			}
		}
	}
	return out
}

// Topics are the dead letter topics of this cluster that the connectors name, sorted.
func (c Connectors) Topics() []string {
	seen := map[string]bool{}
	for _, config := range c {
		if strings.TrimSpace(config[exec.DeadLetterServers]) != "" {
			continue
		}
		for _, key := range []string{topicKey, exec.SourceDeadLetterTopic} {
			if t := config[key]; t != "" {
				seen[t] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Reads reports whether a sink connector reads a topic. An error says that there is no such connector.
func (c Connectors) Reads(connector, topic string) (bool, error) {
	config, ok := c[connector]
	if !ok {
		return false, fmt.Errorf("there is no connector %s in the cluster", connector)
	}
	if slices.Contains(tasks.SplitList(config[topicsKey]), topic) {
		return true, nil
	}
	if config[topicsRegexKey] == "" {
		return false, nil
	}
	re, err := javaregexp.Compile(config[topicsRegexKey])
	if err != nil {
		return false, fmt.Errorf("connector %s: %s: %w", connector, topicsRegexKey, err)
	}
	return re.FullMatch(topic)
}

// Existing returns those of the topics that exist.
func (q *Queues) Existing(ctx context.Context, topics []string) ([]string, error) {
	found, err := q.adm.ListTopics(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("look up topics: %w", err)
	}
	var out []string
	for _, t := range topics {
		if found.Has(t) {
			out = append(out, t)
		}
	}
	return out, nil
}
