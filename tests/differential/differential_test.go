//go:build real

package differential_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

// cluster is the Kafka cluster that both sides use.
type cluster struct {
	*kadm.Client
	address string

	lines, records, letters *atomic.Int64 // that were compared
}

func TestSameAsConnect(t *testing.T) {
	address := real.Kafka(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(1<<16))
	must(t, err)
	defer client.Close()
	k := cluster{kadm.NewClient(client), address, new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)}
	records := k.fill(t, client)

	dir := t.TempDir()
	j, m := java(t, dir), mayfly(t, dir)
	k.mirror(t, j, "json", "headers")
	all := slices.Concat(sinkScenarios(), sourceScenarios())
	for _, c := range all {
		j.create(t, c)
		m.create(t, c)
	}
	t.Run("scenarios", func(t *testing.T) {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if c.topics == "" {
					k.compareSource(t, c, j, m)
				} else {
					k.compareSink(t, c, j, m)
				}
			})
		}
	})
	fmt.Printf("differential: seed %d, %d configurations, %d records in %d topics; equal: %d lines of files, %d records of topics, %d dead letters\n",
		*seed, len(all), records, len(topics()), k.lines.Load(), k.records.Load(), k.letters.Load())
}

// fill creates the topics and writes their records.
func (k cluster) fill(t *testing.T, client *kgo.Client) (n int) {
	t.Helper()
	for name, records := range topics() {
		partitions := int32(1)
		if name == "wide" {
			partitions = 3
		}
		_, err := k.CreateTopic(t.Context(), partitions, 1, nil, topicName(name))
		must(t, err)
		for i, r := range records {
			r.Topic, r.Partition = topicName(name), r.Partition%partitions
			r.Timestamp = time.UnixMilli(1_700_000_000_000 + int64(i)*86_400_123)
		}
		must(t, client.ProduceSync(t.Context(), records...).FirstErr())
		n += len(records)
	}
	return n
}

// mirror lets MirrorMaker copy topics, within the cluster.
func (k cluster) mirror(t *testing.T, j side, topics ...string) {
	t.Helper()
	var names []string
	for _, topic := range topics {
		names = append(names, topicName(topic))
	}
	bytesClass := converters + "ByteArrayConverter"
	body, err := json.Marshal(config("connector.class", "org.apache.kafka.connect.mirror.MirrorSourceConnector", "source.cluster.alias", "mirror", "target.cluster.alias", "target",
		"source.cluster.bootstrap.servers", k.address, "target.cluster.bootstrap.servers", k.address, "topics", strings.Join(names, ","), "replication.factor", "1",
		"offset-syncs.topic.replication.factor", "1", "key.converter", bytesClass, "value.converter", bytesClass, "header.converter", bytesClass, "sync.topic.configs.enabled", "false"))
	must(t, err)
	if status, answer := j.call(t, http.MethodPut, "/connectors/j-mirror/config", body); status >= 300 {
		t.Fatalf("create the mirror: %d %s", status, answer)
	}
	for _, topic := range topics {
		await(t, "the mirror of "+topic, func() string {
			if got, want := k.ends(t, topicName("mirror."+topic)), k.ends(t, topicName(topic)); !maps.Equal(got, want) {
				return fmt.Sprint(got, " of ", want)
			}
			return ""
		})
	}
}

// ends are the ends of a topic's partitions; none while there is no such topic.
func (k cluster) ends(t *testing.T, topic string) map[int32]int64 {
	t.Helper()
	out := map[int32]int64{}
	ends, err := k.ListEndOffsets(t.Context(), topic)
	must(t, err)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			out[o.Partition] = o.Offset
		}
	})
	return out
}

// committed are the offsets of a connector's group, of the partitions that have records.
func (k cluster) committed(t *testing.T, connector string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	offsets, err := k.FetchOffsets(t.Context(), "connect-"+connector)
	must(t, err)
	offsets.Each(func(o kadm.OffsetResponse) { out[fmt.Sprintf("%s-%d", o.Topic, o.Partition)] = o.At })
	return out
}

func (k cluster) compareSink(t *testing.T, c scenario, j, m side) {
	want := map[string]int64{}
	for _, topic := range c.reads() {
		for p, end := range k.ends(t, topic) {
			want[fmt.Sprintf("%s-%d", topic, p)] = end
		}
	}
	traces := map[side]string{}
	for _, s := range []side{j, m} {
		await(t, s.name(c.name), func() string {
			trace, failed := s.trace(t, c.name)
			if traces[s] = trace; failed != c.fails && failed {
				t.Fatalf("the task of %s failed: %s", s.name(c.name), trace)
			}
			if got := k.committed(t, s.name(c.name)); !c.fails && !maps.Equal(got, want) {
				return fmt.Sprintf("committed %v of %v", got, want)
			}
			if c.fails && !failed {
				return "its task has not failed"
			}
			return ""
		})
	}
	sameTraces(t, traces[j], traces[m])
	k.lines.Add(sameFiles(t, c, j.file(t, c), m.file(t, c)))
	if strings.HasPrefix(c.config["errors.deadletterqueue.topic.name"], "@") {
		k.letters.Add(sameRecords(t, c, j, m, k.read(t, j.name(c.name)+"-dlq"), k.read(t, m.name(c.name)+"-dlq"), true))
	}
}

func (k cluster) compareSource(t *testing.T, c scenario, j, m side) {
	n := strings.Count(lines(), "\n")
	traces, got := map[side]string{}, map[side][]*kgo.Record{}
	for _, s := range []side{j, m} {
		await(t, s.name(c.name), func() string {
			trace, failed := s.trace(t, c.name)
			if traces[s] = trace; failed != c.fails && failed {
				t.Fatalf("the task of %s failed: %s", s.name(c.name), trace)
			}
			if c.fails && !failed {
				return "its task has not failed"
			}
			if got[s] = k.read(t, s.name(c.name)); !c.fails && len(got[s]) < n {
				return fmt.Sprintf("%d of %d records", len(got[s]), n)
			}
			return ""
		})
	}
	sameTraces(t, traces[j], traces[m])
	k.records.Add(sameRecords(t, c, j, m, got[j], got[m], false))
}

// read reads the committed records of a topic; none while there is no such topic.
func (k cluster) read(t *testing.T, topic string) (out []*kgo.Record) {
	t.Helper()
	ends := k.ends(t, topic)
	from := map[int32]kgo.Offset{}
	for p, end := range ends {
		if end > 0 {
			from[p] = kgo.NewOffset().AtStart()
		}
	}
	if len(from) == 0 {
		return nil
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(k.address), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	must(t, err)
	defer client.Close()
	for len(from) > 0 {
		fetches := client.PollFetches(t.Context())
		must(t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				out = append(out, r)
			}
			if r.Offset+1 >= ends[r.Partition] {
				delete(from, r.Partition)
			}
		})
	}
	return out
}
