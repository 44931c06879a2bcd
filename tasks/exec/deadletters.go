package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// deadLetter is a failed record, copied out of the batch's memory, ready to be written.
type deadLetter struct {
	offset int64
	record *kgo.Record
}

// newDeadLetter makes the dead letter of a record: its bytes and headers as consumed, the context headers of Connect's
// DeadLetterQueueReporter behind them when they are asked for, with what mask makes of the error's texts.
func (p *errorPolicy) newDeadLetter(connector string, task int, raw *tasks.Raw, stage, class string, err error, mask func(string) string) deadLetter {
	r := &kgo.Record{Topic: p.dlqTopic, Key: bytes.Clone(raw.Key), Value: bytes.Clone(raw.Value)}
	if raw.Timestamp >= 0 {
		r.Timestamp = millis(raw.Timestamp)
	}
	for _, h := range raw.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: bytes.Clone(h.Value)})
	}
	if p.dlqContext {
		r.Headers = append(r.Headers, contextHeaders(connector, task, raw, stage, class, err, mask)...)
	}
	return deadLetter{raw.Offset, r}
}

func contextHeaders(connector string, task int, raw *tasks.Raw, stage, class string, err error, mask func(string) string) []kgo.RecordHeader {
	e := tasks.AsException(err)
	var message []byte
	if e.Message != nil {
		message = []byte(mask(*e.Message))
	}
	h := func(name string, value string) kgo.RecordHeader {
		return kgo.RecordHeader{Key: "__connect.errors." + name, Value: []byte(value)}
	}
	return []kgo.RecordHeader{
		h("topic", raw.Topic),
		h("partition", strconv.Itoa(int(raw.Partition))),
		h("offset", strconv.FormatInt(raw.Offset, 10)),
		h("connector.name", connector),
		h("task.id", strconv.Itoa(task)),
		h("stage", stage),
		h("class.name", class),
		h("exception.class.name", e.Class),
		{Key: "__connect.errors.exception.message", Value: message},
		h("exception.stacktrace", mask(tasks.Trace(err))),
	}
}

// ensureDeadLetterTopic creates the topic, if one is asked for, before the first record is read, as Connect does when a task
// starts; once in this executor's life. On another cluster it creates the topic of the marks, too.
func (r *run) ensureDeadLetterTopic(ctx context.Context, p *errorPolicy) error {
	known, mu := r.runner.dlq, &r.runner.mu
	key := p.dlqCluster[DeadLetterServers] + "/" + p.dlqTopic
	mu.Lock()
	done := known[key] || p.dlqTopic == ""
	mu.Unlock()
	if done {
		return nil
	}
	cl, err := r.as(kafka.Admin)
	if err != nil {
		return err
	}
	if p.dlqCluster != nil {
		var err error
		if cl, err = r.letterClient(p); err != nil {
			return err
		}
		defer cl.Close()
		if err := createMarks(ctx, cl, p.dlqReplicas); err != nil {
			return err
		}
	}
	if err := createDeadLetterTopic(ctx, cl, p.dlqTopic, p.dlqReplicas); err != nil {
		return err
	}
	mu.Lock()
	known[key] = true
	mu.Unlock()
	return nil
}

// createDeadLetterTopic creates the topic with one partition and the configured replication factor, as Connect does, unless
// it exists.
func createDeadLetterTopic(ctx context.Context, cl *kgo.Client, topic string, replicas int16) error {
	look := fetch.New(cl, tasks.Slice{Stream: tasks.Stream{Topic: topic}}, kgo.ReadUncommitted())
	if _, err := look.Metadata(ctx); err == nil {
		return nil // who may not create topics may still write to this one
	}
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, 1, replicas
	return createTopic(ctx, cl, t, func(cause error) error {
		return tasks.Fatal(tasks.NewException(tasks.ConnectException, "Could not initialize dead letter queue with topic=%s", topic).WithCause(
			fmt.Errorf("create the topic with replication factor %d: %w; set errors.deadletterqueue.topic.replication.factor or create the topic yourself", replicas, cause)))
	})
}

