//go:build real

package e2e_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

// MirrorMaker goes from a Java worker to a coordinator and back: each goes on where the other stood, with the other's topics. Source
// and target are one cluster, as the names of the topics allow.
func TestMirrorTakeOverAndGiveBack(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "e2e-mirror", nil)
	m := &mirrored{r.site, r.site}
	const topic, remote, group = "mm-orders", "A.mm-orders", "mm-readers"
	m.topic(topic, 2)
	m.fillTopic(topic, 2, 100)
	m.stand(group, topic, 90)
	r.java()
	source := m.connector("Source", "topics", topic, "offset.lag.max", "0", "heartbeats.replication.enabled", "false", "sync.topic.acls.enabled", "false")
	m.create("mm-source", source)
	m.same(topic, remote)
	m.create("mm-checkpoints", m.connector("Checkpoint", "topics", topic, "groups", group, "emit.checkpoints.interval.seconds", "1", "refresh.groups.interval.seconds", "1"))
	m.create("mm-beat", m.connector("Heartbeat"))
	m.beats(1)
	for _, n := range []string{"mm-source", "mm-checkpoints", "mm-beat"} {
		m.state(n, "RUNNING")
	}

	r.mayfly()
	for _, n := range []string{"mm-source", "mm-checkpoints", "mm-beat"} {
		m.state(n, "RUNNING")
	}
	m.fillTopic(topic, 2, 50)
	m.same(topic, remote)
	m.stand(group, topic, 140) // translated by the syncs of both
	m.checkpointOf(group, remote, 140, 0)
	m.beats(len(m.raw("heartbeats")) + 2)

	r.java()
	m.fillTopic(topic, 2, 50)
	m.same(topic, remote)
	m.stand(group, topic, 190)
	m.checkpointOf(group, remote, 190, 60) // a Java worker has but few syncs of records behind the last
	m.beats(len(m.raw("heartbeats")) + 2)
}

// stand sets the offset of a group in partition 0: before the record of that number.
func (m *mirrored) stand(group, topic string, n int) {
	m.t.Helper()
	_, at := m.records(topic)
	var o kadm.Offsets
	o.AddOffset(topic, 0, at[0][n], -1)
	must(m.t, m.adm.CommitAllOffsets(m.t.Context(), group, o))
}

// checkpointOf waits until the newest checkpoint of a group stands before the record of that number, or so many before that; never
// behind it.
func (m *mirrored) checkpointOf(group, remote string, n int, slack int64) {
	m.t.Helper()
	_, at := m.records(remote)
	want := at[0][n]
	eventually(m.t, "checkpoint of "+group, func() string {
		got := int64(-1)
		for _, r := range m.raw("A.checkpoints.internal") {
			if g, down := checkpointed(r.Key, r.Value); g == group {
				got = down
			}
		}
		if got > want {
			m.t.Fatalf("the checkpoint of %s is %d, ahead of %d", group, got, want)
		}
		if got < want-slack {
			return "it is far behind"
		}
		return ""
	})
}

// beats waits for heartbeats.
func (m *mirrored) beats(n int) {
	m.t.Helper()
	eventually(m.t, "heartbeats", func() string {
		if len(m.raw("heartbeats")) < n {
			return "too few"
		}
		return ""
	})
}
