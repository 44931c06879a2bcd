package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// groupOf is the consumer group in which a sink's positions stand, as Connect names it.
func groupOf(l *tasks.Lease) string { return "connect-" + l.Connector }

// GroupOffset returns the offset that is committed for a sink, or -1: where it stands, for who has no coordinator to know it.
func (r *Runner) GroupOffset(ctx context.Context, l tasks.Lease, topic string, partition int32) (int64, error) {
	cl, _, err := r.shared(&l)
	if err != nil {
		return 0, err
	}
	id, err := topicID(ctx, cl, topic)
	if err != nil {
		return 0, fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Group = groupOf(&l)
	t := kmsg.NewOffsetFetchRequestTopic()
	t.Topic, t.Partitions = topic, []int32{partition}
	req.Topics = append(req.Topics, t)
	g := kmsg.NewOffsetFetchRequestGroup()
	gt := kmsg.NewOffsetFetchRequestGroupTopic()
	gt.Topic, gt.TopicID, gt.Partitions = topic, id, []int32{partition}
	g.Group, g.Topics = req.Group, append(g.Topics, gt)
	req.Groups = append(req.Groups, g)
	resp, err := req.RequestWith(ctx, cl)
	fail := func(err error) error {
		return groupFailure(fmt.Errorf("connector %s: read the offset of group %s in %s/%d: %w", l.Connector, req.Group, topic, partition, err), err)
	}
	offsetOf := func(offset int64, code int16) (int64, error) {
		if err := kerr.ErrorForCode(code); err != nil {
			return 0, fail(err)
		}
		return offset, nil
	}
	if err != nil {
		return 0, fail(err)
	}
	if resp.ErrorCode == kerr.GroupIDNotFound.Code {
		return -1, nil
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return 0, fail(err)
	}
	for _, g := range resp.Groups { // newer brokers
		if g.ErrorCode == kerr.GroupIDNotFound.Code {
			return -1, nil
		}
		if err := kerr.ErrorForCode(g.ErrorCode); err != nil {
			return 0, fail(err)
		}
		for _, t := range g.Topics {
			if len(t.Partitions) > 0 { // the one that was asked for
				return offsetOf(t.Partitions[0].Offset, t.Partitions[0].ErrorCode)
			}
		}
	}
	for _, t := range resp.Topics {
		if len(t.Partitions) > 0 {
			return offsetOf(t.Partitions[0].Offset, t.Partitions[0].ErrorCode)
		}
	}
	return -1, nil
}

// CommitGroupOffset says that a sink has delivered what lies before an offset.
func (r *Runner) CommitGroupOffset(ctx context.Context, l tasks.Lease, topic string, partition int32, offset int64) error {
	cl, _, err := r.shared(&l)
	if err != nil {
		return err
	}
	id, err := topicID(ctx, cl, topic)
	if err != nil {
		return fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = groupOf(&l), -1
	t := kmsg.NewOffsetCommitRequestTopic()
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset = partition, offset
	t.Topic, t.TopicID, t.Partitions = topic, id, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, cl)
	if err == nil && len(resp.Topics) == 1 && len(resp.Topics[0].Partitions) == 1 {
		err = kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		return groupFailure(fmt.Errorf("connector %s: commit offset %d of group %s in %s/%d: %w", l.Connector, offset, req.Group, topic, partition, err), err)
	}
	return nil
}

// topicID is what newer brokers know a topic by; zero for older ones.
func topicID(ctx context.Context, cl *kgo.Client, topic string) ([16]byte, error) {
	t, err := fetch.New(cl, tasks.Slice{Stream: tasks.Stream{Topic: topic}}, kgo.ReadUncommitted()).Metadata(ctx)
	return t.TopicID, err
}

// groupFailure gives an error its kind: what is forbidden stays so until a person acts.
func groupFailure(err, cause error) error {
	if _, refused := errors.AsType[*kerr.Error](cause); refused && !kerr.IsRetriable(cause) {
		return tasks.Fatal(err)
	}
	return tasks.Retriable(err)
}
