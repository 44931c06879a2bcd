package registry

import (
	"os"

	"github.com/mayfly-connect/mayfly/tasks"
)

// fileKey is Mayfly's own: the mode without a registry.
const fileKey = "schema.file"

// FileKey is the configuration of converters that can do without a registry.
func FileKey() tasks.ConfigKey {
	return key(fileKey, tasks.TypeString, "", "Mayfly's own: file of the schema of all data, which then has no schema id before it. No registry is asked.")
}

// SchemaFile returns the text of the configured schema file; ok is false when there is none. An error is a ConfigException.
func SchemaFile(c tasks.Config) (text string, ok bool, err error) {
	path := c.String(fileKey)
	if path == "" {
		return "", false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false, BadFile(c, err)
	}
	return string(data), true, nil
}

// BadFile is the error of a schema file that cannot be used.
func BadFile(c tasks.Config, err error) error {
	return tasks.ConfigException("Invalid value %s for configuration %s: %v", c.String(fileKey), fileKey, err)
}
