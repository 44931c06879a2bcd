// Package sources lists the source connectors that are built in.
package sources

import (
	"slices"

	"github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/sources/mirror"
	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/tasks"
)

// All returns every source connector.
func All() []tasks.SourcePlugin {
	return slices.Concat([]tasks.SourcePlugin{event.Plugin(), file.Plugin()}, mirror.Plugins(), spooldir.Plugins())
}