// writeDeadLetters writes the dead letters and the lease's result in one transaction, once: the transactional id of the
// lane fences an attempt that still runs, and the result of an attempt that got there first is adopted instead (I4, I5).
// It returns the result that counts.
func (r *run) writeDeadLetters(ctx context.Context, p *errorPolicy, letters []deadLetter, res tasks.Result) (tasks.Result, error) {
	if p.dlqCluster != nil {
		return r.sendLetters(ctx, p, letters, res)
	}
	l := r.lease
	cl, err := r.fencedLetters(ctx, p)
	if err != nil {
		return res, err
	}
	defer cl.Close()
	earlier, err := r.earlierResult(ctx)
	if err != nil {
		return res, err
	}
	if earlier != nil {
		earlier.Epoch, earlier.Attempt, earlier.Lease = l.Epoch, l.Attempt, l.ID
		return *earlier, r.runner.report(ctx, l, *earlier)
	}
	recs := make([]*kgo.Record, 0, len(letters)+1)
	for _, d := range letters {
		recs = append(recs, d.record)
	}
	recs = append(recs, resultRecord(l, res))
	if err := r.transact(ctx, cl, recs); err != nil {
		return res, fmt.Errorf("write %d dead letters to %s: %w", len(letters), p.dlqTopic, err)
	}
	return res, nil
}

// transact writes records in one transaction. After an error it may have been committed all the same: whoever runs the lease
// again looks first.
func (r *run) transact(ctx context.Context, cl *kgo.Client, records []*kgo.Record) error {
	if err := cl.BeginTransaction(); err != nil {
		return tasks.Retriable(fmt.Errorf("begin a transaction: %w", err))
	}
	return r.end(ctx, cl, records)
}

// end writes records in the transaction that is open and ends it, as [run.transact] does.
func (r *run) end(ctx context.Context, cl *kgo.Client, records []*kgo.Record) error {
	err := kafka.Produce(ctx, cl, records...)
	if err == nil {
		err = cl.EndTransaction(ctx, kgo.TryCommit)
	} else {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), margin(time.Duration(r.lease.TTL)*time.Millisecond))
		defer cancel()
		if abort := cl.EndTransaction(last, kgo.TryAbort); abort != nil {
			r.log.Warn("abort a transaction; the broker does it in a minute", "err", abort)
		}
	}
	switch {
	case errors.Is(err, kerr.ProducerFenced), errors.Is(err, kerr.InvalidProducerEpoch):
		err = fmt.Errorf("fenced by a newer attempt, or by the broker's restart: %w", err)
	case errors.Is(err, kerr.MessageTooLarge):
		return tasks.Fatal(fmt.Errorf("%w; it never will be small enough: raise max.message.bytes of the topic, or leave out such records", err))
	}
	return kafka.MayPass(err)
}

// earlierResult looks in the result topic, from where it ended when the slice was first granted, for the committed result of
// an earlier attempt that wrote dead letters of this very slice.
func (r *run) earlierResult(ctx context.Context) (*tasks.Result, error) {
	l := r.lease
	f := fetch.New(r.cl, tasks.Slice{Stream: tasks.Stream{Topic: l.ResultTopic}}, kgo.ReadUncommitted())
	n, err := f.Partitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for results of earlier attempts: %w", err)
	}
	partition, from := partitionOf(l.ResultTopic, resultKey(l), n), int64(0)
	if partition == 0 { // the one that ResultsFrom speaks of; there is no other unless someone made the topic himself
		from = l.ResultsFrom
	}
	rec, err := settled(ctx, r.cl, l.ResultTopic, partition, from, func(rec *kgo.Record) bool {
		res, err := tasks.DecodeResult(rec.Value)
		return err == nil && !res.Progress && wroteDeadLetters(res) && res.Connector == l.Connector && res.Slice == l.Slice
	})
	if err != nil {
		return nil, fmt.Errorf("look for results of earlier attempts: %w", err)
	}
	if rec == nil {
		return nil, nil
	}
	return tasks.DecodeResult(rec.Value)
}

// wroteDeadLetters reports whether a result came in one transaction with dead letters. That of the bad record which ended
// the lease does not count as dealt with, since the record stays where it is, but it is written all the same.
func wroteDeadLetters(res *tasks.Result) bool {
	f := res.Failure
	return res.Counts.DeadLetters > 0 || f != nil && f.Offset >= 0 && f.Kind == tasks.KindBadRecord.String()
}
