package deadletter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Dead letters may lie on another cluster than the one where their records belong, and no transaction spans two. Then the marks
// are kept where the records go, in one transaction with them, under a name that begins with the id of the letters' cluster. So
// that nobody sends the same letters to a third place, whose marks are elsewhere again, the topic is claimed first: an entry of
// the marks topic beside the letters says on which cluster their marks are from then on. It is written under the transactional
// id of replays that stay on the letters' cluster, which fences one that runs; later ones find the claim (I5).

// claim is the entry of the marks topic, by the key <topic>, that says where else a topic's marks are kept.
type claim struct {
	Version int    `json:"version"`
	TopicID string `json:"topicId,omitempty"`
	Home    string `json:"home"`
}

// readClaim reads the entry of the topic's own name.
func (m *marks) readClaim(r *kgo.Record) error {
	var c claim
	if err := json.Unmarshal(r.Value, &c); err != nil {
		return fmt.Errorf("read %s at offset %d: %w", r.Topic, r.Offset, err)
	}
	if c.Version != markVersion {
		return fmt.Errorf("read %s at offset %d: version %d is not one that this command knows; use a newer one", r.Topic, r.Offset, c.Version)
	}
	if c.TopicID == "" || m.id == "" || c.TopicID == m.id {
		m.home = c.Home
	}
	return nil
}

// clusterID returns the id of the cluster.
func (q *Queues) clusterID(ctx context.Context) (string, error) {
	if q.cluster == "" {
		meta, err := q.adm.BrokerMetadata(ctx)
		if err != nil {
			return "", fmt.Errorf("ask for the cluster's id: %w", err)
		}
		if meta.Cluster == "" {
			return "", errors.New("the brokers do not tell their cluster's id, without which two clusters cannot be told apart")
		}
		q.cluster = meta.Cluster
	}
	return q.cluster, nil
}

// ledger is all that is known of which letters of a topic were replayed: the marks where records go, and those beside the letters.
type ledger struct {
	*marks         // where records go
	beside *marks  // nil when that is the same place
	at     *Queues // the cluster where records go
}

func (l *ledger) has(letter *Letter) bool {
	return l.marks.has(letter) || l.beside != nil && l.beside.has(letter)
}

// ledger reads which letters were replayed. home is the cluster where the records go, nil for that of the letters. fence, which
// may be nil, is called with the cluster where records go and the name of the topic there, before its marks are read.
func (q *Queues) ledger(ctx context.Context, topic string, home *Queues, fence func(at *Queues, name string) error) (*ledger, error) {
	name, there := topic, ""
	if home != nil {
		here, err := q.clusterID(ctx)
		if err != nil {
			return nil, err
		}
		if there, err = home.clusterID(ctx); err != nil {
			return nil, err
		}
		if name = here + ":" + topic; here == there { // one cluster by two addresses
			home, name, there = nil, topic, ""
		}
	}
	l := &ledger{at: q}
	if home != nil {
		l.at = home
		var err error
		if l.beside, err = q.claimed(ctx, topic, there, fence != nil); err != nil {
			return nil, err
		}
	}
	if fence != nil {
		if err := fence(l.at, name); err != nil {
			return nil, err
		}
	}
	id, err := q.topicID(ctx, topic)
	if err != nil {
		return nil, err
	}
	if l.marks, err = l.at.marks(ctx, name, id); err != nil {
		return nil, err
	}
	if l.marks.home != "" {
		return nil, otherHome(topic, l.marks.home)
	}
	return l, nil
}

// claimed makes sure that a topic's marks are kept on the cluster home from here on, if write says so, and returns those that were
// made beside the letters before.
func (q *Queues) claimed(ctx context.Context, topic, home string, write bool) (*marks, error) {
	id, err := q.topicID(ctx, topic)
	if err != nil {
		return nil, err
	}
	m, err := q.marks(ctx, topic, id)
	if err != nil || m.home == home || m.home == "" && !write {
		return m, err
	}
	if m.home != "" {
		return nil, otherHome(topic, m.home)
	}
	if err := q.createMarks(ctx); err != nil {
		return nil, err
	}
	txn, err := q.fenced(ctx, topic)
	if err != nil {
		return nil, err
	}
	defer txn.Close()
	if m, err = q.marks(ctx, topic, id); err != nil { // again: what was sent until now
		return nil, err
	}
	if m.home != "" && m.home != home {
		return nil, otherHome(topic, m.home)
	}
	value, err := json.Marshal(claim{markVersion, id, home})
	if err != nil {
		return nil, err
	}
	if err := transact(ctx, txn, []*kgo.Record{{Topic: MarksTopic, Key: []byte(topic), Value: value}}); err != nil {
		return nil, fmt.Errorf("claim the dead letters of %s: %w", topic, err)
	}
	return m, nil
}

func otherHome(topic, home string) error {
	return fmt.Errorf("the dead letters of %s are replayed to the cluster with the id %s, where the marks of what was sent are: name that one with -worker or -bootstrap, and not the cluster of the letters", topic, home)
}

// fenced makes a client for the transactions of replays of a topic, which fences earlier ones, and ends what a killed one left open.
func (q *Queues) fenced(ctx context.Context, name string) (*kgo.Client, error) {
	opts := append(q.opts[:len(q.opts):len(q.opts)], kgo.TransactionalID("mayfly-dlq-replay-"+name), kgo.TransactionTimeout(txnTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(3))
	txn, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	if _, _, err := txn.ProducerID(ctx); err != nil {
		txn.Close()
		return nil, fmt.Errorf("fence earlier replays of %s: %w", name, err)
	}
	return txn, nil
}

// transact writes records in one transaction.
func transact(ctx context.Context, txn *kgo.Client, records []*kgo.Record) error {
	if err := txn.BeginTransaction(); err != nil {
		return err
	}
	err := txn.ProduceSync(ctx, records...).FirstErr()
	if err == nil {
		err = txn.EndTransaction(ctx, kgo.TryCommit)
	} else {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), txnTimeout)
		defer cancel()
		err = errors.Join(err, txn.EndTransaction(undo, kgo.TryAbort))
	}
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) {
		err = fmt.Errorf("another replay of the topic has begun and goes on in place of this one: %w", err)
	}
	return err
}
