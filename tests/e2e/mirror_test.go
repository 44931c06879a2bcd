package e2e_test

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// mirrored is a pair of clusters: connectors run on the site and replicate from the other.
type mirrored struct {
	*site
	from *site
}

func newMirrored(t *testing.T) *mirrored {
	t.Helper()
	b, err := broker.Start(broker.Config{Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	return &mirrored{embedded(t), newSite(t, b.Addr())}
}

// connector is a configuration of MirrorMaker's connector of that kind.
func (m *mirrored) connector(kind string, more ...string) map[string]string {
	c := map[string]string{"connector.class": "Mirror" + kind, "source.cluster.alias": "A", "target.cluster.alias": "B",
		"source.cluster.bootstrap.servers": m.from.addr, "target.cluster.bootstrap.servers": m.addr, "tasks.max": "2", "replication.factor": "1",
		"offset-syncs.topic.replication.factor": "1", "checkpoints.topic.replication.factor": "1", "heartbeats.topic.replication.factor": "1"}
	for _, k := range []string{"key", "value", "header"} {
		c[k+".converter"] = "org.apache.kafka.connect.converters.ByteArrayConverter"
	}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

// record is what has to come through.
type record struct {
	Key, Value string
	Null       bool
	Time       int64
	Headers    []string
}

// records reads what is committed in each partition of a topic, and at which offsets.
func (s *site) records(topic string) (out map[int32][]record, at map[int32][]int64) {
	s.t.Helper()
	out, at = map[int32][]record{}, map[int32][]int64{}
	topics, err := s.adm.ListTopics(s.t.Context(), topic)
	must(s.t, err)
	if topics.Error() != nil {
		return out, at
	}
	ends, err := s.adm.ListCommittedOffsets(s.t.Context(), topic)
	must(s.t, err)
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	must(s.t, err)
	defer cl.Close()
	for len(left) > 0 {
		fetches := cl.PollFetches(s.t.Context())
		must(s.t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if r.Attrs.IsControl() {
				return
			}
			rec := record{Key: string(r.Key), Value: string(r.Value), Null: r.Value == nil, Time: r.Timestamp.UnixMilli()}
			for _, h := range r.Headers {
				rec.Headers = append(rec.Headers, h.Key+"="+string(h.Value))
			}
			out[r.Partition], at[r.Partition] = append(out[r.Partition], rec), append(at[r.Partition], r.Offset)
		})
	}
	return out, at
}

// same waits until a topic of the site holds exactly what the other cluster's holds, partition by partition.
func (m *mirrored) same(topic, remote string) {
	m.t.Helper()
	want, _ := m.from.records(topic)
	eventually(m.t, remote+" is "+topic, func() string {
		got, _ := m.records(remote)
		return gocmp.Diff(want, got)
	})
}

// fill writes n records to each partition, with all that a record may have.
func (s *site) fillTopic(topic string, partitions, n int) {
	s.t.Helper()
	var out []*kgo.Record
	for i := range partitions * n {
		r := &kgo.Record{Topic: topic, Partition: int32(i % partitions), Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i),
			Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)), Headers: []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, i)}, {Key: "raw", Value: []byte{0, 0xff}}}}
		if i%7 == 3 {
			r.Value = nil
		}
		if i%5 == 2 {
			r.Key, r.Headers = nil, nil
		}
		out = append(out, r)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.RecordPartitioner(kgo.ManualPartitioner())) // which knows all partitions
	must(s.t, err)
	defer cl.Close()
	must(s.t, cl.ProduceSync(s.t.Context(), out...).FirstErr())
}

// txnTo writes a transaction of values to partition 0.
func (s *site) txnTo(topic string, end kgo.TransactionEndTry, values ...string) {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("e2e-mirror"))
	must(s.t, err)
	defer cl.Close()
	must(s.t, cl.BeginTransaction())
	for _, v := range values {
		must(s.t, cl.ProduceSync(s.t.Context(), &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr())
	}
	must(s.t, cl.EndTransaction(s.t.Context(), end))
}

