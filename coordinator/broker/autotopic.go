package broker

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// createTimeout bounds how long a client waits for its topic to be created.
const createTimeout = 10 * time.Second

// autoTopics creates a topic that a client names in a metadata request that
// allows it, as producers do. The cluster's own automatism would not write the
// new topic down, and a death of the broker would lose it with all records.
type autoTopics struct {
	cluster    *kfake.Cluster
	client     *kgo.Client
	partitions int32
	seen       atomic.Int64
}

func newAutoTopics(cluster *kfake.Cluster, addr string, partitions int) (*autoTopics, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		return nil, err
	}
	a := &autoTopics{cluster: cluster, client: client, partitions: int32(partitions)}
	cluster.ControlKey(kmsg.Metadata.Int16(), a.control)
	return a, nil
}

func (a *autoTopics) close() { a.client.Close() }

// control sees every metadata request before the cluster answers it. The
// cluster remembers the connection of each request that a control function
// saw, for ever; so the function replaces itself now and then.
func (a *autoTopics) control(kreq kmsg.Request) (kmsg.Response, error, bool) {
	if a.seen.Add(1)%1024 == 0 {
		a.cluster.DropControl()
		a.cluster.ControlKey(kmsg.Metadata.Int16(), a.control)
	}
	req := kreq.(*kmsg.MetadataRequest)
	if missing := a.missing(req); len(missing) > 0 {
		a.cluster.SleepControl(func() { a.create(missing) })
	}
	return nil, nil, false
}

func (a *autoTopics) missing(req *kmsg.MetadataRequest) []string {
	if !req.AllowAutoTopicCreation {
		return nil
	}
	var missing []string
	for _, t := range req.Topics {
		if t.Topic != nil && validTopic(*t.Topic) && a.cluster.LeaderFor(*t.Topic, 0) < 0 {
			missing = append(missing, *t.Topic)
		}
	}
	return missing
}

// create makes the topics with the settings of the broker. One that fails (its
// name is not valid, or another client was faster) is answered by the cluster.
func (a *autoTopics) create(names []string) {
	ctx, cancel := context.WithTimeout(context.Background(), createTimeout)
	defer cancel()
	req := kmsg.NewPtrCreateTopicsRequest()
	for _, name := range names {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = name, a.partitions, 1
		req.Topics = append(req.Topics, t)
	}
	_, _ = req.RequestWith(ctx, a.client) // the metadata answer tells the client
}

// validTopic says whether Kafka would accept the name, which the cluster does
// not check.
func validTopic(name string) bool {
	legal := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '_' || r == '-'
	}
	return name != "" && name != "." && name != ".." && len(name) <= 249 && strings.IndexFunc(name, func(r rune) bool { return !legal(r) }) < 0
}
