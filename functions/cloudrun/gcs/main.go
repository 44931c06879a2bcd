// Command mayfly-cloudrun-gcs runs leases of the Google Cloud Storage sinks: as a service that answers the lease endpoint, on Cloud Run or in
// any other container, or as a Cloud Run job.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/functions/event"
	objects "github.com/mayfly-connect/mayfly/functions/event/gcs"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

func main() {
	boot.CloudRun(tasks.Plugins{Sinks: []tasks.SinkPlugin{gcs.Plugin(), gcs.AivenPlugin()}},
		event.Service(event.Platform{Objects: map[string]sourceevent.Store{"gs": objects.New()}}), gcp.Kinds()...)
}
