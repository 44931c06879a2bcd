package parquet_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
)

// Columns cannot be made of a schema that contains itself; that is said, be it directly or through other types.
func TestRecursiveSchema(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"field":  `{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]}]}`,
		"array":  `{"type":"record","name":"R","fields":[{"name":"list","type":{"type":"array","items":"R"}}]}`,
		"map":    `{"type":"record","name":"R","fields":[{"name":"map","type":{"type":"map","values":"R"}}]}`,
		"nested": `{"type":"record","name":"R","fields":[{"name":"in","type":{"type":"record","name":"I","fields":[{"name":"r","type":["null","R"]}]}}]}`,
	} {
		if _, err := parquet.Compile(text, parquet.Auto); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
