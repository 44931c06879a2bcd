package control

import (
	"context"
	"errors"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// ErrFenced says that a newer coordinator has taken over (I2). A store's Commit returns it, wrapped; so does [Loop.Run].
var ErrFenced = errors.New("a newer coordinator has taken over")

// Store is the durable state. Load is called once, first.
type Store interface {
	// Load fences older coordinators, reads everything and returns it; it blocks until the topics' ends are reached.
	Load(ctx context.Context) (Snapshot, error)
	// Commit writes a decision in one transaction and returns the epochs of its grants, in order: the offsets of their
	// entries, -1 being what the grants carry before. After an error that is not ErrFenced nothing of it may be assumed, either way.
	Commit(ctx context.Context, d Decision) ([]int64, error)
	// Changes delivers what came into the topics after Load, in order; Results what executors report. Neither is closed
	// before the store is. They are buffered, so that a turn can fold all that has come.
	Changes() <-chan Change
	Results() <-chan tasks.Result
}

// Marker is a store that knows from where an executor has to look for what earlier attempts did: it sets ResultsFrom, and for
// sources OffsetPartition and OffsetsFrom, of a first grant before that is written. It does not block.
type Marker interface {
	Mark(l *tasks.Lease)
}

// Snapshot is what a store holds at the start.
type Snapshot struct {
	Connectors []Connector
	// Checkpoints are of all connectors that ever were: one that is created again goes on where it stood.
	Checkpoints []plan.Checkpoint
	// Leases are the grants that no checkpoint has overtaken, with their epochs.
	Leases []tasks.Lease
	// Spent is what executors have used on the day that was written last.
	Spent plan.Spent
}

// Connector is a connector as its config topic has it.
type Connector struct {
	Name   string
	Config map[string]string // as submitted, placeholders unresolved
	// Tasks are the configurations of its tasks as they are stored. With Broken, their newest set is not whole: they do not run.
	Tasks  []map[string]string
	Broken bool
	// Fenced says that the number of its tasks was written since they were committed: see [TaskSet].
	Fenced bool
	// Applied says that the tasks were made from this very Config.
	Applied bool
	// Version is the offset of the config record; Topic is set when leases are to name the config topic instead of
	// carrying the configuration.
	Version int64
	Topic   string
	Target  plan.TargetState
}

// Change is one change of the stored state; one field is set.
type Change struct {
	Connector  *Connector       // created, or its configuration or target state changed
	Removed    string           // deleted
	Restart    *Restart         // a restart was asked for
	Checkpoint *plan.Checkpoint // a user moved the offsets of a stopped connector
}

// Restart asks for a task's restart, or with a negative number for all of the connector's.
type Restart struct {
	Connector string
	Task      int
}

// Decision is what one turn writes, in one transaction.
type Decision struct {
	Grants []tasks.Lease
	// waiting is when the data of each grant were first seen.
	waiting     []time.Time
	Checkpoints []plan.Checkpoint
	// Offsets are the positions of sinks by consumer group and stream.
	Offsets  map[string]map[tasks.Stream]int64
	Statuses []Status
	// Spent is what the executors of the day have used, where that is to be written.
	Spent *plan.Spent
	// Tasks are sets of tasks that replace the stored ones.
	Tasks []TaskSet
	// Topics were used by the connectors' tasks; which of them are new, the store knows.
	Topics []TopicUse
	// Forgotten are removed connectors of which nothing runs any more: their grants and statuses may go. Their checkpoints
	// stay, as in Connect.
	Forgotten []string
}

func (d *Decision) empty() bool {
	return len(d.Grants)+len(d.Checkpoints)+len(d.Statuses)+len(d.Forgotten)+len(d.Topics)+len(d.Tasks) == 0 && d.Spent == nil
}

// TaskSet is the configurations of all tasks of a connector.
type TaskSet struct {
	Connector string
	Configs   []map[string]string
	// Count asks for the record with which a Java worker fences as many tasks before it starts others; Kept says that the tasks
	// are stored already, so that it is the only one.
	Count, Kept bool
}

// TopicUse says that a task read or wrote a topic.
type TopicUse struct {
	Connector string
	Task      int
	Topic     string
}

// Status is the status of a connector (Task -1) or a task, in Connect's words. An empty State says that the task is no more.
type Status struct {
	Connector string
	Task      int
	State     string
	Trace     string
	// Version is the plugin's, empty for a connector that could not start.
	Version string
}

// The states of a status.
const (
	Running    = "RUNNING"
	Paused     = "PAUSED"
	Stopped    = "STOPPED"
	Failed     = "FAILED"
	Unassigned = "UNASSIGNED"
)

// Observer watches the ends of partitions.
type Observer interface {
	// Watch replaces what is watched: topics of these names, and those that match (nil for none). It does not block.
	Watch(names []string, match func(topic string) bool)
	// Observations delivers what was seen, without a connector's name; an empty one says that Swept has changed.
	Observations() <-chan []plan.Observation
	// Swept reports whether everything that is watched and is there was seen and has been delivered.
	Swept() bool
}

// Launcher starts executors.
type Launcher interface {
	// Launch starts an executor and returns once it has started. gone is called once when it is known to be gone: with nil
	// when it ended by itself, else with why; never when Launch returned an error.
	Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error
}
