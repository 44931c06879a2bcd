package node

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/control"
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
	c := api.ConnectorState{Name: name, Config: config, Nulls: s.Nulls(name), Target: string(target), Topics: s.Topics(name)}
	class := b.n.class(config)
	if p, ok := b.n.cfg.Plugins.Sink(class); ok {
		c.Kind, c.Version = tasks.SinkKind, p.Version
	} else if p, ok := b.n.cfg.Plugins.Source(class); ok {
		c.Kind, c.Version = tasks.SourceKind, p.Version
	}
	if st, ok := s.Status(name, -1); ok {
		c.HasStatus, c.State, c.WorkerID, c.Trace, c.Version = true, st.State, st.WorkerID, st.Trace, st.Version
	}
	configs, broken := s.Tasks(name)
	c.Broken = broken
	for id, config := range configs {
		t := api.TaskState{ID: id, Config: config}
		if st, ok := s.Status(name, id); ok {
			t.State, t.WorkerID, t.Trace, t.Version = st.State, st.WorkerID, st.Trace, st.Version
		}
		c.Tasks = append(c.Tasks, t)
	}
	return c, true
}

// Put implements [api.Writer].
func (b *backend) Put(ctx context.Context, name string, config map[string]string, nulls []string, initialState string) (bool, error) {
	s := b.n.store.Load()
	created, err := s.Put(ctx, name, config, nulls, initialState)
	if err != nil || !b.n.cfg.Worker.Standalone {
		return created, err
	}
	return created, s.AwaitTasks(ctx, name)
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
	if c, _ := b.Connector(name); !includeTasks && !onlyFailed && c.State == control.Failed {
		if err := b.startable(ctx, c); err != nil {
			return fmt.Errorf("Failed to start connector: %s: %w", name, err)
		}
	}
	return b.n.store.Load().Restart(ctx, name, includeTasks, onlyFailed)
}

// targets are the target states of the initial states of connector files.
var targets = map[string]string{"RUNNING": "STARTED", "PAUSED": "PAUSED", "STOPPED": "STOPPED"}

// startable says why a source connector that has failed would fail again.
func (b *backend) startable(ctx context.Context, c api.ConnectorState) error {
	p, ok := b.n.cfg.Plugins.Source(c.Config["connector.class"])
	if !ok {
		return nil
	}
	config, errs := p.Config.Parse(c.Config)
	if len(errs) > 0 {
		return errs[0]
	}
	source, err := p.New(ctx, config)
	if err != nil {
		return err
	}
	return source.Close()
}

// Create validates a connector of a file and stores it, unless the very same is stored already. It waits until this node
// leads.
func (n *Node) Create(ctx context.Context, c worker.Connector) error {
	r, err := n.Validate(c.Config)
	if err != nil {
		return fmt.Errorf("connector %s: %w", c.Name, err)
	}
	if !r.OK() {
		return fmt.Errorf("connector %s: %s", c.Name, r.Message())
	}
	if err := n.leading(ctx); err != nil {
		return err
	}
	if have, _, ok := n.store.Load().Connector(c.Name); ok && maps.Equal(have, c.Config) {
		return nil
	}
	_, err = n.store.Load().Put(ctx, c.Name, c.Config, nil, targets[c.InitialState])
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
