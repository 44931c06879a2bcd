package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestPartitionsThatDifferInSpellingAreOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		positions map[string]tasks.Position
		want      map[string]string
	}{
		{"one", map[string]tasks.Position{`{"f":"a"}`: `{"p":1}`}, map[string]string{`{"f":"a"}`: `{"p":1}`}},
		{"the order of a HashMap counts", map[string]tasks.Position{`{"a":1,"b":2}`: `1`, `{"b":2,"a":1}`: `2`}, map[string]string{`{"a":1,"b":2}`: `1`}},
		{"no other order is found", map[string]tasks.Position{`{"b":2,"a":1}`: `2`}, map[string]string{`{"a":1,"b":2}`: ""}},
		{"odd text", map[string]tasks.Position{`{"a<\u0026":"\"&"}`: `1`}, map[string]string{`{"a<&":"\"&"}`: ""}},
		{"no partition", map[string]tasks.Position{`{"a`: `1`}, map[string]string{}},
		{"empty", map[string]tasks.Position{`{}`: `1`}, map[string]string{`{}`: `1`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]string{}
			for _, o := range sourceOffsets(c.positions) {
				got[string(o.Partition)] = string(o.Offset)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("offsets (-want +got):\n%s", d)
			}
		})
	}
}
