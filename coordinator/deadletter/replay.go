package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Bounds of one transaction of a replay.
const (
	batchLetters = 500
	batchBytes   = 4 << 20
	txnTimeout   = 30 * time.Second
)

// Replay says what is sent where.
type Replay struct {
	Filter Filter
	// To is the destination's topic; empty sends each record back to where it was read.
	To string
	// Accept, if any, says why a letter must not go to a topic, or nil.
	Accept func(l *Letter, topic string) error
	// Home is the cluster where the records belong, when the letters lie on another; nil when they do not.
	Home *Queues
	// DryRun writes nothing.
	DryRun bool
}

// Replayed is what a replay did with the letters that its filter took.
type Replayed struct {
	Topic string `json:"topic"`
	// Cluster is the brokers where the letters lie, when that is another cluster.
	Cluster string `json:"cluster,omitempty"`
	DryRun  bool   `json:"dryRun,omitempty"`
	// Sent letters went to the topics of To (would go, in a dry run), Before were replayed earlier.
	Sent   int64            `json:"sent"`
	To     map[string]int64 `json:"to"`
	Before int64            `json:"replayedBefore"`
	// Refused letters have no place to go; the reasons with their numbers.
	Refused map[string]int64 `json:"refused,omitempty"`
}

// replay is a replay under way.
type replay struct {
	what Replay
	txn  *kgo.Client // nil in a dry run
	done *ledger
	out  Replayed
	// partitions of destinations; 0 for a topic that does not exist.
	partitions map[string]int32

	batch []*kgo.Record
	dirty map[block]bool
	bytes int
}

// Replay sends the letters of a topic that the filter takes, each one once however often it is called or killed: records and
// marks are one transaction on the cluster where the records go, a second replay of the topic fences the first, and then reads
// what was replayed (I5). After an error Replayed says what was sent so far; the next call goes on from there.
func (q *Queues) Replay(ctx context.Context, topic string, what Replay) (Replayed, error) {
	r := &replay{what: what, partitions: map[string]int32{}, dirty: map[block]bool{},
		out: Replayed{Topic: topic, Cluster: q.name, DryRun: what.DryRun, To: map[string]int64{}, Refused: map[string]int64{}}}
	defer r.close()
	fence := r.fence(ctx)
	if what.DryRun {
		fence = nil
	}
	var err error
	if r.done, err = q.ledger(ctx, topic, what.Home, fence); err != nil {
		return r.out, err
	}
	if what.To == topic && r.done.at == q {
		return r.out, fmt.Errorf("dead letters of %s cannot be replayed to itself", topic)
	}
	for l, err := range q.Letters(ctx, topic, what.Filter) {
		if err == nil {
			err = r.take(ctx, &l)
		}
		if err != nil {
			return r.out, err
		}
	}
	return r.out, r.flush(ctx)
}

// fence returns what makes the client that sends, on the cluster where the records go.
func (r *replay) fence(ctx context.Context) func(at *Queues, name string) error {
	return func(at *Queues, name string) (err error) {
		if err = at.createMarks(ctx); err == nil {
			r.txn, err = at.fenced(ctx, name)
		}
		return err
	}
}

func (r *replay) close() {
	if r.txn != nil {
		r.txn.Close()
	}
}

// take puts a letter into the batch, which is sent when it is full.
func (r *replay) take(ctx context.Context, l *Letter) error {
	if r.done.has(l) {
		r.out.Before++
		return nil
	}
	rec, err := r.destination(ctx, l)
	if err != nil {
		return err
	}
	if rec == nil {
		return nil
	}
	r.out.To[rec.Topic]++
	if r.what.DryRun {
		r.out.Sent++
		return nil
	}
	r.dirty[r.done.add(l)] = true
	r.batch = append(r.batch, rec)
	if r.bytes += len(l.Key) + len(l.Value); len(r.batch) < batchLetters && r.bytes < batchBytes {
		return nil
	}
	return r.flush(ctx)
}

// destination makes the record to send: key, value, headers and time are those of the record that failed. It goes to the
// partition where that one was, so that records of a key stay together, or where its key belongs. Nil means refused.
func (r *replay) destination(ctx context.Context, l *Letter) (*kgo.Record, error) {
	refuse := func(format string, args ...any) (*kgo.Record, error) {
		r.out.Refused[fmt.Sprintf(format, args...)]++
		return nil, nil
	}
	rec := &kgo.Record{Topic: r.what.To, Key: l.Key, Value: l.Value, Headers: l.Headers, Timestamp: l.Time}
	origin := l.Context.Origin
	if rec.Topic == "" {
		rec.Topic = origin.Topic
	}
	if rec.Topic == "" {
		return refuse("no header says where the record was read: name a topic with -to")
	}
	if r.what.Accept != nil {
		if err := r.what.Accept(l, rec.Topic); err != nil {
			return refuse("%s", err)
		}
	}
	n, err := r.partitionsOf(ctx, rec.Topic)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return refuse("there is no topic %s: create it, or name another with -to", rec.Topic)
	}
	if rec.Partition = origin.Partition; rec.Topic != origin.Topic || rec.Partition >= n {
		rec.Partition = int32(kgo.StickyKeyPartitioner(nil).ForTopic(rec.Topic).Partition(rec, int(n)))
	}
	return rec, nil
}

func (r *replay) partitionsOf(ctx context.Context, topic string) (int32, error) {
	n, known := r.partitions[topic]
	if known {
		return n, nil
	}
	found, err := r.done.at.adm.ListTopics(ctx, topic)
	if err == nil && !errors.Is(found[topic].Err, kerr.UnknownTopicOrPartition) {
		err = found[topic].Err
	}
	if err != nil {
		return 0, fmt.Errorf("look up topic %s: %w", topic, err)
	}
	r.partitions[topic] = int32(len(found[topic].Partitions))
	return r.partitions[topic], nil
}

// flush sends the batch and its marks in one transaction.
func (r *replay) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	sent := int64(len(r.batch))
	for b := range r.dirty {
		mark, err := r.done.record(b)
		if err != nil {
			return err
		}
		r.batch = append(r.batch, mark)
	}
	if err := transact(ctx, r.txn, r.batch); err != nil {
		return fmt.Errorf("replay %d dead letters of %s: %w", sent, r.out.Topic, err)
	}
	r.out.Sent += sent
	r.batch, r.bytes = nil, 0
	clear(r.dirty)
	return nil
}

// await blocks until a new topic has a leader that knows it: creation is acknowledged before that.
func (q *Queues) await(ctx context.Context, topic string) error {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		ends, err := q.adm.ListEndOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		if err == nil || !kerr.IsRetriable(err) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("wait for topic %s: %w", topic, ctx.Err())
		}
	}
}
