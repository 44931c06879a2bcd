package broker_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// died returns a copy of a running broker's directory: what kill -9 would
// leave of it at this moment.
func died(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	must(t, os.CopyFS(to, os.DirFS(dir)))
	must(t, os.Remove(filepath.Join(to, "lock")))
	return to
}

func TestUnfinishedTransactionIsAborted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	createTopic(t, b.Addr(), "lease", 2)
	cl := client(t, b.Addr(), kgo.TransactionalID("w"))
	must(t, cl.BeginTransaction())
	produce(t, cl, record("lease", 0, "k", "unfinished"))
	produce(t, client(t, b.Addr()), record("lease", 0, "k", "behind"))

	// The same producer goes on after the death, in the same log, and dies
	// again: its second transaction is not the first one's end.
	dir = died(t, dir)
	b = start(t, dir)
	checkStable(t, b.Addr(), "lease")
	cl = client(t, b.Addr(), kgo.TransactionalID("w"))
	must(t, cl.BeginTransaction())
	produce(t, cl, record("lease", 0, "k", "finished"), record("lease", 1, "k", "finished"))
	must(t, cl.EndTransaction(t.Context(), kgo.TryCommit))
	must(t, cl.BeginTransaction())
	produce(t, cl, record("lease", 1, "k", "unfinished"))

	for range 2 {
		b = start(t, died(t, dir))
		checkStable(t, b.Addr(), "lease")
		if diff := cmp.Diff([]string{"behind", "finished"}, values(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted()))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"finished"}, values(read(t, b.Addr(), "lease", 1, kgo.ReadCommitted()))); diff != "" {
			t.Error(diff)
		}
	}
}

// A producer whose broker died in the middle of its transaction must not be
// able to commit the rest of it.
func TestRestartFencesTransactions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := startUntil(t, dir)
	port := portOf(b)
	createTopic(t, b.Addr(), "lease", 1)
	cl := client(t, b.Addr(), kgo.TransactionalID("w"))
	must(t, cl.BeginTransaction())
	produce(t, cl, record("lease", 0, "k", "before"))
	must(t, b.Close())

	b, err := broker.Start(broker.Config{Dir: dir, Port: port})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	produceErr := cl.ProduceSync(t.Context(), record("lease", 0, "k", "after")).FirstErr()
	endErr := cl.EndTransaction(t.Context(), kgo.TryCommit)
	if produceErr == nil || endErr == nil {
		t.Errorf("went on in a transaction that a restart aborted: produce %v, commit %v", produceErr, endErr)
	}
	cl.Close()
	if got := values(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted())); len(got) > 0 {
		t.Errorf("%v is visible", got)
	}
}

func TestInterruptedEndOfTransaction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  kgo.TransactionEndTry
		want []string
	}{
		{"commit", kgo.TryCommit, []string{"v"}},
		{"abort", kgo.TryAbort, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := start(t, dir)
			createTopic(t, b.Addr(), "lease", 3)
			cl := client(t, b.Addr(), kgo.TransactionalID("w"))
			for range 3 { // earlier transactions must not confuse
				must(t, cl.BeginTransaction())
				produce(t, cl, record("lease", 0, "k", "early"), record("lease", 1, "k", "early"), record("lease", 2, "k", "early"))
				must(t, cl.EndTransaction(t.Context(), !tt.end))
			}
			must(t, cl.BeginTransaction())
			produce(t, cl, record("lease", 0, "k", "v"), record("lease", 1, "k", "v"), record("lease", 2, "k", "v"))
			half := died(t, dir)
			must(t, cl.EndTransaction(t.Context(), tt.end))
			// The marker reached the middle partition, and nothing else.
			to, from := filepath.Join(half, "partitions", "lease-1"), filepath.Join(dir, "partitions", "lease-1")
			must(t, os.RemoveAll(to))
			must(t, os.CopyFS(to, os.DirFS(from)))

			b = start(t, half)
			checkStable(t, b.Addr(), "lease")
			for p := range int32(3) {
				var got []string
				for _, v := range values(read(t, b.Addr(), "lease", p, kgo.ReadCommitted())) {
					if v != "early" {
						got = append(got, v)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("partition %d: %s", p, diff)
				}
			}
		})
	}
}

// A write that a death cuts short must not cost what is written behind it
// after the restart, which only the restart after that would show.
func TestTornWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	createTopic(t, b.Addr(), "lease", 1)
	for round := range 4 {
		cl := client(t, b.Addr(), kgo.TransactionalID("w"))
		must(t, cl.BeginTransaction())
		produce(t, cl, record("lease", 0, "k", fmt.Sprint("committed ", round)))
		must(t, commitOffset(t.Context(), cl, "w", "g", "lease", 0, int64(round)))
		must(t, cl.EndTransaction(t.Context(), kgo.TryCommit))
		must(t, cl.BeginTransaction())
		produce(t, cl, record("lease", 0, "k", fmt.Sprint("unfinished ", round)))

		dir = died(t, dir)
		log := filepath.Join(dir, "partitions", "lease-0", "0.dat")
		whole, err := os.ReadFile(log)
		must(t, err)
		must(t, os.Truncate(strings.TrimSuffix(log, ".dat")+".idx", int64(15*countBatches(whole)-15))) // the last batch has no entry yet
		must(t, os.WriteFile(log, append(whole, whole[:70]...), 0o644))                                // and another one is cut short
		for _, name := range []string{"groups.log", "pids.log"} {
			whole, err := os.ReadFile(filepath.Join(dir, name))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, name), append(whole, whole[:11]...), 0o644))
		}
		b = start(t, dir)
		var want []string
		for i := range round + 1 {
			want = append(want, fmt.Sprint("committed ", i))
		}
		if diff := cmp.Diff(want, values(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted()))); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
		if got := groupOffset(t, b.Addr(), "g", "lease", 0); got != int64(round) {
			t.Fatalf("round %d: the group stands at %d", round, got)
		}
		checkStable(t, b.Addr(), "lease")
	}
}

