package transform

import (
	"strings"
	"unicode/utf16"

	"github.com/mayfly-connect/mayfly/tasks"
)

// parsePath splits a path of the syntax V2: steps between dots, each possibly in backticks. A backtick closes only before a
// dot or at the end; there a backslash before it makes it part of the step.
func parsePath(path string) ([]string, error) {
	var steps []string
	rest := path
	for rest != "" {
		if rest[0] != '`' {
			var step string
			step, rest, _ = strings.Cut(rest, ".")
			steps = append(steps, step)
			continue
		}
		step, n := quotedStep(rest)
		if n == 0 {
			at := len(utf16.Encode([]rune(path[:len(path)-len(rest)])))
			return nil, tasks.ConfigException("Incomplete backtick pair in path: [%s], "+
				"consider adding a backslash before backtick at position %d to escape it", path, at)
		}
		steps, rest = append(steps, step), rest[n:]
	}
	if strings.HasSuffix(path, ".") {
		steps = append(steps, "")
	}
	return steps, nil
}

// quotedStep reads a step that begins with a backtick; n is its length with the dot behind it, 0 when it has no end.
func quotedStep(s string) (step string, n int) {
	var b strings.Builder
	start := 1
	for i := 1; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		escaped := s[i-1] == '\\'
		switch {
		case i == len(s)-1:
			if escaped {
				return "", 0
			}
			b.WriteString(s[start:i])
			return b.String(), i + 1
		case s[i+1] != '.':
		case escaped:
			b.WriteString(s[start : i-1])
			b.WriteByte('`')
			start = i + 1
		default:
			b.WriteString(s[start:i])
			return b.String(), i + 2
		}
	}
	return "", 0
}
