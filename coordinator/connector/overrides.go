package connector

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Policy is connector.client.config.override.policy: what a connector may override of the worker's Kafka clients.
type Policy struct {
	// Name is All, None, Principal or Allowlist; empty for All.
	Name string
	// Allowed are the settings that Allowlist lets through.
	Allowed []string
}

// principal are the settings that the policy Principal lets through.
var principal = []string{"sasl.jaas.config", "sasl.mechanism", "security.protocol"}

// check returns Connect's text when a setting may not be overridden.
func (p Policy) check(setting string) string {
	switch {
	case p.Name == "", p.Name == "All",
		p.Name == "Principal" && slices.Contains(principal, setting),
		p.Name == "Allowlist" && slices.Contains(p.Allowed, setting):
		return ""
	}
	return "The '" + p.Name + "' policy does not allow '" + setting + "' to be overridden in the connector configuration."
}

// clientKeys are the settings of Kafka's clients 4.3.1: client, name, type, importance and default ("-" for none, \N for null).
//
//go:embed clientkeys.txt
var clientKeys string

var clientDefs = sync.OnceValue(func() map[string]tasks.ConfigDef {
	out := map[string]tasks.ConfigDef{}
	for line := range strings.Lines(clientKeys) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 5 {
			continue
		}
		k := tasks.ConfigKey{Name: f[1], Type: tasks.ConfigType(f[2]), Importance: tasks.Importance(f[3]), Doc: "Kafka's setting " + f[1] + " of the " + f[0] + "."}
		switch f[4] {
		case "-":
		case `\N`:
			k.Default = tasks.NullDefault
		default:
			k.Default = tasks.DefaultTo(f[4])
		}
		out[f[0]] = append(out[f[0]], k)
	}
	return out
})

// overrides checks the settings of the clients that a connector uses, and adds their keys. An error says which cannot be read.
func (v Validator) overrides(r *Report, props map[string]string) error {
	for _, client := range v.clients(r, props) {
		prefix := client + ".override."
		def := clientDefs()[client]
		for _, key := range slices.Sorted(maps.Keys(props)) {
			name, ok := strings.CutPrefix(key, prefix)
			if !ok {
				continue
			}
			k, known := def.Key(name)
			if known {
				if _, err := k.Parse(map[string]string{name: props[key]}); err != nil {
					return tasks.ConfigException("%s", err.Message)
				}
				k.DisplayName, k.Name = name, key
				r.Def, r.Order[key] = append(r.Def, k), -1
			} else {
				r.Unknown = append(r.Unknown, key)
			}
			if text := v.Policy.check(name); text != "" {
				r.Errors = append(r.Errors, tasks.ConfigError{Key: key, Message: text})
			}
		}
	}
	return nil
}

// clients are the Kafka clients that a connector uses beside the worker's own.
func (v Validator) clients(r *Report, props map[string]string) []string {
	separate := r.Kind == tasks.SourceKind && (v.ExactlyOnce || props["offsets.storage.topic"] != "")
	deadLetters := r.Kind == tasks.SinkKind && props[DeadLetterKey] != ""
	var out []string
	if r.Kind == tasks.SourceKind || deadLetters {
		out = append(out, "producer")
	}
	if deadLetters || separate || r.Kind == tasks.SourceKind && strings.TrimSpace(props["topic.creation.groups"]) != "" {
		out = append(out, "admin")
	}
	if r.Kind == tasks.SinkKind || separate {
		out = append(out, "consumer")
	}
	return out
}
