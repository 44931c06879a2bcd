package mirror

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// The clusters, by the prefixes of their keys.
const (
	sourceCluster = "source"
	targetCluster = "target"
)

// The roles of clients, whose settings win over a cluster's.
const (
	adminRole    = "admin"
	consumerRole = "consumer"
	producerRole = "producer"
)

// metadataAge is how long a client takes what it knows of topics for true.
const metadataAge = 250 * time.Millisecond

// settings are the properties of a cluster's client: <cluster>.cluster.*, then <role>.*, then <cluster>.<role>.*.
func (c config) settings(cluster, role string) map[string]string {
	out := tasks.Prefixed(c.Props(), cluster+".cluster.")
	delete(out, "alias")
	maps.Copy(out, tasks.Prefixed(c.Props(), role+"."))
	maps.Copy(out, tasks.Prefixed(c.Props(), cluster+"."+role+"."))
	return out
}

// client returns a client of a cluster. It does not connect yet, but finds out whether there is a host of that name.
func (c config) client(ctx context.Context, cluster, role string, opts ...kgo.Opt) (*kgo.Client, error) {
	settings := c.settings(cluster, role)
	own, err := kafka.Options(settings, "")
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("keys behind %s.cluster.: %w", cluster, err))
	}
	if err := resolvable(ctx, settings["bootstrap.servers"]); err != nil {
		// The original's client breaks off at this, in the words of its admin client.
		return nil, tasks.Fatal(tasks.NewException("org.apache.kafka.common.KafkaException",
			"The constructor of org.apache.kafka.clients.admin.ForwardingAdmin threw an exception").WithCause(fmt.Errorf("%s.cluster.bootstrap.servers: %w", cluster, err)))
	}
	// Topics are asked for right after they were created.
	cl, err := kgo.NewClient(append(append(own, kgo.MetadataMinAge(metadataAge)), opts...)...)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connect to the %s cluster: %w", cluster, err))
	}
	return cl, nil
}

// resolvable reports that no host of the list has an address.
func resolvable(ctx context.Context, servers string) (err error) {
	for server := range strings.SplitSeq(servers, ",") {
		host, _, splitErr := net.SplitHostPort(strings.TrimSpace(server))
		if splitErr != nil {
			continue // a client says what is wrong with it
		}
		if _, err = net.DefaultResolver.LookupHost(ctx, host); err == nil {
			return nil
		}
	}
	return err
}

// isolation is how the source's records are read: what was not committed does not count, unless somebody asks for it.
func (c config) isolation() kgo.IsolationLevel {
	if strings.EqualFold(c.settings(sourceCluster, consumerRole)["isolation.level"], "read_uncommitted") {
		return kgo.ReadUncommitted()
	}
	return kgo.ReadCommitted()
}

// ensureTopic creates a compacted topic of one partition, unless it is there.
func ensureTopic(ctx context.Context, adm *kadm.Client, topic string, replicas int64) error {
	compact := "compact"
	resp, err := adm.CreateTopic(ctx, 1, int16(replicas), map[string]*string{"cleanup.policy": &compact}, topic)
	if err == nil {
		err = resp.Err
	}
	if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	return tasks.Retriable(fmt.Errorf("create topic %s with replication factor %d: %w", topic, replicas, err))
}
