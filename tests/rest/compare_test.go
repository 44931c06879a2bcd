package rest

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// difference compares an answer with the recorded one by the rules of the step; empty when they agree.
func difference(t *testing.T, s step, want, got response) string {
	t.Helper()
	return gocmp.Diff(reduce(t, s, want), reduce(t, s, got))
}

// reduce leaves of an answer what the step compares.
func reduce(t *testing.T, s step, r response) map[string]any {
	t.Helper()
	body := everywhere(plain(t, r.Body), "")
	for _, n := range s.Normalize {
		re := regexp.MustCompile(n[0])
		to := regexp.MustCompile(`\\(\d)`).ReplaceAllString(strings.ReplaceAll(n[1], "$", "$$"), "$${$1}")
		body = texts(body, func(v string) string { return re.ReplaceAllString(v, to) })
	}
	parts := strings.Split(cmp.Or(s.Compare, "exact"), ";")
	slices.SortStableFunc(parts, func(a, b string) int { // what is ignored counts in no order
		return cmp.Compare(strings.Index(b, "ignore"), strings.Index(a, "ignore"))
	})
	for _, part := range parts {
		rule, paths, _ := strings.Cut(strings.TrimSpace(part), ":")
		change, known := map[string]func(any) any{"exact": same, "shape": shape, "unordered": unordered, "ignore": ignored,
			"ignore-body": ignored, "unordered-lines": same}[rule]
		if !known {
			t.Fatalf("the recording compares by a rule that the test does not know: %s", part)
		}
		switch {
		case rule == "unordered-lines":
			for _, p := range find(t, &body, "$.message") {
				lines := strings.Split(p.get().(string), "\n")
				slices.Sort(lines)
				p.set(strings.Join(lines, "\n"))
			}
		case paths == "":
			body = change(body)
		case rule == "unordered":
			change = sorted // this array only
			fallthrough
		default:
			for path := range strings.SplitSeq(paths, ",") {
				for _, p := range find(t, &body, strings.TrimSpace(path)) {
					p.set(change(p.get()))
				}
			}
		}
	}
	headers := r.Headers
	if headers == nil {
		headers = map[string]string{}
	}
	return map[string]any{"status": r.Status, "headers": headers, "body": body}
}

// plain is a deep copy as encoding/json makes it.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// everywhere applies what holds for all answers: versions by shape, traces by their first line, documentation by being there,
// because ours is in our own words.
func everywhere(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = everywhere(v[k], k)
		}
	case []any:
		for i := range v {
			v[i] = everywhere(v[i], "")
		}
	case string:
		switch key {
		case "version", "commit":
			return "<string>"
		case "documentation":
			if v != "" {
				return "<string>"
			}
		case "trace":
			first, _, _ := strings.Cut(v, "\n")
			return first
		}
	}
	return v
}

func texts(v any, change func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = texts(v[k], change)
		}
	case []any:
		for i := range v {
			v[i] = texts(v[i], change)
		}
	case string:
		return change(v)
	}
	return v
}

func same(v any) any { return v }

func ignored(any) any { return "<ignored>" }

// shape keeps the types, and of an array its first element.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = shape(v[k])
		}
		return v
	case []any:
		if len(v) > 0 {
			return []any{shape(v[0])}
		}
		return v
	case bool:
		return "<boolean>"
	case float64:
		return "<number>"
	case nil:
		return nil
	}
	return "<string>"
}

func unordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = unordered(v[k])
		}
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
		return sorted(v)
	}
	return v
}

func sorted(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	text := func(v any) string {
		b, _ := json.Marshal(v) // it came from JSON
		return string(b)
	}
	slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	return list
}
