package deadletter

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	// DryRun writes nothing.
	DryRun bool
}

// Replayed is what a replay did with the letters that its filter took.
type Replayed struct {
	Topic  string `json:"topic"`
	DryRun bool   `json:"dryRun,omitempty"`
	// Sent letters went to the topics of To (would go, in a dry run), Before were replayed earlier.
	Sent   int64            `json:"sent"`
	To     map[string]int64 `json:"to"`
	Before int64            `json:"replayedBefore"`
	// Refused letters have no place to go; the reasons with their numbers.
	Refused map[string]int64 `json:"refused,omitempty"`
}

// replay is a replay under way.
type replay struct {
	q    *Queues
	what Replay
	txn  *kgo.Client // nil in a dry run
	done *marks
	out  Replayed
	// partitions of destinations; 0 for a topic that does not exist.
	partitions map[string]int32

	batch []*kgo.Record
	dirty map[block]bool
	bytes int
}

// Replay sends the letters of a topic that the filter takes, each one once however often it is called or killed: records and
// marks are one transaction, a second replay of the topic fences the first, and then reads what was replayed (I5). After an
// error Replayed says what was sent so far; the next call goes on from there.
func (q *Queues) Replay(ctx context.Context, topic string, what Replay) (Replayed, error) {
	r := &replay{q: q, what: what, partitions: map[string]int32{}, dirty: map[block]bool{},
		out: Replayed{Topic: topic, DryRun: what.DryRun, To: map[string]int64{}, Refused: map[string]int64{}}}
	if what.To == topic {
		return r.out, fmt.Errorf("dead letters of %s cannot be replayed to itself", topic)
	}
	if !what.DryRun {
		if err := q.createMarks(ctx); err != nil {
			return r.out, err
		}
		var err error
		r.txn, err = kgo.NewClient(slices.Concat(q.opts, []kgo.Opt{kgo.TransactionalID("mayfly-dlq-replay-" + topic),
			kgo.TransactionTimeout(txnTimeout), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(3)})...)
		if err != nil {
			return r.out, fmt.Errorf("connect to Kafka: %w", err)
		}
		defer r.txn.Close()
		if _, _, err := r.txn.ProducerID(ctx); err != nil { // fences, and ends what a killed replay left open
			return r.out, fmt.Errorf("fence earlier replays of %s: %w", topic, err)
		}
	}
	var err error
	if r.done, err = q.marks(ctx, topic); err != nil {
		return r.out, err
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
	found, err := r.q.adm.ListTopics(ctx, topic)
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
	if err := r.transact(ctx); err != nil {
		return fmt.Errorf("replay %d dead letters of %s: %w", sent, r.out.Topic, err)
	}
	r.out.Sent += sent
	r.batch, r.bytes = nil, 0
	clear(r.dirty)
	return nil
}

func (r *replay) transact(ctx context.Context) error {
	if err := r.txn.BeginTransaction(); err != nil {
		return err
	}
	err := r.txn.ProduceSync(ctx, r.batch...).FirstErr()
	if err == nil {
		err = r.txn.EndTransaction(ctx, kgo.TryCommit)
	} else {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), txnTimeout)
		defer cancel()
		err = errors.Join(err, r.txn.EndTransaction(undo, kgo.TryAbort))
	}
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) {
		err = fmt.Errorf("another replay of the topic has begun and goes on in place of this one: %w", err)
	}
	return err
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
