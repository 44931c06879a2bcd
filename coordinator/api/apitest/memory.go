// Package apitest has a backend for tests of the REST API: connectors in memory, whose tasks run as soon as they are asked to.
package apitest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Memory is a Backend. Safe for concurrent use.
type Memory struct {
	// Kind and Tasks say what a configuration leads to; Version and WorkerID are shown in every status.
	Kind     func(config map[string]string) tasks.ConnectorKind
	Tasks    func(config map[string]string) []map[string]string
	Version  string
	WorkerID string

	mu         sync.Mutex
	connectors map[string]api.ConnectorState
	restarts   []Restart
}

// Restart is a call of Memory.Restart.
type Restart struct {
	Name                     string
	Task                     int
	IncludeTasks, OnlyFailed bool
}

// Connectors returns the names, sorted.
func (m *Memory) Connectors() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.connectors))
}

// Connector returns one connector.
func (m *Memory) Connector(name string) (api.ConnectorState, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.connectors[name]
	return s, ok
}

// Put stores a configuration.
func (m *Memory) Put(_ context.Context, name string, config map[string]string, nulls []string, initial string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.connectors[name]
	if !ok {
		s = api.ConnectorState{Name: name, Target: "STARTED"}
	}
	if initial != "" {
		s.Target = initial
	}
	s.Config, s.Nulls, s.Kind = config, nulls, m.Kind(config)
	m.settle(s)
	return !ok, nil
}

// Delete forgets a connector.
func (m *Memory) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.connectors, name)
	return nil
}

// SetTarget brings a connector into a state.
func (m *Memory) SetTarget(_ context.Context, name, state string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.connectors[name]
	if !ok {
		return api.ErrNotFound
	}
	s.Target = state
	m.settle(s)
	return nil
}

// Restart notes the call.
func (m *Memory) Restart(_ context.Context, name string, task int, includeTasks, onlyFailed bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.restarts = append(m.restarts, Restart{name, task, includeTasks, onlyFailed})
	return nil
}

// Restarts returns the restarts that were asked for.
func (m *Memory) Restarts() []Restart {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.restarts)
}

// settle does at once what a cluster does after a while. Paused connectors keep the tasks that they have.
func (m *Memory) settle(s api.ConnectorState) {
	s.HasStatus, s.WorkerID, s.Version = true, m.WorkerID, m.Version
	s.State = map[string]string{"STARTED": "RUNNING", "PAUSED": "PAUSED", "STOPPED": "STOPPED"}[s.Target]
	switch s.Target {
	case "STARTED":
		s.Tasks = nil
		for id, config := range m.Tasks(s.Config) {
			s.Tasks = append(s.Tasks, api.TaskState{ID: id, State: s.State, WorkerID: m.WorkerID, Version: m.Version, Config: config})
		}
	case "PAUSED":
		s.Tasks = slices.Clone(s.Tasks)
		for i := range s.Tasks {
			s.Tasks[i].State = s.State
		}
	case "STOPPED":
		s.Tasks = nil
	}
	if m.connectors == nil {
		m.connectors = map[string]api.ConnectorState{}
	}
	m.connectors[s.Name] = s
}

// ResetTopics does nothing: no topics are noted.
func (m *Memory) ResetTopics(context.Context, string) error { return nil }

// SetLevel does nothing.
func (m *Memory) SetLevel(context.Context, string, string) error { return nil }

// Offsets returns none.
func (m *Memory) Offsets(context.Context, string) ([]api.Offset, error) { return nil, nil }

// AlterOffsets does nothing.
func (m *Memory) AlterOffsets(context.Context, string, []api.Offset) (bool, error) { return true, nil }
