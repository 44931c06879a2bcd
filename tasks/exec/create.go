package exec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/newtopic"
)

// creation creates the topics of a source that are not there, as topic.creation.* says. Those that are there are left alone.
type creation struct {
	rules *newtopic.Rules
	cl    *kgo.Client
	known map[string]bool
}

// newCreation reads the rules; it creates nothing when the connector has none, or the worker has topic.creation.enable=false.
func (r *run) newCreation() (*creation, error) {
	if r.lease.Worker["topic.creation.enable"] == "false" {
		return &creation{}, nil
	}
	rules, err := newtopic.Parse(r.lease.Config)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: %w", r.lease.Connector, err))
	}
	cl, err := r.as(kafka.Admin)
	return &creation{rules, cl, map[string]bool{}}, err
}

// ensure sees to it that a topic exists before the first record goes there. It asks once a lease for each topic.
func (c *creation) ensure(ctx context.Context, topic string) error {
	if c.rules == nil || c.known[topic] {
		return nil
	}
	exists, err := topicExists(ctx, c.cl, topic)
	if err != nil {
		return err
	}
	if !exists {
		if err := c.create(ctx, topic); err != nil {
			return err
		}
	}
	c.known[topic] = true
	return nil
}

func (c *creation) create(ctx context.Context, topic string) error {
	t, err := c.rules.For(topic)
	if err != nil {
		return tasks.Fatal(fmt.Errorf("find the group of topic.creation.groups for topic %s: %w", topic, err))
	}
	req := kmsg.NewCreateTopicsRequestTopic()
	req.Topic, req.NumPartitions, req.ReplicationFactor = topic, t.Partitions, t.Replicas
	for _, k := range slices.Sorted(maps.Keys(t.Config)) {
		config := kmsg.NewCreateTopicsRequestTopicConfig()
		config.Name, config.Value = k, kmsg.StringPtr(t.Config[k])
		req.Configs = append(req.Configs, config)
	}
	failure := func(cause error) error {
		e := tasks.NewException(tasks.ConnectException, "Task failed to create new topic (name=%s, numPartitions=%s, replicationFactor=%s, replicasAssignments=null, configs=%s). "+
			"Ensure that the task is authorized to create topics or that the topic exists and restart the task",
			topic, orDefault(int(t.Partitions)), orDefault(int(t.Replicas)), javaMap(t.Config))
		if !errors.Is(cause, kerr.TopicAuthorizationFailed) && !errors.Is(cause, kerr.ClusterAuthorizationFailed) {
			e = tasks.NewException(tasks.ConnectException, "Error while attempting to create/find topic(s) '%s'", topic)
		}
		if errors.Is(cause, kerr.InvalidConfig) {
			e = tasks.NewException(tasks.ConnectException, "Unable to create topic(s) '%s': %s", topic, cause)
		}
		return tasks.Fatal(e.WithCause(cause))
	}
	return createTopic(ctx, c.cl, req, failure)
}

// orDefault is how Connect shows a number that the broker chooses.
func orDefault(n int) string {
	if n < 0 {
		return "default"
	}
	return fmt.Sprint(n)
}

// javaMap is a map as Java prints it, with its keys sorted.
func javaMap(m map[string]string) string {
	out := "{"
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			out += ", "
		}
		out += k + "=" + m[k]
	}
	return out + "}"
}

// createTopic creates a topic, unless it exists. failure makes an error of a broker's refusal.
func createTopic(ctx context.Context, cl *kgo.Client, topic kmsg.CreateTopicsRequestTopic, failure func(cause error) error) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 30000
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return kafka.MayPass(fmt.Errorf("create the topic %s: %w", topic.Topic, err))
	}
	for _, t := range resp.Topics {
		err := kerr.ErrorForCode(t.ErrorCode)
		switch {
		case err == nil, errors.Is(err, kerr.TopicAlreadyExists):
		case kerr.IsRetriable(err):
			return kafka.MayPass(fmt.Errorf("create the topic %s: %w", topic.Topic, err))
		case t.ErrorMessage != nil:
			return failure(fmt.Errorf("%w: %s", err, *t.ErrorMessage))
		default:
			return failure(err)
		}
	}
	return nil
}

// topicExists asks the brokers for a topic; it does not create it.
func topicExists(ctx context.Context, cl *kgo.Client, topic string) (bool, error) {
	req := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = kmsg.StringPtr(topic)
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, cl)
	if err == nil && len(resp.Topics) == 1 {
		err = kerr.ErrorForCode(resp.Topics[0].ErrorCode)
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return false, nil
	case err == nil, errors.Is(err, kerr.TopicAuthorizationFailed): // not ours to see: the write will tell
		return true, nil
	}
	return false, kafka.MayPass(fmt.Errorf("look for the topic %s: %w", topic, err))
}
