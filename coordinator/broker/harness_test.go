package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// start runs a broker on dir until the test ends.
func start(t *testing.T, dir string) *broker.Broker {
	t.Helper()
	b, err := broker.Start(broker.Config{Dir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	return b
}

func client(t *testing.T, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	must(t, err)
	t.Cleanup(cl.Close)
	return cl
}

// admin lends f an admin client. It is closed at once: to say farewell to a
// broker that is gone takes seconds.
func admin[T any](t *testing.T, addr string, f func(*kadm.Client) (T, error)) T {
	t.Helper()
	cl := client(t, addr)
	defer cl.Close()
	v, err := f(kadm.NewClient(cl))
	must(t, err)
	return v
}

func createTopic(t *testing.T, addr, name string, partitions int32, configs ...string) {
	t.Helper()
	m := map[string]*string{}
	for i := 0; i < len(configs); i += 2 {
		m[configs[i]] = &configs[i+1]
	}
	admin(t, addr, func(adm *kadm.Client) (kadm.CreateTopicResponse, error) {
		return adm.CreateTopic(t.Context(), partitions, 1, m, name)
	})
}

func record(topic string, partition int32, key, value string) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: partition, Key: []byte(key), Value: []byte(value)}
}

func produce(t *testing.T, cl *kgo.Client, rs ...*kgo.Record) {
	t.Helper()
	must(t, cl.ProduceSync(t.Context(), rs...).FirstErr())
}

// commitOffset stages a group offset in the transaction that cl is in, as a
// coordinator without group membership does.
func commitOffset(ctx context.Context, cl *kgo.Client, txID, group, topic string, partition int32, offset int64) error {
	id, epoch, err := cl.ProducerID(ctx)
	if err != nil {
		return err
	}
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = txID, id, epoch, group
	added, err := add.RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(added.ErrorCode); err != nil {
		return err
	}
	topics, err := kadm.NewClient(cl).ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch = txID, id, epoch
	commit.Group, commit.Generation, commit.MemberID = group, -1, ""
	topicReq := kmsg.NewTxnOffsetCommitRequestTopic()
	topicReq.Topic, topicReq.TopicID = topic, topics[topic].ID // version 6 has the id alone
	p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset = partition, offset
	topicReq.Partitions = append(topicReq.Partitions, p)
	commit.Topics = append(commit.Topics, topicReq)
	committed, err := commit.RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(committed.Topics[0].Partitions[0].ErrorCode)
}

// groupOffset returns a group's committed offset, or -1.
func groupOffset(t *testing.T, addr, group, topic string, partition int32) int64 {
	t.Helper()
	offsets := admin(t, addr, func(adm *kadm.Client) (kadm.OffsetResponses, error) {
		offsets, err := adm.FetchOffsets(t.Context(), group)
		if errors.Is(err, kerr.GroupIDNotFound) {
			err = nil
		}
		return offsets, err
	})
	o, ok := offsets.Lookup(topic, partition)
	if !ok {
		return -1
	}
	must(t, o.Err)
	return o.At
}

// read returns all records of a partition, at most to the end that a reader of
// this isolation level sees.
func read(t *testing.T, addr, topic string, partition int32, level kgo.IsolationLevel) []*kgo.Record {
	t.Helper()
	ends := admin(t, addr, func(adm *kadm.Client) (kadm.ListedOffsets, error) {
		if level == kgo.ReadCommitted() {
			return adm.ListCommittedOffsets(t.Context(), topic)
		}
		return adm.ListEndOffsets(t.Context(), topic)
	})
	end, ok := ends.Lookup(topic, partition)
	if !ok {
		t.Fatalf("topic %s has no partition %d", topic, partition)
	}
	must(t, end.Err)
	cl := client(t, addr, kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().AtStart()}}))
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var records []*kgo.Record
	for at := int64(0); at < end.Offset; {
		fetches := cl.PollFetches(ctx)
		must(t, fetches.Err())
		for _, r := range fetches.Records() {
			at = r.Offset + 1
			if !r.Attrs.IsControl() && r.Offset < end.Offset {
				records = append(records, r)
			}
		}
	}
	return records
}

func values(rs []*kgo.Record) []string {
	vs := make([]string, len(rs))
	for i, r := range rs {
		vs[i] = string(r.Value)
	}
	return vs
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startUntil runs a broker that the test closes.
func startUntil(t *testing.T, dir string) *broker.Broker {
	t.Helper()
	b, err := broker.Start(broker.Config{Dir: dir})
	must(t, err)
	return b
}
