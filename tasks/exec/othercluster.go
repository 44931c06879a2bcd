package exec

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// Dead letters may go to another cluster, where no transaction spans them and the result or position of this one. There they
// are written in one transaction with a mark, which says for which lease they are. Whoever runs the lease again fences the
// lane's earlier attempts on the other cluster first and reads the newest mark: what it tells of is there, and is not
// written again (I4, I5).

// DeadLetterPrefix is the prefix of Mayfly's own keys for dead letters. Behind it stand also the client properties of the
// cluster that takes them, where that is another; DeadLetterServers names its brokers.
const (
	DeadLetterPrefix  = "mayfly.errors.deadletterqueue."
	DeadLetterServers = DeadLetterPrefix + "bootstrap.servers"
)

// marksTopic is the compacted topic of the other cluster with the newest mark of each lane of a stream.
const marksTopic = "mayfly-dlq-marks"

// DeadLetterCluster returns the client properties of the cluster that takes a connector's dead letters, with their prefix; nil when
// it is the connector's own.
func DeadLetterCluster(c map[string]string) map[string]string {
	if strings.TrimSpace(c[DeadLetterServers]) == "" {
		return nil
	}
	out := maps.Clone(c)
	maps.DeleteFunc(out, func(k, _ string) bool { return !strings.HasPrefix(k, DeadLetterPrefix) })
	return out
}

// letterMark says which dead letters of a lane were written last (I7). It is in one transaction with them.
type letterMark struct {
	Version  int   `json:"version"`
	Epoch    int64 `json:"epoch"`
	PlanTime int64 `json:"planTime"`
	// Result is that of the sink lease whose letters they are.
	Result *tasks.Result `json:"result,omitempty"`
	// Since is the position that the source had committed, and Letters the positions of the records behind it whose letters
	// they are.
	Since   tasks.Position   `json:"since,omitempty"`
	Letters []tasks.Position `json:"letters,omitempty"`
}

// letterClient makes a client of the cluster that takes dead letters.
func (r *run) letterClient(p *errorPolicy, more ...kgo.Opt) (*kgo.Client, error) {
	if p.dlqCluster == nil {
		return r.producer(more...)
	}
	l := r.lease
	opts, err := kafka.Options(p.dlqCluster, DeadLetterPrefix)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: the cluster of its dead letters: %w", l.Connector, err))
	}
	cl, err := kgo.NewClient(slices.Concat(opts, more)...)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: the cluster of its dead letters: %w", l.Connector, err))
	}
	return cl, nil
}

// createMarks creates the topic of the marks, unless it exists.
func createMarks(ctx context.Context, cl *kgo.Client, replicas int16) error {
	if exists, err := topicExists(ctx, cl, marksTopic); err != nil || exists {
		return err
	}
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = marksTopic, 1, replicas
	config := kmsg.NewCreateTopicsRequestTopicConfig()
	config.Name, config.Value = "cleanup.policy", kmsg.StringPtr("compact")
	t.Configs = append(t.Configs, config)
	return createTopic(ctx, cl, t, func(cause error) error {
		return tasks.Fatal(fmt.Errorf("create the compacted topic %s on the cluster of the dead letters with replication factor %d: %w", marksTopic, replicas, cause))
	})
}

// fencedLetters makes a client whose transactions fence those of earlier attempts of the lease.
func (r *run) fencedLetters(ctx context.Context, p *errorPolicy) (*kgo.Client, error) {
	purpose := "dlq"
	if p.dlqCluster != nil { // several clusters may have a group and connector of these names
		id, err := r.clusterID(ctx)
		if err != nil {
			return nil, err
		}
		purpose += "-" + id
	}
	cl, err := r.letterClient(p, kgo.TransactionalID(txnID(purpose, r.lease)), kgo.TransactionTimeout(leaseTxnTimeout))
	if err != nil {
		return nil, err
	}
	if _, _, err := cl.ProducerID(ctx); err != nil {
		cl.Close()
		return nil, kafka.MayPass(fmt.Errorf("fence earlier attempts of lease %s: %w", r.lease.ID, err))
	}
	return cl, nil
}

// clusterID asks the lease's brokers for the id of their cluster, once in the lease.
func (r *run) clusterID(ctx context.Context) (string, error) {
	if r.cluster == "" {
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = []kmsg.MetadataRequestTopic{} // of none; nil would be all
		resp, err := req.RequestWith(ctx, r.cl)
		if err != nil {
			return "", kafka.MayPass(fmt.Errorf("ask for the cluster's id: %w", err))
		}
		if r.cluster = "none"; resp.ClusterID != nil {
			r.cluster = *resp.ClusterID
		}
	}
	return r.cluster, nil
}

// markKey is the key of the lane's mark. The client is fenced already: the cluster's id is known.
func (r *run) markKey() []byte {
	return []byte(r.cluster + "/" + r.lease.GroupID + "/" + r.lease.Connector + "/" + r.lease.Slice.Stream.String() + laneOf(r.lease))
}

