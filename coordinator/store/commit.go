package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// Commit implements [control.Store]: one transaction with everything. The epoch of a grant is the offset of its entry.
func (s *Store) Commit(ctx context.Context, d control.Decision) ([]int64, error) {
	t := s.cfg.Topics
	var records, grants []*kgo.Record
	for i := range d.Grants {
		l := d.Grants[i]
		b, err := encode(l)
		if err != nil {
			return nil, fmt.Errorf("encode the grant of lease %s: %w", l.ID, err)
		}
		r := &kgo.Record{Topic: t.Lease, Key: []byte(grantKey(l.Connector, l.Slice.Stream, l.Lane)), Value: b}
		grants, records = append(grants, r), append(records, r)
	}
	for _, c := range d.Checkpoints {
		r, err := s.checkpointRecord(c)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	for _, st := range d.Statuses {
		r, err := s.statusRecord(st)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	for _, set := range d.Tasks {
		set, err := s.taskRecords(set)
		if err != nil {
			return nil, err
		}
		records = append(records, set...)
	}
	used, err := s.topicRecords(d.Topics)
	if err != nil {
		return nil, err
	}
	records = append(records, used...)
	records = append(records, s.forget(d.Forgotten)...)
	if d.Spent != nil {
		r, err := s.spentRecord(*d.Spent)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil, nil
	}
	if err := s.write(ctx, d.Offsets, records...); err != nil {
		return nil, err
	}
	epochs := make([]int64, len(grants))
	for i, r := range grants {
		epochs[i] = r.Offset
	}
	return epochs, nil
}

// forget returns the tombstones of removed connectors' grants and statuses.
func (s *Store) forget(names []string) []*kgo.Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*kgo.Record
	for _, name := range names {
		for k, e := range s.view.grants {
			if !strings.HasPrefix(k, grantPrefix+name+"/") {
				continue
			}
			if l, err := e.lease(); err == nil && l.Connector == name { // the key alone does not tell a name with a slash
				out = append(out, &kgo.Record{Topic: s.cfg.Topics.Lease, Key: []byte(k)})
			}
		}
		out = append(out, &kgo.Record{Topic: s.cfg.Topics.Status, Key: []byte("status-connector-" + name)})
		out = append(out, s.topicTombstones(name)...)
		for k := range s.view.statuses {
			task, ok := strings.CutPrefix(k, "status-task-"+name+"-")
			if _, err := strconv.ParseUint(task, 10, 31); ok && err == nil {
				out = append(out, &kgo.Record{Topic: s.cfg.Topics.Status, Key: []byte(k)})
			}
		}
	}
	return out
}

// write writes records and group offsets in one transaction. [control.ErrFenced] means that another coordinator leads.
func (s *Store) write(ctx context.Context, offsets map[string]map[tasks.Stream]int64, records ...*kgo.Record) error {
	s.txn.Lock()
	defer s.txn.Unlock()
	if s.producer == nil {
		return errors.New("this coordinator does not lead")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Whoever asked may go away, but a transaction that is begun is brought to its end: the next one needs the producer.
	ctx, cancel := bounded(ctx)
	defer cancel()
	s.awaitCompleted(ctx)
	if err := s.producer.BeginTransaction(); err != nil {
		// The last one was not brought to its end: this producer is of no more use, as if it were fenced.
		return s.failed("begin a transaction", errors.Join(kerr.ProducerFenced, err))
	}
	err := kafka.Produce(ctx, s.producer, records...)
	if err == nil {
		err = s.commitOffsets(ctx, offsets)
	}
	if err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), txnTimeout)
		defer cancel()
		abort := s.producer.EndTransaction(undo, kgo.TryAbort)
		return s.failed(fmt.Sprintf("write %d entries", len(records)), errors.Join(err, abort))
	}
	if err := s.producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return s.failed("commit a transaction", err)
	}
	s.committedAt = time.Now()
	return nil
}

// txnTimeout bounds a transaction.
const txnTimeout = 30 * time.Second

// bounded keeps a context's deadline but not its cancellation.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(txnTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

