package plan

import (
	"github.com/mayfly-connect/mayfly/tasks"
)

// Report is what is known of a connector, for its status and for people.
type Report struct {
	Name          string
	Kind          tasks.ConnectorKind
	Target        TargetState
	ConfigVersion int64
	Tasks         int
	// Failed holds the traces of failed tasks by number.
	Failed map[int]string
	// Streams are those known, InFlight the live leases.
	Streams, InFlight int
	// Results is how many results counted since the state was made.
	Results int64
	// Counts are the totals of all results that counted since the state was made.
	Counts tasks.Counts
}

// Reports returns a report of each connector, by name.
func (st *State) Reports() []Report {
	out := make([]Report, 0, len(st.order))
	for _, name := range st.order {
		c := st.connectors[name]
		if c.removed {
			continue
		}
		r := Report{Name: name, Kind: c.spec.Kind, Target: c.spec.Target, ConfigVersion: c.spec.ConfigVersion, Tasks: c.tasks(),
			Failed: c.traces(), Streams: len(c.streams), InFlight: c.live, Counts: c.counts, Results: c.results}
		out = append(out, r)
	}
	return out
}

// Load is what a task has to do.
type Load struct {
	Streams, InFlight int
	// Lag is the offsets (for a source: the bytes) that wait.
	Lag int64
	// Running is the records that the executors of live leases have read so far.
	Running int64
}

// Loads returns the load of each task of a connector. It looks at every stream: not for each turn of a loop.
func (st *State) Loads(name string) []Load {
	c := st.connectors[name]
	if c == nil {
		return nil
	}
	out := make([]Load, c.tasks())
	for _, s := range c.streams {
		l := &out[max(0, s.task())]
		l.Streams++
		for _, g := range s.grants {
			if g.live {
				l.InFlight++
				l.Running += g.progress.Records
			}
		}
		if c.spec.Kind == tasks.SourceKind {
			l.Lag += s.seen.Pending
		} else if s.observed {
			l.Lag += max(0, s.seen.End-s.at.Position)
			for _, d := range s.at.Done {
				l.Lag -= d.To - d.From
			}
		}
	}
	return out
}

// Running returns the sums of what the executors of a connector's live leases have reported so far. It looks at every
// stream: not for each turn of a loop.
func (st *State) Running(name string) (sum tasks.Counts) {
	c := st.connectors[name]
	if c == nil {
		return sum
	}
	for _, s := range c.streams {
		for _, g := range s.grants {
			if g.live {
				add(&sum, &g.progress)
			}
		}
	}
	return sum
}

// SourcePositions returns where the splits of a source connector stand.
func (st *State) SourcePositions(name string) map[string]tasks.Position {
	out := map[string]tasks.Position{}
	if c := st.connectors[name]; c != nil {
		for id, s := range c.streams {
			if id.Split != "" {
				out[id.Split] = s.at.SourcePosition
			}
		}
	}
	return out
}

// InFlight returns how many leases are live.
func (st *State) InFlight() int { return st.live }

// Position returns where a stream of a connector stands; false when it is not known.
func (st *State) Position(connector string, id tasks.Stream) (Checkpoint, bool) {
	if c := st.connectors[connector]; c != nil && c.streams[id] != nil {
		return c.streams[id].at, true
	}
	return Checkpoint{}, false
}
