// Command s3 is the Lambda function that runs leases of the Amazon S3 sinks.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/event"
	objects "github.com/mayfly-connect/mayfly/functions/event/s3"
	"github.com/mayfly-connect/mayfly/functions/lambda"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
)

func main() {
	lambda.Start(tasks.Plugins{Sinks: []tasks.SinkPlugin{s3.Plugin(), s3.AivenPlugin()}},
		lambda.Native(event.Platform{Objects: map[string]sourceevent.Store{"s3": objects.New()}, Again: objects.Again}), aws.Kinds()...)
}
