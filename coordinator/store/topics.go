package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// resultRetention is how long results are kept, in ms: longer than any lease lives.
const resultRetention = "86400000"

// ensureTopics creates the internal topics that are missing and checks those that are there as Connect does.
func ensureTopics(ctx context.Context, adm *kadm.Client, t worker.Topics) error {
	compact, short := "compact", "delete"
	retention := resultRetention
	for _, w := range []struct {
		name, property, what string
		partitions           int32
		replicas             int16
		configs              map[string]*string
	}{
		{t.Config, "config.storage.topic", "connector configurations", 1, t.ConfigReplicas, map[string]*string{"cleanup.policy": &compact}},
		{t.Offset, "offset.storage.topic", "source connector offsets", t.OffsetPartitions, t.OffsetReplicas, map[string]*string{"cleanup.policy": &compact}},
		{t.Status, "status.storage.topic", "connector and task statuses", t.StatusPartitions, t.StatusReplicas, map[string]*string{"cleanup.policy": &compact}},
		{t.Lease, "mayfly.lease.topic", "leases", 1, t.ConfigReplicas, map[string]*string{"cleanup.policy": &compact}},
		{t.Result, "mayfly.result.topic", "results", 1, t.ConfigReplicas, map[string]*string{"cleanup.policy": &short, "retention.ms": &retention}},
	} {
		for name, value := range t.Settings[w.property] {
			w.configs[name] = &value
		}
		_, err := adm.CreateTopic(ctx, w.partitions, w.replicas, w.configs, w.name)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s (%s) with replication factor %d: %w", w.name, w.property, w.replicas, err)
		}
		if err == nil || w.property == "mayfly.result.topic" {
			continue
		}
		if err := checkTopic(ctx, adm, w.name, w.property, w.what); err != nil {
			return err
		}
	}
	return nil
}

func checkTopic(ctx context.Context, adm *kadm.Client, name, property, what string) error {
	configs, err := adm.DescribeTopicConfigs(ctx, name)
	if err != nil {
		return nil //nolint:nilerr // as Connect: a broker that does not let us look is believed
	}
	c, err := configs.On(name, nil)
	if err != nil {
		return nil //nolint:nilerr // the same
	}
	for _, kv := range c.Configs {
		if kv.Key == "cleanup.policy" && kv.MaybeValue() != "compact" {
			return fmt.Errorf("Topic '%s' supplied via the '%s' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of %s, but found the topic currently has 'cleanup.policy=%s'",
				name, property, what, kv.MaybeValue())
		}
	}
	if property != "config.storage.topic" && property != "mayfly.lease.topic" {
		return nil
	}
	topics, err := adm.ListTopics(ctx, name)
	if err != nil {
		return fmt.Errorf("describe topic %s: %w", name, err)
	}
	if n := len(topics[name].Partitions); n != 1 {
		return fmt.Errorf("Topic '%s' supplied via the '%s' property is required to have a single partition in order to guarantee consistency of %s, but found %d partitions.", name, property, what, n)
	}
	return nil
}
