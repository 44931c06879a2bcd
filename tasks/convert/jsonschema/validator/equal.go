package validator

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// canonical is a text that two values have in common if they are the same to JSON Schema: 1 and 1.0 are, and objects whatever
// the order of their keys.
func canonical(v any) string { return string(appendCanonical(nil, v)) }

func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b = append(strconv.AppendQuote(b, k), ':')
			b = append(appendCanonical(b, v[k]), ',')
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for _, item := range v {
			b = append(appendCanonical(b, item), ',')
		}
		return append(b, ']')
	case string:
		return strconv.AppendQuote(b, v)
	case json.Number:
		if n, ok := parseNumber(v); ok {
			return append(b, n.key()...)
		}
		return append(b, v...)
	case bool:
		return strconv.AppendBool(b, v)
	}
	return append(b, "null"...)
}

// nameOf is a value's type in Java's words, as messages have it.
func nameOf(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "JSONObject"
	case []any:
		return "JSONArray"
	case string:
		return "String"
	case json.Number:
		if n, ok := parseNumber(v); ok && n.whole() {
			return "Integer"
		}
		return "BigDecimal"
	case bool:
		return "Boolean"
	}
	return "Null"
}

// is reports whether a value is of a type of JSON Schema.
func is(v any, kind string) bool {
	switch v := v.(type) {
	case map[string]any:
		return kind == "object"
	case []any:
		return kind == "array"
	case string:
		return kind == "string"
	case json.Number:
		if kind != "integer" {
			return kind == "number"
		}
		n, ok := parseNumber(v)
		return ok && n.whole()
	case bool:
		return kind == "boolean"
	}
	return kind == "null"
}
