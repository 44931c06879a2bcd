package transform

import "github.com/mayfly-connect/mayfly/tasks"

// Factory adds a transform of another package under its class name, for binaries that have more than this package's.
type Factory struct {
	tasks.Plugin
	// New makes the transform of a configuration. An error is a *tasks.Exception.
	New func(c tasks.Config) (Transformation, error)
}

// Transformation is one transform of a chain. It is pure and belongs to one batch at a time, as the chain does.
type Transformation interface {
	// Apply changes a record in place; keep is false when the record is dropped. A failure that may pass ([tasks.Retriable])
	// leaves the record as it was: the step is run on it again.
	Apply(a *tasks.Arena, r *tasks.Record) (keep bool, err error)
}

// entry is the factory among this package's own. It may look at keys and values: there is no shortcut past it.
func (f Factory) entry() entry {
	return entry{f.Plugin, true, func(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
		t, err := f.New(c)
		return foreign{t}, err
	}}
}

type foreign struct{ Transformation }

func (f foreign) apply(a *tasks.Arena, r *tasks.Record) (bool, error) { return f.Apply(a, r) }