func (s *Store) failed(what string, err error) error {
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.InvalidTxnState) { // the last: its transaction was ended for it
		s.mu.Lock()
		s.leads = false
		s.mu.Unlock()
		return fmt.Errorf("%s: %w (%w)", what, control.ErrFenced, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// commitOffsets adds the positions of sinks to the running transaction, as a consumer group without members.
func (s *Store) commitOffsets(ctx context.Context, offsets map[string]map[tasks.Stream]int64) error {
	if len(offsets) == 0 {
		return nil
	}
	id, epoch, err := s.producer.ProducerID(ctx)
	if err != nil {
		return err
	}
	txnID := s.transactionalID()
	for group, streams := range offsets {
		if len(streams) == 0 {
			continue
		}
		add := kmsg.NewPtrAddOffsetsToTxnRequest()
		add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = txnID, id, epoch, group
		added, err := add.RequestWith(ctx, s.producer)
		if err == nil {
			err = kerr.ErrorForCode(added.ErrorCode)
		}
		if err != nil {
			return fmt.Errorf("add group %s to the transaction: %w", group, err)
		}
		if err := s.commitGroup(ctx, txnID, id, epoch, group, streams); err != nil {
			return fmt.Errorf("commit the offsets of group %s: %w", group, err)
		}
	}
	return nil
}

func (s *Store) commitGroup(ctx context.Context, txnID string, id int64, epoch int16, group string, streams map[tasks.Stream]int64) error {
	byTopic := map[string][]kmsg.TxnOffsetCommitRequestTopicPartition{}
	for stream, at := range streams {
		p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset = stream.Partition, at
		byTopic[stream.Topic] = append(byTopic[stream.Topic], p)
	}
	for range 2 { // the second time for topics that were created anew
		req := kmsg.NewPtrTxnOffsetCommitRequest()
		req.TransactionalID, req.ProducerID, req.ProducerEpoch = txnID, id, epoch
		req.Group, req.Generation, req.MemberID = group, -1, ""
		names := map[[16]byte]string{}
		for topic, parts := range byTopic {
			topicID, err := s.topicID(ctx, topic)
			if err != nil {
				return err
			}
			t := kmsg.NewTxnOffsetCommitRequestTopic()
			t.Topic, t.TopicID, t.Partitions = topic, topicID, parts
			req.Topics, names[topicID] = append(req.Topics, t), topic
		}
		resp, err := req.RequestWith(ctx, s.producer)
		if err != nil {
			return err
		}
		unknown := map[string][]kmsg.TxnOffsetCommitRequestTopicPartition{}
		for _, t := range resp.Topics {
			topic := cmp.Or(t.Topic, names[t.TopicID])
			for _, p := range t.Partitions {
				switch err := kerr.ErrorForCode(p.ErrorCode); {
				case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.UnknownTopicOrPartition):
					unknown[topic] = byTopic[topic]
				case err != nil:
					return err
				}
			}
		}
		for topic := range unknown {
			delete(s.topicIDs, topic)
		}
		if byTopic = unknown; len(unknown) == 0 {
			return nil
		}
	}
	for topic := range byTopic { // Kafka forgets the offsets of a deleted topic, too
		s.log.Warn("the group's offsets of a topic are not committed: the topic is gone", "group", group, "topic", topic)
	}
	return nil
}

func (s *Store) topicID(ctx context.Context, topic string) ([16]byte, error) {
	if id, ok := s.topicIDs[topic]; ok {
		return id, nil
	}
	req := kmsg.NewPtrMetadataRequest() // the admin client would answer from what it remembers
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = kmsg.StringPtr(topic)
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, s.cl)
	if err != nil {
		return [16]byte{}, fmt.Errorf("look up topic %s: %w", topic, err)
	}
	if len(resp.Topics) != 1 || resp.Topics[0].ErrorCode != 0 {
		return [16]byte{}, nil
	}
	s.topicIDs[topic] = resp.Topics[0].TopicID
	return resp.Topics[0].TopicID, nil
}
