package store

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
)

// Put stores a connector's configuration. With a target state, that is written first, so that the connector never runs
// before it counts. nulls are keys that are stored with null, which Connect keeps. It reports whether the connector is new.
func (s *Store) Put(ctx context.Context, name string, config map[string]string, nulls []string, target string) (created bool, err error) {
	s.mu.RLock()
	_, exists := s.view.configs[name]
	s.mu.RUnlock()
	var records []*kgo.Record
	if target != "" {
		r, err := s.target(name, target)
		if err != nil {
			return false, err
		}
		records = append(records, r)
	}
	b, err := encodeProperties(config, nulls)
	if err != nil {
		return false, err
	}
	put := &kgo.Record{Topic: s.cfg.Topics.Config, Key: []byte("connector-" + name), Value: b}
	if err := s.write(ctx, nil, append(records, put)...); err != nil {
		return false, err
	}
	return !exists, s.awaitRead(ctx, put)
}

// awaitRead waits until a record that was written was read back.
func (s *Store) awaitRead(ctx context.Context, r *kgo.Record) error {
	return s.await(ctx, func() bool { return s.next[r.Topic][r.Partition] > r.Offset })
}

func (s *Store) target(name, state string) (*kgo.Record, error) {
	rec := targetStateRecord{State: state, StateV2: state}
	if state == string(plan.Stopped) {
		rec.State = string(plan.Paused) // for workers that do not know STOPPED
	}
	b, err := encode(rec)
	return &kgo.Record{Topic: s.cfg.Topics.Config, Key: []byte("target-state-" + name), Value: b}, err
}

// SetTarget writes what the user wants of a connector: STARTED, PAUSED or STOPPED.
func (s *Store) SetTarget(ctx context.Context, name, state string) error {
	r, err := s.target(name, state)
	if err != nil {
		return err
	}
	var records []*kgo.Record
	if state == string(plan.Stopped) && s.hasTasks(name) { // a stopped connector has no tasks
		if records, err = s.taskRecords(control.TaskSet{Connector: name}); err != nil {
			return err
		}
	}
	if err := s.write(ctx, nil, append(records, r)...); err != nil {
		return err
	}
	return s.awaitRead(ctx, r)
}

// Delete removes a connector: two tombstones, as Connect writes them.
func (s *Store) Delete(ctx context.Context, name string) error {
	topic := s.cfg.Topics.Config
	target := &kgo.Record{Topic: topic, Key: []byte("target-state-" + name)}
	if err := s.write(ctx, nil, &kgo.Record{Topic: topic, Key: []byte("connector-" + name)}, target); err != nil {
		return err
	}
	return s.awaitRead(ctx, target)
}

// Restart asks the loop to start a connector's failed tasks again.
func (s *Store) Restart(ctx context.Context, name string, includeTasks, onlyFailed bool) error {
	b, err := encode(restartRecord{includeTasks, onlyFailed})
	if err != nil {
		return err
	}
	return s.write(ctx, nil, &kgo.Record{Topic: s.cfg.Topics.Config, Key: []byte("restart-connector-" + name), Value: b})
}

// RestartTask tells the loop to start one task again.
func (s *Store) RestartTask(ctx context.Context, name string, task int) error {
	select {
	case s.changes <- control.Change{Restart: &control.Restart{Connector: name, Task: task}}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return errors.New("this coordinator ends")
	}
}

// Connectors returns the names of all connectors, sorted.
func (s *Store) Connectors() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.view.configs))
}

// Connector returns a connector's configuration and target state; false when there is none.
func (s *Store) Connector(name string) (config map[string]string, target plan.TargetState, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.view.configs[name]
	if c == nil {
		return nil, "", false
	}
	target = s.view.targets[name]
	if target == "" {
		target = plan.Started
	}
	return maps.Clone(c.config), target, true
}

// Nulls returns the keys of a connector's configuration that are stored with null.
func (s *Store) Nulls(name string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.view.configs[name]; c != nil {
		return slices.Clone(c.nulls)
	}
	return nil
}