// Topics come over byte for byte, once, across restarts; so do new partitions and settings.
func TestMirrorSource(t *testing.T) {
	m := newMirrored(t)
	retention := "1234567890"
	_, err := m.from.adm.CreateTopic(t.Context(), 3, 1, map[string]*string{"retention.ms": &retention}, "orders")
	must(t, err)
	m.from.topic("unwanted", 1)
	m.from.fillTopic("orders", 3, 500)
	m.from.txnTo("orders", kgo.TryCommit, "committed")
	m.from.txnTo("orders", kgo.TryAbort, "aborted") // the log ends with what is no record
	m.create("mirror", m.connector("Source", "topics", "orders", "refresh.topics.interval.seconds", "1", "sync.topic.configs.interval.seconds", "1", "offset.lag.max", "10"))
	m.same("orders", "A.orders")
	m.state("mirror", "RUNNING")
	m.settings("A.orders", "retention.ms", retention)

	m.stop()
	m.from.fillTopic("orders", 3, 300)
	must(t, errOf(m.from.adm.CreatePartitions(t.Context(), 1, "orders")))
	m.start(true)
	eventually(t, "the new partition", func() string {
		topics, err := m.adm.ListTopics(t.Context(), "A.orders")
		must(t, err)
		if n := len(topics["A.orders"].Partitions); n != 4 {
			return fmt.Sprintf("%d partitions", n)
		}
		return ""
	})
	m.from.fillTopic("orders", 4, 50)
	m.same("orders", "A.orders")
	changed := "99999999"
	_, err = m.from.adm.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "retention.ms", Value: &changed}}, "orders")
	must(t, err)
	m.settings("A.orders", "retention.ms", changed)
	m.offsets(t)
	m.syncsAreTrue(t)
	if topics, err := m.adm.ListTopics(t.Context()); err != nil || topics.Has("A.unwanted") {
		t.Errorf("topics %v, %v", topics.Names(), err)
	}
}

func errOf(resp kadm.CreatePartitionsResponses, err error) error { return cmp.Or(err, resp.Error()) }

// settings waits for a topic's setting.
func (m *mirrored) settings(topic, key, want string) {
	m.t.Helper()
	eventually(m.t, key+" of "+topic, func() string {
		configs, err := m.adm.DescribeTopicConfigs(m.t.Context(), topic)
		must(m.t, err)
		for _, c := range configs[0].Configs {
			if c.Key == key {
				if c.MaybeValue() == want {
					return ""
				}
				return "it is " + c.MaybeValue()
			}
		}
		return "it is not there"
	})
}

// offsets compares the connector's offsets, in the original's format, with the source's ends.
func (m *mirrored) offsets(t *testing.T) {
	t.Helper()
	ends, err := m.from.adm.ListCommittedOffsets(t.Context(), "orders")
	must(t, err)
	want := map[string]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		want[fmt.Sprintf(`{"cluster":"A","partition":%d,"topic":"orders"}`, o.Partition)] = o.Offset - 1
	})
	eventually(t, "offsets", func() string {
		var answer struct {
			Offsets []struct {
				Partition json.RawMessage
				Offset    struct{ Offset int64 }
			}
		}
		must(t, json.Unmarshal([]byte(m.do(http.StatusOK, "GET", "/connectors/mirror/offsets", nil)), &answer))
		got := map[string]int64{}
		for _, o := range answer.Offsets {
			got[string(o.Partition)] = o.Offset.Offset
		}
		return gocmp.Diff(want, got)
	})
}

// syncsAreTrue compares the records that each offset sync brings together.
func (m *mirrored) syncsAreTrue(t *testing.T) {
	t.Helper()
	from, fromAt := m.from.records("orders")
	to, toAt := m.records("A.orders")
	_, at := m.from.records("mm2-offset-syncs.B.internal")
	if len(at[0]) < 10 {
		t.Fatalf("%d offset syncs", len(at[0]))
	}
	for _, s := range m.from.raw("mm2-offset-syncs.B.internal") {
		n := int(binary.BigEndian.Uint16(s.Key))
		topic, p := string(s.Key[2:2+n]), int32(binary.BigEndian.Uint32(s.Key[2+n:]))
		up, down := int64(binary.BigEndian.Uint64(s.Value)), int64(binary.BigEndian.Uint64(s.Value[8:]))
		i, j := slices.Index(fromAt[p], up), slices.Index(toAt[p], down)
		if topic != "orders" || i < 0 || j < 0 || i != j || !gocmp.Equal(from[p][i], to[p][j]) {
			t.Errorf("sync of %s/%d: %d is %d: records %d and %d", topic, p, up, down, i, j)
		}
	}
}

// raw reads the committed records of partition 0.
func (s *site) raw(topic string) (out []*kgo.Record) {
	s.t.Helper()
	ends, err := s.adm.ListCommittedOffsets(s.t.Context(), topic)
	must(s.t, err)
	end, _ := ends.Lookup(topic, 0)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	must(s.t, err)
	defer cl.Close()
	for next := int64(0); next < end.Offset; {
		fetches := cl.PollFetches(s.t.Context())
		must(s.t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if next = r.Offset + 1; !r.Attrs.IsControl() {
				out = append(out, r)
			}
		})
	}
	return out
}

func TestMirrorWithoutPrefix(t *testing.T) {
	m := newMirrored(t)
	m.from.topic("plain", 2)
	m.from.fillTopic("plain", 2, 20)
	c := m.connector("Source", "topics", "plain", "replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
		"emit.offset-syncs.enabled", "false")
	delete(c, "offset-syncs.topic.replication.factor")
	m.create("mirror", c)
	m.same("plain", "plain")
}

