package platform

import (
	"context"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	jobs "github.com/mayfly-connect/mayfly/coordinator/launch/kubernetes"
	"github.com/mayfly-connect/mayfly/tasks"
)

func kubernetes() Kind {
	return Kind{Name: "kubernetes", Elsewhere: true, Keys: jobs.Keys(), New: func(ctx context.Context, c tasks.Config, o Options) (launch.Launcher, error) {
		return jobs.New(ctx, c, o.Family)
	}}
}
