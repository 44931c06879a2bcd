package node

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
)

// backend is the REST API's view of the store.
type backend struct{ n *Node }

var _ api.Backend = (*backend)(nil)

// Connectors implements [api.Reader].
func (b *backend) Connectors() []string { return b.n.store.Load().Connectors() }

// Connector implements [api.Reader].
func (b *backend) Connector(name string) (api.ConnectorState, bool) {
	s := b.n.store.Load()
	config, target, ok := s.Connector(name)
	if !ok {
		return api.ConnectorState{}, false
	}
	c := api.ConnectorState{Name: name, Config: config, Target: string(target), Topics: s.Topics(name)}
	class := config["connector.class"]
	taskClass, count := "", 1
	if p, ok := b.n.cfg.Plugins.Sink(class); ok {
		c.Kind, c.Version, taskClass = tasks.SinkKind, p.Version, strings.TrimSuffix(p.Class, "Connector")+"Task"
		if n, err := strconv.Atoi(config["tasks.max"]); err == nil {
			count = n
		}
	} else if p, ok := b.n.cfg.Plugins.Source(class); ok {
		c.Kind, c.Version, taskClass = tasks.SourceKind, p.Version, strings.TrimSuffix(p.Class, "Connector")+"Task"
		if n, err := strconv.Atoi(config["tasks.max"]); err == nil {
			count = n
		}
	}
	st, ok := s.Status(name, -1)
	if !ok {
		return c, true
	}
	c.HasStatus, c.State, c.WorkerID, c.Trace = true, st.State, st.WorkerID, st.Trace
	if target == plan.Stopped || st.State == control.Failed {
		return c, true
	}
	for id := range count {
		t := api.TaskState{ID: id, Version: c.Version, State: control.Unassigned, Config: map[string]string{"task.class": taskClass}}
		for k, v := range config {
			t.Config[k] = v
		}
		if ts, ok := s.Status(name, id); ok {
			t.State, t.WorkerID, t.Trace = ts.State, ts.WorkerID, ts.Trace
		} else {
			continue
		}
		c.Tasks = append(c.Tasks, t)
	}
	return c, true
}

// Put implements [api.Writer].
func (b *backend) Put(ctx context.Context, name string, config map[string]string, initialState string) (bool, error) {
	return b.n.store.Load().Put(ctx, name, config, initialState)
}

// Delete implements [api.Writer].
func (b *backend) Delete(ctx context.Context, name string) error {
	return b.n.store.Load().Delete(ctx, name)
}

// SetTarget implements [api.Writer].
func (b *backend) SetTarget(ctx context.Context, name, state string) error {
	return b.n.store.Load().SetTarget(ctx, name, state)
}

// Restart implements [api.Restarter].
func (b *backend) Restart(ctx context.Context, name string, task int, includeTasks, onlyFailed bool) error {
	if _, ok := b.Connector(name); !ok {
		return fmt.Errorf("connector %s: %w", name, api.ErrNotFound)
	}
	if task >= 0 {
		return b.n.store.Load().RestartTask(ctx, name, task)
	}
	return b.n.store.Load().Restart(ctx, name, includeTasks, onlyFailed)
}

// Create validates a connector of a file and stores it, unless the very same is stored already. It waits until this node
// leads.
func (n *Node) Create(ctx context.Context, c worker.Connector) error {
	if r := n.Validate(c.Config); !r.OK() {
		return fmt.Errorf("connector %s: %s", c.Name, r.Message())
	}
	if err := n.leading(ctx); err != nil {
		return err
	}
	if have, _, ok := n.store.Load().Connector(c.Name); ok && maps.Equal(have, c.Config) {
		return nil
	}
	_, err := n.store.Load().Put(ctx, c.Name, c.Config, c.InitialState)
	return err
}

// leading blocks until this node leads.
func (n *Node) leading(ctx context.Context) error {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		if _, isMe := n.store.Load().Leader(); isMe {
			tick.Stop()
			return nil
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return ctx.Err()
		case <-tick.C:
		}
	}
}