// mark reads the newest mark of the stream; nil when there is none.
func (r *run) mark(ctx context.Context, cl *kgo.Client) (*letterMark, error) {
	f := fetch.New(cl, tasks.Slice{Stream: tasks.Stream{Topic: marksTopic}}, kgo.ReadUncommitted())
	n, err := f.Partitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for dead letters of earlier attempts: %w", err)
	}
	key := r.markKey()
	rec, err := settled(ctx, cl, marksTopic, partitionOf(marksTopic, key, n), 0, func(rec *kgo.Record) bool { return string(rec.Key) == string(key) })
	if err != nil {
		return nil, fmt.Errorf("look for dead letters of earlier attempts: %w", err)
	}
	if rec == nil || rec.Value == nil {
		return nil, nil
	}
	m := &letterMark{}
	if err := json.Unmarshal(rec.Value, m); err != nil || m.Version > tasks.WireVersion {
		return nil, tasks.Fatal(fmt.Errorf("the mark of %s at offset %d of %s is not one that this executor knows", key, rec.Offset, marksTopic))
	}
	return m, nil
}

func (r *run) markRecord(m letterMark) (*kgo.Record, error) {
	m.Version, m.Epoch, m.PlanTime = tasks.WireVersion, r.lease.Epoch, r.lease.PlanTime
	b, err := json.Marshal(m)
	return &kgo.Record{Topic: marksTopic, Key: r.markKey(), Value: b}, err
}

// sendLetters writes a sink lease's letters to the other cluster and reports the result here. It returns the result that
// counts: that of an attempt whose letters are there already.
func (r *run) sendLetters(ctx context.Context, p *errorPolicy, letters []deadLetter, res tasks.Result) (tasks.Result, error) {
	cl, err := r.fencedLetters(ctx, p)
	if err != nil {
		return res, err
	}
	defer cl.Close()
	m, err := r.mark(ctx, cl)
	l := r.lease
	switch {
	case err != nil:
		return res, err
	case m != nil && m.Result != nil && m.Result.Slice == l.Slice && m.PlanTime == l.PlanTime:
		adopted := *m.Result
		adopted.Epoch, adopted.Attempt, adopted.Lease = l.Epoch, l.Attempt, l.ID
		return adopted, r.runner.report(ctx, l, adopted)
	case m != nil && m.Epoch > l.Epoch && m.PlanTime >= l.PlanTime: // a lost lease topic begins its epochs anew, but not time
		return res, tasks.Stale(fmt.Errorf("the dead letters of a later lease of %s are written", l.Slice.Stream))
	}
	mark, err := r.markRecord(letterMark{Result: &res})
	if err != nil {
		return res, tasks.Fatal(err)
	}
	records := []*kgo.Record{mark}
	for _, d := range letters {
		records = append(records, d.record)
	}
	if err := r.transact(ctx, cl, records); err != nil {
		return res, fmt.Errorf("write %d dead letters to %s of the cluster %s: %w", len(letters), p.dlqTopic, p.dlqCluster[DeadLetterServers], err)
	}
	return res, r.runner.report(ctx, l, res)
}

// sourceLetters are the dead letters of a source that go to another cluster.
type sourceLetters struct {
	cl   *kgo.Client // nil until the first letter
	mark *letterMark // the newest of the stream
	// The letters of the batch under way, and the positions of their records.
	records   []*kgo.Record
	positions []tasks.Position
}

func (l *sourceLetters) close() {
	if l.cl != nil {
		l.cl.Close()
	}
}

// add takes the letter of a record.
func (l *sourceLetters) add(letter *kgo.Record, at tasks.Position) {
	l.records, l.positions = append(l.records, letter), append(l.positions, at)
}

// write sends the letters of a batch that begins behind the committed position since, less those that an attempt sent whose
// records and position were not committed here.
func (l *sourceLetters) write(ctx context.Context, s *sourceRun, since tasks.Position) error {
	if len(l.records) == 0 {
		return nil
	}
	if err := l.open(ctx, s, since); err != nil {
		return err
	}
	var there []tasks.Position
	if l.mark != nil && l.mark.Since == since {
		there = l.mark.Letters
	}
	m := letterMark{Since: since, Letters: there}
	var out []*kgo.Record
	for i, letter := range l.records {
		if !slices.Contains(there, l.positions[i]) {
			out, m.Letters = append(out, letter), append(m.Letters, l.positions[i])
		}
	}
	l.records, l.positions = l.records[:0], l.positions[:0]
	if len(out) == 0 {
		return nil
	}
	mark, err := s.markRecord(m)
	if err != nil {
		return tasks.Fatal(err)
	}
	if err := s.transact(ctx, l.cl, append(out, mark)); err != nil {
		return fmt.Errorf("write %d dead letters to %s of the cluster %s: %w", len(out), s.pipe.policy.dlqTopic, s.pipe.policy.dlqCluster[DeadLetterServers], err)
	}
	l.mark = &m
	return nil
}

// open fences the lane on the other cluster, and then makes sure that this is the attempt that goes on: the lane's committed
// position must still be ours. In this order, of two attempts one is fenced or sees what the other did.
func (l *sourceLetters) open(ctx context.Context, s *sourceRun, since tasks.Position) (err error) {
	if l.cl != nil {
		return nil
	}
	if l.cl, err = s.fencedLetters(ctx, &s.pipe.policy); err != nil {
		return err
	}
	at, err := s.committed(ctx)
	if err != nil {
		return err
	}
	if at != nil && *at != since || at == nil && since != s.lease.Slice.Since {
		return tasks.Stale(fmt.Errorf("%s has moved on from %s", s.lease.Slice.Stream.Split, since))
	}
	l.mark, err = s.mark(ctx, l.cl)
	return err
}
