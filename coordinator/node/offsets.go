package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
)

// sinkPartition and sinkOffset are Connect's maps of a sink's offsets.
type (
	sinkPartition struct {
		Partition int32  `json:"kafka_partition"`
		Topic     string `json:"kafka_topic"`
	}
	sinkOffset struct {
		Offset int64 `json:"kafka_offset"`
	}
)

// Offsets implements [api.Offsets].
func (b *backend) Offsets(ctx context.Context, name string) ([]api.Offset, error) {
	s := b.n.store.Load()
	if config, _, ok := s.Connector(name); ok {
		if err := control.Check(b.n.cfg.Plugins, config); err != nil {
			return nil, err
		}
	}
	if b.kind(name) == tasks.SourceKind {
		return sourceOffsets(s.SourceOffsets(name)), nil
	}
	offsets, err := s.SinkOffsets(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []api.Offset
	for _, stream := range slices.SortedFunc(maps.Keys(offsets), func(a, b tasks.Stream) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}) {
		p, err := json.Marshal(sinkPartition{stream.Partition, stream.Topic})
		if err != nil {
			return nil, err
		}
		o, err := json.Marshal(sinkOffset{offsets[stream]})
		if err != nil {
			return nil, err
		}
		out = append(out, api.Offset{Partition: p, Offset: o})
	}
	return out, nil
}

// AlterOffsets implements [api.Offsets].
func (b *backend) AlterOffsets(ctx context.Context, name string, offsets []api.Offset) (known bool, err error) {
	if err := b.idle(ctx, name); err != nil {
		return false, err
	}
	if b.kind(name) == tasks.SourceKind {
		return b.alterSource(ctx, name, offsets)
	}
	s := b.n.store.Load()
	wanted := map[tasks.Stream]*int64{}
	if offsets == nil {
		all, err := s.SinkOffsets(ctx, name)
		if err != nil {
			return false, err
		}
		for stream := range all {
			wanted[stream] = nil
		}
	}
	for _, o := range offsets {
		var p sinkPartition
		if err := json.Unmarshal(o.Partition, &p); err != nil {
			return false, err
		}
		stream := tasks.Stream{Topic: p.Topic, Partition: p.Partition}
		wanted[stream] = nil
		if o.Offset == nil {
			continue
		}
		var at sinkOffset
		if err := json.Unmarshal(o.Offset, &at); err != nil {
			return false, err
		}
		wanted[stream] = &at.Offset
	}
	return true, s.AlterSink(ctx, name, wanted)
}

func (b *backend) alterSource(ctx context.Context, name string, offsets []api.Offset) (known bool, err error) {
	s := b.n.store.Load()
	config, _, _ := s.Connector(name)
	p, _ := b.n.cfg.Plugins.Source(config["connector.class"])
	wanted := map[string]tasks.Position{}
	if offsets == nil {
		for split := range s.SourceOffsets(name) {
			wanted[split] = ""
		}
	}
	for _, o := range offsets {
		if p.CheckOffset != nil {
			if err := p.CheckOffset(o.Partition, o.Offset); err != nil {
				return false, err
			}
		}
		wanted[string(o.Partition)] = tasks.Position(o.Offset)
	}
	return p.CheckOffset != nil, s.AlterSource(ctx, name, wanted)
}

// idle waits until no lease of a connector is in flight: what a lease delivers afterwards would move the offsets again.
func (b *backend) idle(ctx context.Context, name string) error {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		running := 0
		for _, c := range b.n.Snapshot().Connectors {
			if c.Name == name {
				running = c.InFlight
			}
		}
		if running == 0 {
			tick.Stop()
			return nil
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return fmt.Errorf("connector %s still has %d leases in flight; try again when its tasks have stopped: %w", name, running, ctx.Err())
		case <-tick.C:
		}
	}
}

// kind is the connector's, empty when no plugin has its class.
func (b *backend) kind(name string) tasks.ConnectorKind {
	c, _ := b.Connector(name)
	return c.Kind
}

// ResetTopics implements [api.Writer].
func (b *backend) ResetTopics(ctx context.Context, name string) error {
	return b.n.store.Load().ResetTopics(ctx, name)
}

// SetLevel implements [api.Writer].
func (b *backend) SetLevel(ctx context.Context, logger, level string) error {
	return b.n.store.Load().SetLevel(ctx, logger, level)
}
