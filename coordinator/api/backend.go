package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/mayfly-connect/mayfly/tasks"
)

// TaskState is what is known of one task of a connector.
type TaskState struct {
	ID       int
	State    string
	WorkerID string
	// Trace is empty unless the task failed.
	Trace   string
	Version string
	Config  map[string]string
}

// ConnectorState is what is known of one connector. Config is what the user wrote, Tasks are sorted by ID.
type ConnectorState struct {
	Name   string
	Config map[string]string
	// Nulls are the keys that the user wrote with null.
	Nulls []string
	// Kind is empty when no plugin has the configured class.
	Kind     tasks.ConnectorKind
	State    string
	WorkerID string
	Trace    string
	Version  string
	// HasStatus is false while no status was ever written.
	HasStatus bool
	// Target is the state that the user asked for: STARTED, PAUSED or STOPPED.
	Target string
	Tasks  []TaskState
	// Broken says that Tasks do not count: their newest set was not written as a whole. As in Connect only their
	// configurations are shown.
	Broken bool
	// Topics are the topics that the connector used, for GET topics.
	Topics []string
}

// Reader reads the local view; it never blocks. What it returns belongs to the caller.
type Reader interface {
	// Connectors returns the names, in the order in which they are listed.
	Connectors() []string
	Connector(name string) (ConnectorState, bool)
}

// Writer changes the stored configuration. Its methods return when the change is written. Safe for concurrent use.
type Writer interface {
	// Put stores a validated configuration; nulls are keys with null. initialState is STARTED, PAUSED, STOPPED, or empty to keep what there is.
	Put(ctx context.Context, name string, config map[string]string, nulls []string, initialState string) (created bool, err error)
	Delete(ctx context.Context, name string) error
	// SetTarget takes STARTED, PAUSED or STOPPED.
	SetTarget(ctx context.Context, name, state string) error
	// ResetTopics forgets which topics a connector used.
	ResetTopics(ctx context.Context, name string) error
	// SetLevel sets the level of a logger in all workers of the group.
	SetLevel(ctx context.Context, logger, level string) error
}

// Offset is where one partition of a connector stands: Connect's partition and offset maps as JSON. A nil Offset is none.
type Offset struct {
	Partition json.RawMessage `json:"partition"`
	Offset    json.RawMessage `json:"offset"`
}

// Offsets reads and moves where connectors stand.
type Offsets interface {
	// Offsets returns all offsets of a connector. It may ask the brokers.
	Offsets(ctx context.Context, name string) ([]Offset, error)
	// AlterOffsets moves a stopped connector: nil forgets all, a nil offset one partition. Sinks have the partitions
	// {"kafka_topic","kafka_partition"} and the offsets {"kafka_offset"}. It returns when what it did counts. known is false
	// when the connector may keep offsets of its own elsewhere.
	AlterOffsets(ctx context.Context, name string, offsets []Offset) (known bool, err error)
}

// Restarter starts connectors and tasks anew.
type Restarter interface {
	// Restart restarts one task, or with task -1 the connector and those of its tasks that the flags name.
	Restart(ctx context.Context, name string, task int, includeTasks, onlyFailed bool) error
}

// Backend is what the API stands on. Its errors may be the ones below, wrapped; any other answers 500.
type Backend interface {
	Reader
	Writer
	Restarter
	Offsets
}

// Errors of a Backend that have a status of their own.
var (
	// ErrNotFound answers 404: the connector or task went away meanwhile.
	ErrNotFound = errors.New("not found")
	// ErrConflict answers 409, after which clients try again: a rebalance or a change of leader is under way.
	ErrConflict = errors.New("cannot complete request because of a conflicting operation (e.g. worker rebalance)")
)
