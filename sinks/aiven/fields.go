package aiven

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Field is a part of a record that objects can hold.
type Field string

// The fields.
const (
	Key       Field = "key"
	Value     Field = "value"
	Offset    Field = "offset"
	Timestamp Field = "timestamp"
	Headers   Field = "headers"
)

func allFields() []Field { return []Field{Key, Value, Offset, Timestamp, Headers} }

func checkFields(v any) string {
	list, _ := v.([]string)
	if v != nil && len(list) == 0 {
		return "cannot be empty"
	}
	for _, f := range list {
		if !slices.Contains(allFields(), Field(f)) {
			return "supported values are: 'key', 'value', 'offset', 'timestamp', 'headers'"
		}
	}
	return ""
}

func fieldsOf(list []string) []Field {
	out := make([]Field, len(list))
	for i, f := range list {
		out[i] = Field(f)
	}
	return out
}

// schemaless is Java's exception for a key or value that has no schema where one is needed.
func schemaless(what string) error {
	return tasks.NewException("java.lang.NullPointerException", "%s schema cannot be null", what)
}
