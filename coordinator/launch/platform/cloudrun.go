package platform

import (
	"context"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	services "github.com/mayfly-connect/mayfly/coordinator/launch/cloudrun"
	"github.com/mayfly-connect/mayfly/tasks"
)

func cloudRun() Kind {
	return Kind{Name: "cloudrun", Keys: services.Keys(), New: func(ctx context.Context, c tasks.Config, o Options) (launch.Launcher, error) {
		return services.New(ctx, c, o.Family), nil
	}}
}
