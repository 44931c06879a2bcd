package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The relied tests say what Mayfly relies on in a broker. Each states one
// thing, and each holds on Apache Kafka as well.

func TestReliedLongPollWakesOnNewData(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "orders", 1)
	for _, level := range []kgo.IsolationLevel{kgo.ReadUncommitted(), kgo.ReadCommitted()} {
		cl := client(t, addr, kgo.FetchMaxWait(time.Minute), kgo.FetchIsolationLevel(level), kgo.ConsumePartitions(
			map[string]map[int32]kgo.Offset{"orders": {0: kgo.NewOffset().AtEnd()}}))
		got := make(chan string)
		go func() {
			for {
				for _, r := range cl.PollFetches(t.Context()).Records() {
					select {
					case got <- string(r.Value):
					case <-t.Context().Done():
						return
					}
				}
				if t.Context().Err() != nil {
					return
				}
			}
		}()
		producer := client(t, addr)
		// The consumer has no position before its first fetch, so the first
		// record may come before it; from then on each one must wake it.
		for i := range 20 {
			want := fmt.Sprint(i)
			produce(t, producer, record("orders", 0, "k", want))
			select {
			case <-got:
			case <-time.After(5 * time.Second):
				if i > 0 {
					t.Fatalf("record %d did not wake the parked fetch", i)
				}
			}
		}
	}
}

func TestReliedCommitWakesReadCommittedLongPoll(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "orders", 1)
	produce(t, client(t, addr), record("orders", 0, "k", "first"))
	reader := client(t, addr, kgo.FetchMaxWait(time.Minute), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{"orders": {0: kgo.NewOffset().At(0)}}))
	if diff := cmp.Diff([]string{"first"}, values(reader.PollFetches(t.Context()).Records())); diff != "" {
		t.Fatal(diff)
	}
	writer := client(t, addr, kgo.TransactionalID("w"))
	must(t, writer.BeginTransaction())
	produce(t, writer, record("orders", 0, "k", "second"))
	must(t, writer.EndTransaction(t.Context(), kgo.TryCommit))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	fetches := reader.PollFetches(ctx)
	must(t, fetches.Err())
	if diff := cmp.Diff([]string{"second"}, values(fetches.Records())); diff != "" {
		t.Fatal(diff)
	}
}

func TestReliedListOffsets(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "orders", 2)
	cl := client(t, addr)
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 5 {
		r := record("orders", 1, "k", fmt.Sprint(i))
		r.Timestamp = at.Add(time.Duration(i) * time.Second)
		produce(t, cl, r)
	}
	open := client(t, addr, kgo.TransactionalID("w"))
	must(t, open.BeginTransaction())
	produce(t, open, record("orders", 1, "k", "open"))

	adm := kadm.NewClient(cl)
	for _, tt := range []struct {
		name string
		list func() (kadm.ListedOffsets, error)
		want [2]int64
	}{
		{"start", func() (kadm.ListedOffsets, error) { return adm.ListStartOffsets(t.Context(), "orders") }, [2]int64{0, 0}},
		{"end", func() (kadm.ListedOffsets, error) { return adm.ListEndOffsets(t.Context(), "orders") }, [2]int64{0, 6}},
		{"last stable", func() (kadm.ListedOffsets, error) { return adm.ListCommittedOffsets(t.Context(), "orders") }, [2]int64{0, 5}},
		{"by time", func() (kadm.ListedOffsets, error) {
			return adm.ListOffsetsAfterMilli(t.Context(), at.Add(1500*time.Millisecond).UnixMilli(), "orders")
		}, [2]int64{0, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			listed, err := tt.list()
			must(t, err)
			for p, want := range tt.want {
				o, _ := listed.Lookup("orders", int32(p))
				must(t, o.Err)
				if o.Offset != want {
					t.Errorf("partition %d: %d, want %d", p, o.Offset, want)
				}
			}
		})
	}
	must(t, open.EndTransaction(t.Context(), kgo.TryAbort))
}

func TestReliedLargeFetch(t *testing.T) {
	t.Parallel()
	addr := start(t, t.TempDir()).Addr()
	createTopic(t, addr, "big", 1, "max.message.bytes", fmt.Sprint(20<<20))
	cl := client(t, addr, kgo.ProducerBatchMaxBytes(16<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	value := bytes.Repeat([]byte("v"), 8<<20)
	for range 4 {
		produce(t, cl, &kgo.Record{Topic: "big", Value: value})
	}
	reader := client(t, addr, kgo.FetchMaxBytes(64<<20), kgo.FetchMaxPartitionBytes(64<<20), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{"big": {0: kgo.NewOffset().At(0)}}))
	fetches := reader.PollFetches(t.Context())
	must(t, fetches.Err())
	if n := fetches.NumRecords(); n != 4 {
		t.Errorf("one fetch brought %d records of 8 MiB, want all 4", n)
	}
	// A batch larger than what the reader asks for comes all the same: there
	// is no other way past it.
	small := client(t, addr, kgo.FetchMaxBytes(1<<20), kgo.FetchMaxPartitionBytes(1<<20), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{"big": {0: kgo.NewOffset().At(1)}}))
	fetches = small.PollFetches(t.Context())
	must(t, fetches.Err())
	if n := fetches.NumRecords(); n != 1 {
		t.Errorf("a small fetch brought %d records, want the first batch alone", n)
	}
}

func TestReliedTopicIsCreatedForAProducer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	addr := start(t, dir).Addr()
	plain := client(t, addr, kgo.UnknownTopicRetries(0))
	if err := plain.ProduceSync(t.Context(), record("new", 0, "k", "v")).FirstErr(); err == nil {
		t.Error("a client that does not ask for it got its topic created")
	}
	produce(t, client(t, addr, kgo.AllowAutoTopicCreation()), record("new", 0, "k", "v"))
	topics, err := kadm.NewClient(plain).ListTopics(t.Context())
	must(t, err)
	if n := len(topics["new"].Partitions); n != 1 {
		t.Errorf("the topic has %d partitions, want 1", n)
	}
	bad := client(t, addr, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	if err := bad.ProduceSync(t.Context(), record("not/legal", 0, "k", "v")).FirstErr(); err == nil {
		t.Error("a topic with an illegal name was created")
	}
}
