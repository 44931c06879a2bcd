// Package sinks is the list of all sinks.
package sinks

import (
	"github.com/mayfly-connect/mayfly/sinks/file"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
)

// All returns every sink there is.
func All() []tasks.SinkPlugin {
	return []tasks.SinkPlugin{file.Plugin(), gcs.Plugin(), s3.Plugin(), gcs.AivenPlugin(), s3.AivenPlugin()}
}
