package explain

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/tasks"
)

// replayTTL is how long a replay may take.
const replayTTL = 15 * time.Minute

// Lease makes a lease of the past again from its result: the same slice, plan time and configuration, so the same bytes (I6). It is
// for a caller that runs it alone: it reports to no topic, and writes no dead letters; records that became some are counted as
// tolerated. An error says why it cannot be made: it is not known any more, or was a source's.
func Lease(ctx context.Context, cfg Config, id string) (tasks.Lease, error) {
	var last *tasks.Result
	state, err := store.Inspect(ctx, cfg.Worker, func(r *tasks.Result) {
		if r.Lease == id && (last == nil || !r.Progress || last.Progress) {
			last = r
		}
	})
	switch {
	case err != nil:
		return tasks.Lease{}, err
	case last == nil:
		return tasks.Lease{}, fmt.Errorf("topic %s has no result of a lease %s: results stay for a day, and `mayfly explain` names those that it knows", cfg.Worker.Topics.Result, id)
	case last.Slice.Stream.Split != "":
		return tasks.Lease{}, fmt.Errorf("lease %s is of a source connector: to run it again would write its records again", id)
	case last.PlanTime == 0:
		return tasks.Lease{}, fmt.Errorf("lease %s was run by an executor of a former version, whose results do not say all that a replay needs", id)
	}
	l := cfg.Worker.Lease()
	l.Version, l.ID, l.Connector, l.Task, l.Kind = tasks.WireVersion, last.Lease, last.Connector, last.Task, tasks.SinkKind
	l.Slice, l.Lane, l.Epoch, l.Attempt = last.Slice, last.Lane, last.Epoch, last.Attempt
	l.PlanTime, l.ConfigVersion, l.TTL = last.PlanTime, last.ConfigVersion, replayTTL.Milliseconds()
	l.ResultTopic, l.OffsetTopic = "", ""
	for _, c := range state.Connectors {
		if c.Name == l.Connector && c.Version == l.ConfigVersion {
			l.Config = maps.Clone(c.Config)
		}
	}
	if l.Config == nil {
		return tasks.Lease{}, fmt.Errorf("lease %s ran under a configuration of connector %s that has been replaced since: what it wrote then cannot be compared", id, l.Connector)
	}
	// Who hears of bad records decides whether a sink reports them: here it is the log.
	if l.Config[connector.DeadLetterKey] != "" {
		delete(l.Config, connector.DeadLetterKey)
		l.Config["errors.log.enable"] = "true"
	}
	return l, nil
}
