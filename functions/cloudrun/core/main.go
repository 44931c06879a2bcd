// Command mayfly-cloudrun-core runs leases of the connectors that need nothing but the file system: as a service that answers the
// lease endpoint, on Cloud Run or in any other container, or as a Cloud Run job. It takes events, too.
package main

import (
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/functions/event"
	sinkfile "github.com/mayfly-connect/mayfly/sinks/file"
	sourcefile "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/tasks"
)

func main() {
	boot.CloudRun(tasks.Plugins{
		Sinks:   []tasks.SinkPlugin{sinkfile.Plugin()},
		Sources: append([]tasks.SourcePlugin{sourcefile.Plugin()}, spooldir.Plugins()...),
	}, event.Service(event.Platform{}))
}
