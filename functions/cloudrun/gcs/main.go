// Command mayfly-cloudrun-gcs runs leases of the Google Cloud Storage sinks: as a service that answers the lease endpoint, on Cloud Run or in
// any other container, or as a Cloud Run job.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

func main() {
	boot.CloudRun(tasks.Plugins{Sinks: []tasks.SinkPlugin{gcs.Plugin(), gcs.AivenPlugin()}}, nil, gcp.Kinds()...)
}
