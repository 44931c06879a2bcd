package gcs

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// writeFields answers with v, or with the part of it that the parameter fields
// selects: "a,b(c,d),e/f".
func writeFields(w http.ResponseWriter, c call, v any) *apiError {
	fields := c.query.Get("fields")
	if fields == "" {
		writeJSON(w, http.StatusOK, v)
		return nil
	}
	want, rest := parseFields(fields)
	if rest != "" {
		return errInvalid("Invalid field selection %s", fields)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return errBackend(err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		return errBackend(err)
	}
	writeJSON(w, http.StatusOK, want.pick(all))
	return nil
}

// A selection is the fields to keep; an empty one keeps all.
type selection map[string]selection

// parseFields reads a selection and returns what follows it, which is not
// empty if there is something wrong.
func parseFields(text string) (selection, string) {
	all := selection{}
	for {
		var ok bool
		if text, ok = parseField(all, text); !ok {
			return all, "?"
		}
		if !strings.HasPrefix(text, ",") {
			return all, text
		}
		text = text[1:]
	}
}

// parseField reads one path, with a selection in parentheses or without, into
// all.
func parseField(all selection, text string) (rest string, ok bool) {
	for {
		end := strings.IndexAny(text, ",()/")
		if end < 0 {
			end = len(text)
		}
		name := text[:end]
		text = text[end:]
		if name == "" {
			return text, false
		}
		if all[name] == nil {
			all[name] = selection{}
		}
		all = all[name]
		if strings.HasPrefix(text, "(") {
			sub, rest := parseFields(text[1:])
			maps.Copy(all, sub)
			return strings.CutPrefix(rest, ")")
		}
		if !strings.HasPrefix(text, "/") {
			return text, true
		}
		text = text[1:]
	}
}

// pick returns the selected part of a JSON value.
func (s selection) pick(v any) any {
	if len(s) == 0 || s["*"] != nil {
		return v
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = s.pick(v[i])
		}
		return v
	case map[string]any:
		kept := map[string]any{}
		for name, sub := range s {
			if f, ok := v[name]; ok {
				kept[name] = sub.pick(f)
			}
		}
		return kept
	}
	return v
}
