package node

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// resolveLimit bounds how long an answer waits for config providers.
const resolveLimit = 15 * time.Second

// resolve replaces a configuration's placeholders.
func (n *Node) resolve(props map[string]string) (provider.Resolved, error) {
	if !provider.Any(props) {
		return provider.Resolved{Props: props}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveLimit) //nolint:forbidigo // callers have none, and it ends soon
	defer cancel()
	return n.cfg.Worker.Resolver.Resolve(ctx, props)
}

// Validate checks a connector's configuration as the REST API does: with what its placeholders stand for, which Connect shows in its
// answers and which is hidden here but for a few keys that hold no secrets. Its error is one
// of a config provider, or one at which Connect's own validation breaks off.
func (n *Node) Validate(props map[string]string) (connector.Report, error) {
	resolved, err := n.resolve(props)
	if err != nil {
		return connector.Report{}, err
	}
	r, err := Validator(n.cfg.Worker, n.cfg.Plugins, n.cfg.Others).Validate(resolved.Props)
	if maps.Equal(props, resolved.Props) {
		return r, err
	}
	r.Resolved, r.Mask = resolved.Props, resolved.Mask
	if err != nil {
		e := tasks.AsException(err)
		err = tasks.NewException(e.Class, "%s", resolved.Mask(e.Error()))
	}
	return r, err
}

// class is the connector class that a configuration names, whose placeholder, if it is one, is resolved; as it stands when
// it cannot be.
func (n *Node) class(config map[string]string) string {
	class := config[connector.ClassKey]
	resolved, err := n.resolve(map[string]string{connector.ClassKey: class})
	if err != nil {
		n.cfg.Log.Warn("the class of a connector cannot be resolved", "class", class, "error", fmt.Errorf("resolve %s: %w", connector.ClassKey, err))
		return class
	}
	return resolved.Props[connector.ClassKey]
}
