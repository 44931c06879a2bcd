package history_test

import (
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/history"
)

var orders = tasks.Stream{Topic: "orders"}

func grant(epoch, from, to int64, attempt int) history.Turn {
	return history.Turn{Grants: []tasks.Lease{{Connector: "c", Kind: tasks.SinkKind, Slice: tasks.Slice{Stream: orders, From: from, To: to}, Epoch: epoch, Attempt: attempt}}}
}

func checkpoint(epoch, position int64) history.Turn {
	return history.Turn{Checkpoints: []plan.Checkpoint{{Connector: "c", Stream: orders, Position: position, Epoch: epoch}}}
}

// both is a turn that commits a result and grants what comes next.
func both(a, b history.Turn) history.Turn {
	return history.Turn{Grants: append(a.Grants, b.Grants...), Checkpoints: append(a.Checkpoints, b.Checkpoints...)}
}

// TestTurn tells histories that are right from those that break an invariant in their last turn.
func TestTurn(t *testing.T) {
	t.Parallel()
	changed := grant(1, 10, 90, 2)
	changed.Grants[0].PlanTime = 5
	configured := grant(2, 0, 90, 1)
	configured.Grants[0].ConfigVersion = 7
	recreated := checkpoint(-1, 0)
	recreated.Checkpoints[0].TopicID = "AAAAAAAAAAAAAAAAAAAAAQ"
	first := checkpoint(1, 100)
	first.Checkpoints[0].TopicID = "AAAAAAAAAAAAAAAAAAAAAg"
	for _, tt := range []struct {
		name  string
		turns []history.Turn
		want  string
	}{
		{"one after the other", []history.Turn{grant(1, 0, 100, 1), both(checkpoint(1, 100), grant(2, 100, 200, 1)), checkpoint(2, 150)}, ""},
		{"again", []history.Turn{grant(1, 0, 100, 1), grant(2, 0, 100, 2), checkpoint(2, 100)}, ""},
		{"cut anew", []history.Turn{grant(1, 0, 100, 1), grant(2, 0, 100, 2), grant(3, 0, 100, 3), grant(4, 0, 50, 1), grant(5, 0, 75, 1), checkpoint(5, 75)}, ""},
		{"nothing came of it", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 0), grant(2, 0, 120, 1)}, ""},
		{"under another configuration", []history.Turn{grant(1, 0, 100, 1), configured}, ""},
		{"topic created anew", []history.Turn{grant(1, 0, 100, 1), first, recreated, grant(2, 0, 10, 1)}, ""},

		{"another slice", []history.Turn{grant(1, 0, 100, 1), grant(2, 10, 100, 2)}, "I1"},
		{"two coordinators", []history.Turn{grant(1, 0, 100, 1), grant(2, 0, 100, 2), grant(3, 0, 100, 2)}, "I2"},
		{"one epoch twice", []history.Turn{grant(2, 0, 100, 1), grant(2, 0, 100, 2)}, "I2"},
		{"another plan time", []history.Turn{grant(0, 10, 90, 1), changed}, "I1"},
		{"a result twice", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 50), checkpoint(1, 100)}, "I4"},
		{"a result of nobody", []history.Turn{grant(1, 0, 100, 1), checkpoint(7, 100)}, "I4"},
		{"an old result", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 50), grant(2, 50, 100, 1), checkpoint(2, 60), checkpoint(1, 100)}, "I4"},
		{"back", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 50), grant(2, 50, 100, 1), checkpoint(2, 40)}, "I5"},
		{"done again", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 100), grant(2, 90, 200, 1)}, "I5"},
		{"a hole", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 100), grant(2, 101, 200, 1)}, "I8"},
		{"beyond what was granted", []history.Turn{grant(1, 0, 100, 1), checkpoint(1, 101)}, "I8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := history.New()
			for i, turn := range tt.turns {
				err := h.Turn(turn)
				last := i == len(tt.turns)-1
				switch {
				case err != nil && (!last || tt.want == ""):
					t.Fatalf("turn %d: %v", i, err)
				case last && tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
					t.Fatalf("the last turn breaks %s, and the checker says: %v", tt.want, err)
				}
			}
		})
	}
}
