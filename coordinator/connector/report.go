package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Report is what a validation found.
type Report struct {
	// Class is the value of connector.class.
	Class string
	// Kind is empty when ClassError is set.
	Kind tasks.ConnectorKind
	// Plugin describes the connector that Class names.
	Plugin tasks.Plugin
	// Def is the framework's keys, then the plugin's own.
	Def tasks.ConfigDef
	// Values are the values of keys as they are understood, where they are not those of the configuration: full class names.
	Values map[string]string
	// Resolved is the configuration that was checked, where it differs from the submitted one: without placeholders.
	Resolved map[string]string
	// Mask hides in a text what its placeholders stood for; nil when nothing is to be hidden.
	Mask func(text string) string
	// Order is the place within its group, -1 for none, of keys that the configuration itself brought up.
	Order map[string]int
	// Hidden keys are of no use with this configuration.
	Hidden map[string]bool
	// Unknown are overrides of settings that Kafka's clients do not have.
	Unknown []string
	// Errors are in the order of Def; errors of other keys follow.
	Errors []tasks.ConfigError
	// ClassError is Connect's text for a missing or unknown class. Nothing else could be checked then.
	ClassError string
}

// OK reports whether the configuration can be used.
func (r Report) OK() bool { return r.ClassError == "" && len(r.Errors) == 0 }

// Shown is a text without the values of placeholders.
func (r Report) Shown(text string) string {
	if r.Mask == nil {
		return text
	}
	return r.Mask(text)
}

// Message returns the text with which Connect refuses the configuration, or "".
func (r Report) Message() string {
	if r.ClassError != "" || r.OK() {
		return r.Shown(r.ClassError)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Connector configuration is invalid and contains the following %d error(s):", len(r.Errors))
	for _, e := range r.Errors {
		b.WriteString("\n" + e.Message)
	}
	b.WriteString("\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`")
	return r.Shown(b.String())
}

// Of returns the texts of one key's errors; never nil.
func (r Report) Of(key string) []string {
	out := []string{}
	for _, e := range r.Errors {
		if e.Key == key {
			out = append(out, r.Shown(e.Message))
		}
	}
	return out
}

// sort brings errors into the order of the definitions.
func (r *Report) sort() {
	place := func(e tasks.ConfigError) int {
		if i := slices.IndexFunc(r.Def, func(k tasks.ConfigKey) bool { return k.Name == e.Key }); i >= 0 {
			return i
		}
		return len(r.Def)
	}
	slices.SortStableFunc(r.Errors, func(a, b tasks.ConfigError) int { return place(a) - place(b) })
}

// With returns the report with one more error.
func (r Report) With(key, message string) Report {
	r.Errors = append(slices.Clone(r.Errors), tasks.ConfigError{Key: key, Message: message})
	r.sort()
	return r
}
