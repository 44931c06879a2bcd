package exec

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// warm begins to open the connections that the report will need: each is a few round trips, which a lease of one record would else
// wait for one after the other. It is speed only (I3): what fails here shows where it is needed.
func (r *run) warm(ctx context.Context) {
	r.warming.Go(func() {
		leader, ok := r.reportsTo(ctx)
		if !ok {
			return
		}
		r.warming.Go(func() { _ = r.cl.EnsureProduceConnectionIsOpen(ctx, leader) })
		nothing := kmsg.NewPtrMetadataRequest()
		nothing.Topics = []kmsg.MetadataRequestTopic{}
		_, _ = nothing.RequestWith(ctx, r.cl.Broker(int(leader))) // it has one connection for records and another for questions
	})
}

// reportsTo returns the leader of the partition that the lease's result goes to.
func (r *run) reportsTo(ctx context.Context) (leader int32, ok bool) {
	results := fetch.New(r.cl, tasks.Slice{Stream: tasks.Stream{Topic: r.lease.ResultTopic}}, kgo.ReadUncommitted())
	t, err := results.Metadata(ctx)
	if err != nil || len(t.Partitions) == 0 {
		return 0, false
	}
	partition := partitionOf(r.lease.ResultTopic, resultKey(r.lease), len(t.Partitions))
	for _, p := range t.Partitions {
		if p.Partition == partition && p.ErrorCode == 0 {
			return p.Leader, true
		}
	}
	return 0, false
}
