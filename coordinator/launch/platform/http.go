package platform

import (
	"context"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/endpoint"
	"github.com/mayfly-connect/mayfly/tasks"
)

func http() Kind {
	return Kind{Name: "http", Elsewhere: true, Keys: endpoint.Keys(), New: func(ctx context.Context, c tasks.Config, o Options) (launch.Launcher, error) {
		l, err := endpoint.Configured(c, o.Family)
		if err != nil {
			return nil, err
		}
		return l.Open(ctx), nil
	}}
}
