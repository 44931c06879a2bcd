// Command mayfly-cloudrun-s3 runs leases of the Amazon S3 sinks: as a service that answers the lease endpoint, on Cloud Run or in
// any other container, or as a Cloud Run job.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
)

func main() {
	boot.CloudRun(tasks.Plugins{Sinks: []tasks.SinkPlugin{s3.Plugin(), s3.AivenPlugin()}}, nil, aws.Kinds()...)
}