func countBatches(log []byte) (n int) {
	for ; len(log) > 12; n++ {
		log = log[12+int(log[8])<<24+int(log[9])<<16+int(log[10])<<8+int(log[11]):]
	}
	return n
}

// A producer repeats a batch when its broker dies before the answer.
func TestRepeatedBatchAfterDeath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	createTopic(t, b.Addr(), "orders", 1)
	id, epoch, err := client(t, b.Addr()).ProducerID(t.Context())
	must(t, err)
	for seq := range int32(8) {
		if code, base := produceBatch(t, b.Addr(), id, epoch, seq); code != nil || base != int64(seq) {
			t.Fatal(code, base)
		}
	}
	b = start(t, died(t, dir))
	for _, tt := range []struct {
		seq  int32
		want int64
		err  error
	}{
		{seq: 7, want: 7}, // repeated
		{seq: 4, want: 4}, // five may be in flight
		{seq: 8, want: 8}, // next
		{seq: 8, want: 8},
		{seq: 10, err: kerr.OutOfOrderSequenceNumber}, // 9 is missing
		{seq: 9, want: 9},
	} {
		code, base := produceBatch(t, b.Addr(), id, epoch, tt.seq)
		if code != tt.err || code == nil && base != tt.want {
			t.Errorf("sequence %d: offset %d, %v", tt.seq, base, code)
		}
	}
	if n := len(read(t, b.Addr(), "orders", 0, kgo.ReadUncommitted())); n != 10 {
		t.Errorf("%d records, want 10", n)
	}
}

// produceBatch sends one record of a producer's numbered sequence.
func produceBatch(t *testing.T, addr string, id int64, epoch int16, seq int32) (error, int64) {
	t.Helper()
	rec := kmsg.Record{Value: []byte("v")}
	rec.Length = int32(len(rec.AppendTo(nil)) - 1)
	rb := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, ProducerID: id, ProducerEpoch: epoch, FirstSequence: seq,
		FirstTimestamp: time.Now().UnixMilli(), MaxTimestamp: time.Now().UnixMilli(), NumRecords: 1, Records: rec.AppendTo(nil),
	}
	raw := rb.AppendTo(nil)
	rb.Length = int32(len(raw) - 12)
	rb.CRC = int32(crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	topics := admin(t, addr, func(adm *kadm.Client) (kadm.TopicDetails, error) { return adm.ListTopics(t.Context(), "orders") })
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis = -1, 1000
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic, topic.TopicID = "orders", topics["orders"].ID
	p := kmsg.NewProduceRequestTopicPartition()
	p.Records = rb.AppendTo(nil)
	topic.Partitions = append(topic.Partitions, p)
	req.Topics = append(req.Topics, topic)
	cl := client(t, addr)
	defer cl.Close()
	resp, err := req.RequestWith(t.Context(), cl)
	must(t, err)
	got := resp.Topics[0].Partitions[0]
	return kerr.ErrorForCode(got.ErrorCode), got.BaseOffset
}

func TestConfigsAndGroupsSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	createTopic(t, b.Addr(), "lease", 3, "cleanup.policy", "compact", "retention.ms", "-1")
	admin(t, b.Addr(), func(adm *kadm.Client) (kadm.CreatePartitionsResponses, error) {
		return adm.CreatePartitions(t.Context(), 2, "lease")
	})
	admin(t, b.Addr(), func(adm *kadm.Client) (any, error) {
		var os kadm.Offsets
		os.AddOffset("lease", 4, 42, -1)
		return nil, adm.CommitAllOffsets(t.Context(), "g", os)
	})
	cluster := func(addr string) string {
		return admin(t, addr, func(adm *kadm.Client) (kadm.Metadata, error) { return adm.BrokerMetadata(t.Context()) }).Cluster
	}
	was := cluster(b.Addr())
	if len(was) != 22 {
		t.Errorf("cluster id %q does not look like Kafka's", was)
	}
	b = start(t, died(t, dir))
	if got := cluster(b.Addr()); got != was {
		t.Errorf("cluster id is %q and was %q", got, was)
	}
	if got := groupOffset(t, b.Addr(), "g", "lease", 4); got != 42 {
		t.Errorf("the group stands at %d", got)
	}
	configs := admin(t, b.Addr(), func(adm *kadm.Client) (kadm.ResourceConfigs, error) {
		return adm.DescribeTopicConfigs(t.Context(), "lease")
	})
	got := map[string]string{}
	for _, c := range configs[0].Configs {
		if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
			got[c.Key] = *c.Value
		}
	}
	if diff := cmp.Diff(map[string]string{"cleanup.policy": "compact", "retention.ms": "-1"}, got); diff != "" {
		t.Error(diff)
	}
}
