// Command mayfly-process-s3 runs leases of the Amazon S3 sink.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
)

func main() {
	boot.Process(tasks.Plugins{Sinks: []tasks.SinkPlugin{s3.Plugin(), s3.AivenPlugin()}}, aws.Kinds()...)
}
