// Command gcs is the Lambda function that runs leases of the Google Cloud Storage sinks.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/event"
	objects "github.com/mayfly-connect/mayfly/functions/event/gcs"
	"github.com/mayfly-connect/mayfly/functions/lambda"
	"github.com/mayfly-connect/mayfly/sinks/gcs"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

func main() {
	lambda.Start(tasks.Plugins{Sinks: []tasks.SinkPlugin{gcs.Plugin(), gcs.AivenPlugin()}},
		lambda.Native(event.Platform{Objects: map[string]sourceevent.Store{"gs": objects.New()}}), gcp.Kinds()...)
}
