// Command mayfly-cloudrun-s3 runs leases of the Amazon S3 sinks: as a service that answers the lease endpoint, on Cloud Run or in
// any other container, or as a Cloud Run job.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/functions/event"
	objects "github.com/mayfly-connect/mayfly/functions/event/s3"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
)

func main() {
	boot.CloudRun(tasks.Plugins{Sinks: []tasks.SinkPlugin{s3.Plugin(), s3.AivenPlugin()}},
		event.Service(event.Platform{Objects: map[string]sourceevent.Store{"s3": objects.New()}}), aws.Kinds()...)
}
