package takeover

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

func sortPositions(p []position) {
	slices.SortFunc(p, func(a, b position) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
}

// reduce leaves of an answer or a record what is compared: lists that come from sets lose their order, traces all but their
// first line, records their times.
func reduce(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		if first, ok := v["first_line"].(string); ok {
			return firstLine(first)
		}
		if _, ok := v["discoverTimestamp"]; ok {
			v["task"] = "<task>" // whichever had the partition
		}
		if p, ok := v["partition"].(map[string]any); ok && strings.HasSuffix(fmt.Sprint(p["topic"]), heartbeats) {
			v["offset"] = "<offset>" // it grows
		}
		for k := range v {
			v[k] = reduce(v[k], k)
		}
	case []any:
		for i := range v {
			v[i] = reduce(v[i], "")
		}
		if key == "topics" || key == "offsets" || key == "" {
			slices.SortFunc(v, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
		}
	case string:
		if key == "trace" || key == "message" {
			return firstLine(v)
		}
	case float64:
		switch key {
		case "generation":
			return "<generation>"
		case "discoverTimestamp", "creation-timestamp":
			return "<ms>"
		}
	}
	return v
}

// overtaken returns got, with the recorded statuses in place of those FAILED ones that a Java worker could not write: it does
// not write them over a status of another worker's higher generation, and so shows for ever what that one left, nor, in a
// recording that was taken from a life (snap), before it has read its own RUNNING back.
func overtaken(want, got any, snap bool) any {
	switch g := got.(type) {
	case map[string]any:
		w, _ := want.(map[string]any)
		if g["state"] == "FAILED" && (w == nil && want == nil || w["state"] != nil && w["worker_id"] != worker || snap && w["state"] == "RUNNING") {
			return want
		}
		for k := range g {
			if w != nil {
				g[k] = overtaken(w[k], g[k], snap)
			}
		}
	case []any:
		if w, ok := want.([]any); ok && len(w) == len(g) {
			for i := range g {
				g[i] = overtaken(w[i], g[i], snap)
			}
		}
	}
	return got
}

// heartbeats ends the names of topics of MirrorMaker's heartbeats.
const heartbeats = "heartbeats"

// worker stands for the address of the worker of the recording, and of the coordinator.
const worker = "<worker>"

// firstLine is a trace's first line, without the plugins that the recorder had.
func firstLine(trace string) string {
	first, _, _ := strings.Cut(trace, "\n")
	first, _, _ = strings.Cut(first, ", available connectors are")
	return first
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// last is the newest value of each key that was written.
func last(records []written) map[string]any {
	out := map[string]any{}
	for _, r := range records {
		if r.Key != "" {
			out[r.Topic+"/"+r.Key] = r.Value
		}
	}
	return out
}

// records prepares what was written for the comparison.
func records(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if k == "config/session-key" {
			v = sessionKey(v)
		}
		if strings.HasPrefix(k, "offset/") && strings.HasSuffix(k, heartbeats+`"}]`) {
			v = "<offset>" // it grows
		}
		out[k] = reduce(v, "")
	}
	return out
}

func sessionKey(v any) any {
	if m, ok := v.(map[string]any); ok && m["key"] != "" {
		m["key"], m["creation-timestamp"] = "<key>", "<ms>"
	}
	return v
}
