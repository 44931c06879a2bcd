// Command mayfly-process-gcs runs leases of the Google Cloud Storage sink.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

func main() {
	boot.Process(tasks.Plugins{Sinks: []tasks.SinkPlugin{gcs.Plugin(), gcs.AivenPlugin()}}, gcp.Kinds()...)
}
