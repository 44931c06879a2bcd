package tasks

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Check looks at a parsed value, nil for null, and returns Connect's reason why it does not fit, or "".
type Check func(v any) string

// AtLeast asks for a number of at least n.
func AtLeast(n int64) Check {
	return Between(n, math.MaxInt64)
}

// Between asks for a number of at least low and at most high.
func Between(low, high int64) Check {
	return func(v any) string {
		i, ok := v.(int64)
		switch {
		case !ok:
			return "Value must be non-null"
		case i < low:
			return fmt.Sprintf("Value must be at least %d", low)
		case i > high:
			return fmt.Sprintf("Value must be no more than %d", high)
		}
		return ""
	}
}

// OneOf asks for one of the texts.
func OneOf(allowed ...string) Check {
	return func(v any) string {
		if s, ok := v.(string); !ok || !slices.Contains(allowed, s) {
			return "String must be one of: " + strings.Join(allowed, ", ")
		}
		return ""
	}
}

// OneOfFold asks for one of the texts in any case.
func OneOfFold(allowed ...string) Check {
	return func(v any) string {
		s, ok := v.(string)
		if !ok || !slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, s) }) {
			return "String must be one of (case insensitive): " + strings.Join(allowed, ", ")
		}
		return ""
	}
}

// NonEmpty asks for a text that is not empty.
func NonEmpty(v any) string {
	if s, ok := v.(string); ok && s == "" {
		return "String must be non-empty"
	}
	return ""
}

// All combines checks; the first reason counts.
func All(checks ...Check) Check {
	return func(v any) string {
		for _, c := range checks {
			if reason := c(v); reason != "" {
				return reason
			}
		}
		return ""
	}
}
