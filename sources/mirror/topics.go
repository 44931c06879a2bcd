package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
)

// create sees to it that the target cluster has the remote topics, with as many partitions as the source cluster's at least. A
// topic that cannot be created holds back itself alone: its leases say so until somebody mends it.
func (s *Source) create(ctx context.Context, found []partition) error {
	wanted := map[string]int{}
	for _, p := range found {
		wanted[p.topic]++
	}
	there, err := s.to.ListTopics(ctx)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("list the target cluster's topics: %w", err))
	}
	var absent []string
	for _, topic := range slices.Sorted(maps.Keys(wanted)) {
		remote := s.policy.remote(topic)
		switch have := len(there[remote].Partitions); {
		case !there.Has(remote):
			absent = append(absent, topic)
		case have < wanted[topic]:
			if resp, err := s.to.UpdatePartitions(ctx, wanted[topic], remote); err != nil || resp[remote].Err != nil {
				slog.Warn("remote topic cannot be given more partitions", "topic", remote, "partitions", wanted[topic], "err", errors.Join(err, resp[remote].Err))
			}
		}
	}
	if len(absent) == 0 {
		return nil
	}
	settings, err := s.settingsOf(ctx, s.from, absent...)
	if err != nil {
		return err
	}
	for _, topic := range absent {
		remote := s.policy.remote(topic)
		resp, err := s.to.CreateTopic(ctx, int32(wanted[topic]), int16(s.Int(replicasKey)), settings[topic], remote)
		if err = errors.Join(err, resp.Err); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			slog.Warn("remote topic cannot be created", "topic", remote, "partitions", wanted[topic], replicasKey, s.Int(replicasKey), "err", err)
		}
	}
	return nil
}

// settingsOf reads those settings of topics that are the topics' own and to be copied.
func (s *Source) settingsOf(ctx context.Context, adm *kadm.Client, topics ...string) (map[string]map[string]*string, error) {
	configs, err := adm.DescribeTopicConfigs(ctx, topics...)
	if err != nil {
		return nil, tasks.Retriable(fmt.Errorf("describe the topics' settings: %w", err))
	}
	out := map[string]map[string]*string{}
	for _, topic := range configs {
		if topic.Err != nil {
			continue // it is gone, or not to be seen
		}
		out[topic.Name] = map[string]*string{}
		for _, c := range topic.Configs {
			if c.Source == kmsg.ConfigSourceDynamicTopicConfig && s.properties.takes(c.Key) {
				out[topic.Name][c.Key] = c.Value
			}
		}
	}
	return out, nil
}

// syncConfigs copies the topics' settings: those of the source's topics are set, others that are to be copied are reset.
func (s *Source) syncConfigs(ctx context.Context) error {
	topics := topicsOf(s.partitions)
	if len(topics) == 0 {
		return nil
	}
	remotes := make([]string, len(topics))
	for i, t := range topics {
		remotes[i] = s.policy.remote(t)
	}
	want, err := s.settingsOf(ctx, s.from, topics...)
	if err != nil {
		return err
	}
	have, err := s.settingsOf(ctx, s.to, remotes...)
	if err != nil {
		return err
	}
	for i, topic := range topics {
		if want[topic] == nil || have[remotes[i]] == nil {
			continue
		}
		changes := changed(want[topic], have[remotes[i]])
		if len(changes) == 0 {
			continue
		}
		resp, err := s.to.AlterTopicConfigs(ctx, changes, remotes[i])
		for _, r := range resp {
			err = errors.Join(err, r.Err)
		}
		if err != nil {
			slog.Warn("settings of a remote topic cannot be changed", "topic", remotes[i], "err", err)
		}
	}
	return nil
}

func changed(want, have map[string]*string) (out []kadm.AlterConfig) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if v, ok := have[k]; !ok || value(v) != value(want[k]) {
			out = append(out, kadm.AlterConfig{Op: kadm.SetConfig, Name: k, Value: want[k]})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[k]; !ok {
			out = append(out, kadm.AlterConfig{Op: kadm.DeleteConfig, Name: k})
		}
	}
	return out
}

func value(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}
