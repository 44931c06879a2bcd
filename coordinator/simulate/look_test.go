package simulate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestLook(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	for range 3 {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Partition: 1, Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	adm := kadm.NewClient(cl)
	committed := kadm.Offsets{}
	committed.AddOffset("orders", 1, 2, -1)
	if err := adm.CommitAllOffsets(t.Context(), "connect-sink", committed); err != nil {
		t.Fatal(err)
	}
	got, err := Look(t.Context(), adm, []string{"orders"}, "connect-sink")
	if err != nil {
		t.Fatal(err)
	}
	want := []Sample{{Topic: "orders", Partition: 0, End: 0, Committed: -1}, {Topic: "orders", Partition: 1, End: 3, Committed: 2}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Sample{}, "Time")); d != "" {
		t.Errorf("samples (-want +got):\n%s", d)
	}
	if _, err := Look(t.Context(), adm, []string{"nothing"}, ""); err == nil {
		t.Error("a topic that does not exist has offsets")
	}
}
