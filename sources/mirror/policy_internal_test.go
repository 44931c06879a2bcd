package mirror

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	dots := policy{source: "A", separator: ".", internal: "."}
	dashes := policy{source: "A", separator: "__", internal: "__"}
	same := policy{identity: true, source: "A", separator: ".", internal: "."}
	type names struct {
		Remote, Source, Original string
		Cycle, Beats, Own        bool
	}
	for _, tt := range []struct {
		name, topic string
		policy      policy
		want        names
	}{
		{"plain", "orders", dots, names{Remote: "A.orders", Original: "orders"}},
		{"replicated", "C.orders", dots, names{Remote: "A.C.orders", Source: "C", Original: "orders"}},
		{"from the target", "B.orders", dots, names{Remote: "A.B.orders", Source: "B", Original: "orders", Cycle: true}},
		{"by way of another", "C.B.orders", dots, names{Remote: "A.C.B.orders", Source: "C", Original: "orders", Cycle: true}},
		{"nothing behind the dot", "orders.", dots, names{Remote: "A.orders.", Original: "orders."}},
		{"heartbeats", "heartbeats", dots, names{Remote: "A.heartbeats", Original: "heartbeats", Beats: true}},
		{"heartbeats of another", "C.heartbeats", dots, names{Remote: "A.C.heartbeats", Source: "C", Original: "heartbeats", Beats: true}},
		{"Kafka's own", "__consumer_offsets", dots, names{Remote: "A.__consumer_offsets", Original: "__consumer_offsets", Own: true}},
		{"offset syncs", "mm2-offset-syncs.B.internal", dots, names{Remote: "A.mm2-offset-syncs.B.internal", Source: "mm2-offset-syncs", Original: "internal", Cycle: true, Own: true}},
		{"checkpoints", "A.checkpoints.internal", dots, names{Remote: "A.A.checkpoints.internal", Source: "A", Original: "internal", Own: true}},
		{"another separator", "C__orders", dashes, names{Remote: "A__C__orders", Source: "C", Original: "orders"}},
		{"its checkpoints", "A__checkpoints__internal", dashes, names{Remote: "A__A__checkpoints__internal", Source: "A", Original: "internal", Own: true}},
		{"identity", "B.orders", same, names{Remote: "B.orders", Source: "A", Original: "B.orders"}},
		{"identity, heartbeats", "heartbeats", same, names{Remote: "A.heartbeats", Original: "heartbeats", Beats: true}},
		{"identity, own heartbeats", "B.heartbeats", same, names{Remote: "A.B.heartbeats", Source: "B", Original: "heartbeats", Cycle: true, Beats: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := tt.policy
			got := names{p.remote(tt.topic), p.sourceOf(tt.topic), p.original(tt.topic), p.cycle(tt.topic, "B"), p.heartbeats(tt.topic), p.ofKafka(tt.topic)}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	if got := []string{dots.offsetSyncs("B"), dots.checkpoints(), dashes.offsetSyncs("B"), dashes.checkpoints()}; !cmp.Equal(got,
		[]string{"mm2-offset-syncs.B.internal", "A.checkpoints.internal", "mm2-offset-syncs__B__internal", "A__checkpoints__internal"}) {
		t.Errorf("internal topics %q", got)
	}
}
