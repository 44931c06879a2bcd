// Package fetch reads one partition by offset, outside of any group, and says where each fetch ends: gaps of compaction, aborted
// transactions and markers included.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/batch"
)

// maxBytes is what one fetch asks for, compressed. It bounds memory: one fetch is in reading, and one waits.
const maxBytes = 1 << 20

// patience is how long a partition that cannot be reached is asked for; the planner's back-off costs less than waiting here.
const patience = 15 * time.Second

// Chunk is what one fetch brought: the batches of [From, Next), or nil. Gaps show only in Next.
type Chunk struct {
	Part    *kmsg.FetchResponseTopicPartition
	From    int64
	Next    int64
	Expired int64 // offsets that retention had deleted
	End     bool  // the slice or the log ends at Next
	Err     error
}

// Fetcher reads [from, to) of one partition. Not safe for concurrent use.
type Fetcher struct {
	cl        *kgo.Client
	topic     string
	partition int32
	pos, to   int64
	isolation kgo.IsolationLevel
	leader    int32
	topicID   [16]byte // once known, the topic must not have another
	located   bool
}

// New returns a fetcher of a slice of a topic-partition.
func New(cl *kgo.Client, s tasks.Slice, isolation kgo.IsolationLevel) *Fetcher {
	id, _ := s.TopicID.Bytes() // the lease was checked
	return &Fetcher{cl: cl, topic: s.Stream.Topic, partition: s.Stream.Partition, topicID: id, pos: s.From, to: s.To, isolation: isolation}
}

// Until sets the end. A position behind it begins at 0: the topic was created anew, and what is there now counts.
func (f *Fetcher) Until(end int64) {
	f.to = end
	if f.pos > end {
		f.pos = 0
	}
}

// Run sends chunks until the slice or the log ends, or an error, which ctx's end is too; it closes out, which must be read to
// its end. It reads one chunk ahead, and more by the channel's capacity.
func (f *Fetcher) Run(ctx context.Context, out chan<- Chunk) {
	defer close(out)
	for {
		c := f.Next(ctx)
		out <- c
		if c.End || c.Err != nil {
			return
		}
	}
}

// Next fetches until there is something to tell: records, a moved position, the end, or an error.
func (f *Fetcher) Next(ctx context.Context) Chunk {
	start, cause := time.Now(), error(nil)
	for backoff := 50 * time.Millisecond; ; backoff = min(2*backoff, time.Second) {
		if f.pos >= f.to {
			return Chunk{Next: f.pos, End: true}
		}
		c, again := f.fetch(ctx)
		if c.Err != nil && ctx.Err() != nil && cause != nil {
			c.Err = cause // says more than that the time is over
		}
		if !again || c.Err != nil && time.Since(start) > patience {
			return c
		}
		if c.Err != nil {
			cause = c.Err
		}
		f.located = false
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			if cause == nil {
				cause = f.netErr("fetch", ctx.Err())
			}
			return Chunk{Next: f.pos, Err: cause}
		}
	}
}

// fetch asks once. again means that the partition has moved or its broker is not there: look it up anew.
func (f *Fetcher) fetch(ctx context.Context) (c Chunk, again bool) {
	if !f.located {
		if err := f.locate(ctx); err != nil {
			return Chunk{Next: f.pos, Err: err}, retriable(ctx, err)
		}
	}
	resp, err := f.cl.Broker(int(f.leader)).RetriableRequest(ctx, f.request())
	if err != nil {
		err = f.netErr("fetch", err)
		return Chunk{Next: f.pos, Err: err}, retriable(ctx, err)
	}
	r := resp.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
		err = f.netErr("fetch", err)
		return Chunk{Next: f.pos, Err: err}, retriable(ctx, err)
	}
	if len(r.Topics) != 1 || len(r.Topics[0].Partitions) != 1 {
		return Chunk{}, true
	}
	return f.process(ctx, &r.Topics[0].Partitions[0])
}

func (f *Fetcher) process(ctx context.Context, p *kmsg.FetchResponseTopicPartition) (c Chunk, again bool) {
	err := kerr.ErrorForCode(p.ErrorCode)
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		return f.outOfRange(ctx)
	case err != nil:
		err = f.netErr("fetch", err)
		return Chunk{Next: f.pos, Err: err}, retriable(ctx, err)
	}
	end := p.HighWatermark
	if f.isolation == kgo.ReadCommitted() {
		end = p.LastStableOffset
	}
	c = Chunk{Part: p, From: f.pos}
	f.pos = min(batch.End(p.RecordBatches, f.pos), f.to)
	stuck := f.pos == c.From
	c.Next, c.End = f.pos, f.pos >= f.to || stuck && f.pos >= end
	return c, stuck && f.pos < end
}

// Records gives the records of a Chunk, below the end of what is fetched; control asks for control records too.
func (f *Fetcher) Records(c Chunk, control bool) ([]*kgo.Record, error) {
	if c.Part == nil {
		return nil, nil
	}
	p, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: c.From, IsolationLevel: f.isolation,
		KeepControlRecords: control, Topic: f.topic, Partition: f.partition}, c.Part, kgo.DefaultDecompressor(), nil)
	if p.Err != nil {
		return nil, f.netErr("read", p.Err)
	}
	records := p.Records
	for len(records) > 0 && records[len(records)-1].Offset >= f.to {
		records = records[:len(records)-1]
	}
	return records, nil
}

