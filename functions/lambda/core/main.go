// Command core is the Lambda function that runs leases of the connectors that need nothing but the file system.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/event"
	"github.com/mayfly-connect/mayfly/functions/lambda"
	sinkfile "github.com/mayfly-connect/mayfly/sinks/file"
	sourcefile "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/tasks"
)

func main() {
	lambda.Start(tasks.Plugins{
		Sinks:   []tasks.SinkPlugin{sinkfile.Plugin()},
		Sources: append([]tasks.SourcePlugin{sourcefile.Plugin()}, spooldir.Plugins()...),
	}, lambda.Native(event.Platform{}))
}
