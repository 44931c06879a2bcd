package exec

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// Topic is a topic that must be there.
type Topic struct {
	Name       string
	Partitions int32
	Replicas   int16 // -1 for the broker's default
	Config     map[string]string
}

// EnsureTopic creates a topic on a lease's cluster unless it exists.
func (r *Runner) EnsureTopic(ctx context.Context, l tasks.Lease, t Topic) error {
	rn := &run{}
	r.begin(&l, rn)
	if err := rn.prepare(ctx); err != nil {
		return err
	}
	cl, err := rn.as(kafka.Admin)
	if err != nil {
		return err
	}
	if exists, err := topicExists(ctx, cl, t.Name); exists || err != nil {
		return err
	}
	req := kmsg.NewCreateTopicsRequestTopic()
	req.Topic, req.NumPartitions, req.ReplicationFactor = t.Name, t.Partitions, t.Replicas
	for _, k := range slices.Sorted(maps.Keys(t.Config)) {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = k, kmsg.StringPtr(t.Config[k])
		req.Configs = append(req.Configs, c)
	}
	return createTopic(ctx, cl, req, func(cause error) error {
		return tasks.Fatal(fmt.Errorf("create the topic %s with %d partitions and replication factor %d: %w; create it yourself, or allow it", t.Name, t.Partitions, t.Replicas, cause))
	})
}
