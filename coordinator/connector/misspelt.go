package connector

import (
	"maps"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// Misspelling is a key that nothing reads, with the known keys that it may be meant to be.
type Misspelling struct {
	Key     string
	Nearest []string
}

// Misspelt returns the keys of a configuration that are not known but look like known ones, sorted. Connect passes over
// unknown keys in silence, because a plugin may read what it does not declare. The report must be of these props.
func (r Report) Misspelt(props map[string]string) []Misspelling {
	var known []string
	for _, k := range r.Def {
		if _, set := props[k.Name]; !set { // a key that is set already is not meant by another
			known = append(known, k.Name)
		}
	}
	var out []Misspelling
	for _, key := range slices.Sorted(maps.Keys(props)) {
		if _, ok := r.Def.Key(key); ok {
			continue
		}
		candidates := known
		if strings.HasPrefix(key, "mayfly.") {
			if candidates = own(); slices.Contains(candidates, key) {
				continue
			}
		}
		if slices.Contains(r.Unknown, key) {
			client, _, _ := strings.Cut(key, ".")
			candidates = nil
			for _, k := range clientDefs()[client] {
				candidates = append(candidates, client+".override."+k.Name)
			}
		}
		if near := slips(key, candidates); len(near) > 0 {
			out = append(out, Misspelling{key, near})
		}
	}
	return out
}

// own returns Mayfly's own keys of connectors: those of dead letters, of restarts, and of the order.
func own() []string {
	keys := []string{exec.SourceDeadLetterTopic, exec.SourceDeadLetterReplicas, RestartMaxKey, RestartBackOffKey, RestartBackOffMaxKey, OrderKey}
	for _, k := range clientDefs()["producer"] {
		keys = append(keys, exec.DeadLetterPrefix+k.Name)
	}
	return keys
}

// slips are the candidates that differ from a key by few letters, of those the nearest.
func slips(key string, candidates []string) []string {
	limit := max(1, min(3, len(key)/4))
	return slices.DeleteFunc(Nearest(key, candidates), func(c string) bool {
		return distance(strings.ToLower(key), strings.ToLower(c)) > limit
	})
}