// Groups are translated: never behind where they stand, and set where nobody reads.
func TestMirrorCheckpoints(t *testing.T) {
	m := newMirrored(t)
	m.from.topic("orders", 2)
	m.from.fillTopic("orders", 2, 200)
	m.create("mirror", m.connector("Source", "topics", "orders", "offset.lag.max", "0"))
	m.same("orders", "A.orders")
	_, fromAt := m.from.records("orders")
	m.group("readers", fromAt[0][50], fromAt[1][120])
	m.group("connect-excluded", 1, 1)
	m.create("checkpoints", m.connector("Checkpoint", "groups", "readers, connect-.*", "emit.checkpoints.interval.seconds", "1", "refresh.groups.interval.seconds", "1",
		"sync.group.offsets.enabled", "true", "sync.group.offsets.interval.seconds", "1"))
	m.translated("readers", 50, 120)
	m.state("checkpoints", "RUNNING")
	m.group("readers", fromAt[0][70], fromAt[1][130])
	m.translated("readers", 70, 130)
	for _, r := range m.raw("A.checkpoints.internal") {
		if group, _ := checkpointed(r.Key, r.Value); group != "readers" || !strings.Contains(string(r.Key), "A.orders") {
			t.Errorf("checkpoint of %q", r.Key)
		}
		if len(r.Value) != 2+8+8+2 || binary.BigEndian.Uint16(r.Value) != 0 {
			t.Errorf("checkpoint %x", r.Value)
		}
	}
	want := []any{map[string]any{"partition": float64(0), "topic": "A.orders", "group": "readers"}, map[string]any{"partition": float64(1), "topic": "A.orders", "group": "readers"}}
	var answer struct {
		Offsets []struct{ Partition, Offset any }
	}
	must(t, json.Unmarshal([]byte(m.do(http.StatusOK, "GET", "/connectors/checkpoints/offsets", nil)), &answer))
	for i, o := range answer.Offsets {
		if !gocmp.Equal(o.Partition, want[i]) || !gocmp.Equal(o.Offset, map[string]any{"offset": float64(0)}) {
			t.Errorf("offset %v", o)
		}
	}
}

// checkpointed reads the group and the target's offset of a checkpoint.
func checkpointed(key, value []byte) (group string, downstream int64) {
	n := int(binary.BigEndian.Uint16(key))
	return string(key[2 : 2+n]), int64(binary.BigEndian.Uint64(value[10:]))
}

// group sets the offsets of a group of the source cluster.
func (m *mirrored) group(name string, at ...int64) {
	m.t.Helper()
	var o kadm.Offsets
	for p, n := range at {
		o.AddOffset("orders", int32(p), n, -1)
	}
	must(m.t, m.from.adm.CommitAllOffsets(m.t.Context(), name, o))
}

// translated waits until the group stands before the very records in the target cluster.
func (m *mirrored) translated(name string, index ...int) {
	m.t.Helper()
	_, toAt := m.records("A.orders")
	want := map[int32]int64{}
	for p, i := range index {
		want[int32(p)] = toAt[int32(p)][i]
	}
	eventually(m.t, "offsets of group "+name, func() string {
		offsets, err := m.adm.FetchOffsets(m.t.Context(), name)
		if err != nil {
			return err.Error()
		}
		got := map[int32]int64{}
		for p, o := range offsets["A.orders"] {
			got[p] = o.At
		}
		return gocmp.Diff(want, got)
	})
}

func TestMirrorHeartbeats(t *testing.T) {
	m := newMirrored(t)
	m.create("beat", m.connector("Heartbeat"))
	eventually(t, "three heartbeats", func() string {
		if got, _ := m.records("heartbeats"); len(got[0]) < 3 {
			return fmt.Sprint(len(got[0]))
		}
		return ""
	})
	m.state("beat", "RUNNING")
	seen := map[int64]bool{}
	for _, r := range m.raw("heartbeats") {
		if string(r.Key) != "\x00\x01A\x00\x01B" || len(r.Value) != 10 || binary.BigEndian.Uint16(r.Value) != 0 {
			t.Fatalf("heartbeat %q: %x", r.Key, r.Value)
		}
		at := int64(binary.BigEndian.Uint64(r.Value[2:]))
		if at != r.Timestamp.UnixMilli() || time.Since(time.UnixMilli(at)) > time.Minute {
			t.Errorf("heartbeat of %d, record of %d", at, r.Timestamp.UnixMilli())
		}
		seen[at] = true
	}
	if len(seen) < 2 {
		t.Errorf("heartbeats of %v", slices.Collect(maps.Keys(seen)))
	}
	m.put("/connectors/beat/pause")
	m.state("beat", "PAUSED")
	if got := m.do(http.StatusOK, "GET", "/connectors/beat/offsets", nil); got != `{"offsets":[{"partition":{"sourceClusterAlias":"A","targetClusterAlias":"B"},"offset":{"offset":0}}]}` {
		t.Errorf("offsets %s", got)
	}
}

func (m *mirrored) put(path string) { m.t.Helper(); m.do(http.StatusAccepted, "PUT", path, nil) }