// outOfRange handles a position outside of the log: before its start (retention has deleted records, which is counted) or
// behind its end (the log was truncated or re-created: an error, since what was promised is gone).
func (f *Fetcher) outOfRange(ctx context.Context) (Chunk, bool) {
	start, err := f.LogStart(ctx)
	if err != nil {
		return Chunk{Next: f.pos, Err: err}, retriable(ctx, err)
	}
	if start <= f.pos {
		return Chunk{Next: f.pos, Err: tasks.Fatal(fmt.Errorf(
			"fetch %s/%d: offset %d is not in the log, which begins at %d: the topic was truncated or re-created; reset the connector's offsets",
			f.topic, f.partition, f.pos, start))}, false
	}
	to := min(start, f.to)
	expired := to - f.pos
	f.pos = to
	return Chunk{Next: f.pos, Expired: expired, End: f.pos >= f.to}, false
}

// LogStart returns the partition's first offset; it asks once.
func (f *Fetcher) LogStart(ctx context.Context) (int64, error) { return f.listOffset(ctx, -2, "first") }

// listOffset asks for the partition's first (-2) or last (-1) offset, or the first of a time in ms since the epoch.
func (f *Fetcher) listOffset(ctx context.Context, timestamp int64, name string) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	rt, rp := kmsg.NewListOffsetsRequestTopic(), kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp = f.partition, timestamp
	rt.Topic, rt.Partitions = f.topic, append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, f.cl)
	if err != nil {
		return 0, f.netErr("list the "+name+" offset of", err)
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, f.netErr("list the "+name+" offset of", errors.New("the broker's answer is empty"))
	}
	p := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
		return 0, f.netErr("list the "+name+" offset of", err)
	}
	return p.Offset, nil
}

func (f *Fetcher) request() *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 500, 1, maxBytes
	if f.isolation == kgo.ReadCommitted() {
		req.IsolationLevel = 1
	}
	req.SessionEpoch = -1 // a full fetch, without a session
	rt, rp := kmsg.NewFetchRequestTopic(), kmsg.NewFetchRequestTopicPartition()
	rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = f.partition, f.pos, maxBytes
	rt.Topic, rt.TopicID, rt.Partitions = f.topic, f.topicID, append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	return req
}

// locate finds the partition's leader and the topic's id.
func (f *Fetcher) locate(ctx context.Context) error {
	t, err := f.Metadata(ctx)
	if err != nil {
		return err
	}
	if now, then := tasks.NewTopicID(t.TopicID), tasks.NewTopicID(f.topicID); then.Differs(now) {
		return tasks.Stale(fmt.Errorf("read %s/%d at offset %d: the topic was deleted and created again, its id is %s and not %s: offsets of the former topic say nothing of it",
			f.topic, f.partition, f.pos, now, then))
	}
	for _, p := range t.Partitions {
		if p.Partition != f.partition {
			continue
		}
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return f.netErr("look up the leader of", err)
		}
		f.leader, f.topicID, f.located = p.Leader, t.TopicID, true
		return nil
	}
	return tasks.Fatal(fmt.Errorf("topic %s has no partition %d", f.topic, f.partition))
}

// Metadata returns what the cluster says of the topic; it asks once.
func (f *Fetcher) Metadata(ctx context.Context) (t kmsg.MetadataResponseTopic, err error) {
	req := kmsg.NewPtrMetadataRequest()
	rt := kmsg.NewMetadataRequestTopic()
	rt.Topic = kmsg.StringPtr(f.topic)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, f.cl)
	if err != nil {
		return t, f.netErr("look up the leader of", err)
	}
	if len(resp.Topics) != 1 {
		return t, f.netErr("look up the leader of", errors.New("the broker's answer is empty"))
	}
	if err := kerr.ErrorForCode(resp.Topics[0].ErrorCode); err != nil {
		return t, f.netErr("look up the leader of", err)
	}
	return resp.Topics[0], nil
}

// Partitions returns the number of the topic's partitions.
func (f *Fetcher) Partitions(ctx context.Context) (n int, err error) {
	err = f.insist(ctx, func() error {
		t, err := f.Metadata(ctx)
		n = len(t.Partitions)
		return err
	})
	return n, err
}

// LogEnd returns the partition's end. A leader that does not know it yet, just elected, says so, while a fetch would take an
// older end for it.
func (f *Fetcher) LogEnd(ctx context.Context) (end int64, err error) {
	err = f.insist(ctx, func() (err error) {
		end, err = f.listOffset(ctx, -1, "last")
		return err
	})
	return end, err
}

// Since returns the offset of the partition's first record that is not older than a time, or its end.
func (f *Fetcher) Since(ctx context.Context, t time.Time) (offset int64, err error) {
	err = f.insist(ctx, func() (err error) {
		offset, err = f.listOffset(ctx, t.UnixMilli(), "first later")
		return err
	})
	if err == nil && offset < 0 { // none is as new
		return f.LogEnd(ctx)
	}
	return offset, err
}

// insist asks again after errors that may pass, with patience.
func (f *Fetcher) insist(ctx context.Context, ask func() error) error {
	start := time.Now()
	for backoff := 50 * time.Millisecond; ; backoff = min(2*backoff, time.Second) {
		err := ask()
		if err == nil || !retriable(ctx, err) || time.Since(start) > patience {
			return err
		}
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			return err
		}
	}
}

// retriable reports whether asking again may help while ctx lasts.
func retriable(ctx context.Context, err error) bool {
	if ctx.Err() != nil || tasks.KindOf(err) != tasks.KindRetriable {
		return false
	}
	if ke, ok := errors.AsType[*kerr.Error](err); ok {
		return ke.Retriable
	}
	return true
}

// netErr says what was tried, and whether it may pass.
func (f *Fetcher) netErr(what string, err error) error {
	return kafka.MayPass(fmt.Errorf("%s %s/%d at offset %d: %w", what, f.topic, f.partition, f.pos, err))
}
