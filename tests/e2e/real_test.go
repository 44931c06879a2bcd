//go:build real

package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

func realWorker(group string) []string {
	return []string{"CONNECT_GROUP_ID=" + group, "CONNECT_CONFIG_STORAGE_TOPIC=" + group + "-configs", "CONNECT_OFFSET_STORAGE_TOPIC=" + group + "-offsets",
		"CONNECT_STATUS_STORAGE_TOPIC=" + group + "-status", "CONNECT_CONFIG_STORAGE_REPLICATION_FACTOR=1",
		"CONNECT_OFFSET_STORAGE_REPLICATION_FACTOR=1", "CONNECT_STATUS_STORAGE_REPLICATION_FACTOR=1",
		"CONNECT_CONSUMER_ISOLATION_LEVEL=read_committed"}
}

// txn writes records in one transaction, and ends it.
func (s *site) txn(end kgo.TransactionEndTry, id string, records ...*kgo.Record) {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID(id))
	must(s.t, err)
	defer cl.Close()
	must(s.t, cl.BeginTransaction())
	must(s.t, cl.ProduceSync(s.t.Context(), records...).FirstErr())
	must(s.t, cl.EndTransaction(s.t.Context(), end))
}

// load fills the topic's 4 partitions with n records: plain ones, and committed transactions with aborted ones between.
// It returns the values that count.
func (s *site) load(topic string, from, n int) (want []string) {
	s.t.Helper()
	for i := 0; i < n; i += 500 {
		batch := func(kind string) (records []*kgo.Record) {
			for j := i; j < i+500; j++ {
				records = append(records, &kgo.Record{Topic: topic, Partition: int32(j % 4), Value: fmt.Appendf(nil, "%s-%05d", kind, from+j)})
			}
			return records
		}
		good := batch("good")
		for _, r := range good {
			want = append(want, string(r.Value))
		}
		switch i / 500 % 3 {
		case 0:
			must(s.t, s.cl.ProduceSync(s.t.Context(), good...).FirstErr())
		case 1:
			s.txn(kgo.TryAbort, topic+"-bad", batch("aborted")...)
			s.txn(kgo.TryCommit, topic+"-good", good...)
		case 2:
			s.txn(kgo.TryCommit, topic+"-good", good...)
			s.txn(kgo.TryAbort, topic+"-bad", batch("aborted")...)
		}
	}
	return want
}

// exactly waits until as many lines are in the file as are wanted, and compares.
func (s *site) exactly(path string, want []string) {
	s.t.Helper()
	eventually(s.t, "records in "+path, func() string {
		if n := len(lines(s.t, path)); n < len(want) {
			return fmt.Sprintf("%d of %d", n, len(want))
		}
		return ""
	})
	got := slices.Sorted(slices.Values(lines(s.t, path)))
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		distinct := len(slices.Compact(slices.Clone(got)))
		bad := 0
		for _, v := range got {
			if strings.HasPrefix(v, "aborted") {
				bad++
			}
		}
		s.t.Fatalf("%d lines, %d distinct, %d aborted; want %d", len(got), distinct, bad, len(want))
	}
}

func TestRealKafkaExactlyOnceWithTransactions(t *testing.T) {
	t.Parallel()
	s := newSite(t, real.Kafka(t))
	const topic, name = "e2e-txn", "real-file"
	s.topic(topic, 4)
	s.start(false, realWorker("e2e-txn")...)
	first := s.load(topic, 0, 5000)
	out := s.file("out.txt")
	s.create(name, map[string]string{"connector.class": "FileStreamSink", "tasks.max": "4", "topics": topic, "file": out})
	s.exactly(out, first)
	s.state(name, "RUNNING")

	// A new coordinator in the middle goes on where the old one was.
	second := make(chan []string, 1)
	go func() { second <- s.load(topic, 5000, 5000) }()
	s.stop()
	s.start(false, realWorker("e2e-txn")...)
	all := slices.Concat(first, <-second)
	s.exactly(out, all)
	s.drained(name, topic)
	s.exactly(out, all)

	s.do(http.StatusNoContent, "DELETE", "/connectors/"+name, nil)
	s.do(http.StatusNotFound, "GET", "/connectors/"+name, nil)
}

func TestRealKafkaOpenTransactionHoldsBackOnlyItsPartition(t *testing.T) {
	t.Parallel()
	s := newSite(t, real.Kafka(t))
	const topic, name = "e2e-open", "real-open"
	s.topic(topic, 2)
	s.start(false, realWorker("e2e-open")...)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("e2e-open"))
	must(t, err)
	defer cl.Close()
	must(t, cl.BeginTransaction())
	must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: 0, Value: []byte("open")}).FirstErr())
	must(t, s.cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: 0, Value: []byte("behind")},
		&kgo.Record{Topic: topic, Partition: 1, Value: []byte("free")}).FirstErr())
	out := s.file("out.txt")
	s.create(name, map[string]string{"connector.class": "FileStreamSink", "tasks.max": "2", "topics": topic, "file": out})
	s.exactly(out, []string{"free"})
	s.committed(name, topic, 1, 1)
	s.exactly(out, []string{"free"})
	must(t, cl.EndTransaction(t.Context(), kgo.TryCommit))
	s.exactly(out, []string{"free", "open", "behind"})
	s.drained(name, topic)
}

func TestRealKafkaFileRoundTrip(t *testing.T) {
	t.Parallel()
	s := newSite(t, real.Kafka(t))
	const topic = "e2e-round"
	s.start(false, realWorker("e2e-round")...)
	in, out := s.file("in.txt"), s.file("out.txt")
	var want []string
	for i := range 2000 {
		want = append(want, fmt.Sprintf("line %05d", i))
	}
	appendTo(t, in, strings.Join(want[:1000], "\n")+"\n")
	s.create("real-source", map[string]string{"connector.class": "FileStreamSource", "topic": topic, "file": in})
	s.create("real-sink", map[string]string{"connector.class": "FileStreamSink", "topics": topic, "file": out})
	s.exactly(out, want[:1000])
	s.stop()
	appendTo(t, in, strings.Join(want[1000:], "\n")+"\n")
	s.start(false, realWorker("e2e-round")...)
	s.exactly(out, want)
	s.drained("real-sink", topic)
	s.exactly(out, want)
}
