package platform

import (
	"context"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	awslambda "github.com/mayfly-connect/mayfly/coordinator/launch/lambda"
	"github.com/mayfly-connect/mayfly/tasks"
)

func lambda() Kind {
	return Kind{Name: "lambda", Elsewhere: true, Keys: awslambda.Keys(), New: func(ctx context.Context, c tasks.Config, o Options) (launch.Launcher, error) {
		return awslambda.New(ctx, c, o.Family)
	}}
}
