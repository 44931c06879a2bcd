package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

func topics(c tasks.Config) []tasks.ConfigError {
	list, pattern, dead := c.List(TopicsKey), c.String(TopicsRegexKey), c.String(DeadLetterKey)
	both := func(text string) []tasks.ConfigError {
		return []tasks.ConfigError{{Key: TopicsKey, Message: text}, {Key: TopicsRegexKey, Message: text}}
	}
	one := func(key, format string, args ...any) []tasks.ConfigError {
		return []tasks.ConfigError{{Key: key, Message: fmt.Sprintf(format, args...)}}
	}
	switch {
	case len(list) > 0 && pattern != "":
		return both("topics and topics.regex are mutually exclusive options, but both are set.")
	case len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list):
		return one(TopicsKey, "Configuration 'topics' values must not be duplicated.")
	case slices.Contains(list, ""):
		return one(TopicsKey, "Configuration 'topics' values must not be empty.")
	case len(list) == 0 && pattern == "" && strings.TrimSpace(c.Props()[TopicsRegexKey]) == "":
		return both("Must configure one of topics or topics.regex")
	case dead == "":
		return nil
	case slices.Contains(list, dead):
		return one(TopicsKey, "The DLQ topic '%s' may not be included in the list of topics ('topics=[%s]') consumed by the connector",
			dead, strings.Join(list, ", "))
	case pattern != "" && matches(pattern, dead):
		return one(TopicsRegexKey, "The DLQ topic '%s' may not be matched by the regex for the topics ('topics.regex=%s') consumed by the connector",
			dead, pattern)
	}
	return nil
}

// installed checks the version that the configuration asks for. A range of versions, in brackets, is not looked into.
func installed(p tasks.Plugin, props map[string]string) []tasks.ConfigError {
	want, ok := props[VersionKey]
	if !ok || want == p.Version || strings.HasPrefix(want, "[") || strings.HasPrefix(want, "(") {
		return nil
	}
	text := WrongVersion(p, want)
	return []tasks.ConfigError{{Key: ClassKey, Message: text}, {Key: VersionKey, Message: text}}
}

// WrongVersion returns Connect's text for a version of a plugin that is not installed.
func WrongVersion(p tasks.Plugin, want string) string {
	return fmt.Sprintf("Plugin %s not found that matches the version range [%s,%[2]s], available versions: [%s]", p.Class, want, p.Version)
}

func regex(v any) string {
	s, _ := v.(string)
	if _, err := javaregexp.Compile(s); err != nil {
		return "Invalid regex: " + err.Error()
	}
	return ""
}

// matches reports whether the whole text matches; a pattern that takes too long does not.
func matches(pattern, text string) bool {
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		return false
	}
	ok, err := re.FullMatch(text)
	return ok && err == nil
}
