package plan_test

import (
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// What an attempt was retrying at its end, the next one retries from where its time began; one that got on begins anew.
func TestFailingSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	st := plan.NewState(tasks.Lease{}, plan.Limits{MaxExecutors: 1})
	st.ConnectorChanged(plan.ConnectorSpec{Name: "c", Kind: tasks.SinkKind, Target: plan.Started, ConfigVersion: 1, ConfigTopic: "configs", Tasks: 1,
		Cut: tasks.Cut{CloseTail: true}})
	stream := tasks.Stream{Topic: "in"}
	st.Observed(plan.Observation{Connector: "c", Stream: stream, End: 10}, now)
	for i, step := range []struct{ since, position, want int64 }{
		{since: 111, want: 0},
		{since: 111, want: 111},
		{since: 222, position: 5, want: 111},
		{since: 0, position: 5, want: 222},
		{since: 0, position: 5, want: 0},
	} {
		now = now.Add(time.Hour)
		actions, _ := plan.Next(st, now)
		var lease tasks.Lease
		for _, a := range actions {
			if g, ok := a.(plan.Grant); ok {
				lease = g.Lease
			}
		}
		if lease.Connector == "" || lease.FailingSince != step.want {
			t.Fatalf("attempt %d: granted %+v, want one that fails since %d", i, lease, step.want)
		}
		lease.Epoch = int64(i) + 1
		st.Granted(lease)
		r := tasks.NewResult(&lease)
		r.Position = max(r.Position, step.position)
		r.Outcome, r.Failure = tasks.Failed, &tasks.Failure{Kind: "retriable", Offset: r.Position, Since: step.since}
		if !st.Result(r, now) {
			t.Fatalf("attempt %d: the result did not count", i)
		}
	}
}
