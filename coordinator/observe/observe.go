// Package observe watches the ends of partitions, so that the coordinator hears of new data within milliseconds while
// nothing else runs: one parked long fetch per broker over all watched partitions, whose answer carries the last stable
// offset and the log's start. The topics' metadata is refreshed now and then, for new topics and partitions.
package observe

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	// park is how long a broker may hold a fetch when nothing is new.
	park = 20 * time.Second
	// breath is the least time between two fetches of a broker, so that a burst does not make a busy loop.
	breath = 20 * time.Millisecond
	// refresh is how often metadata is asked for; sooner while a watched topic does not exist.
	refresh, refreshMissing = 30 * time.Second, time.Second
)

// Observer watches topics. Make one with [New], run it with [Observer.Run].
type Observer struct {
	cl  *kgo.Client
	log *slog.Logger
	out chan []plan.Observation

	mu    sync.Mutex
	names []string
	match func(topic string) bool
	// watched counts the calls of Watch, and swept says of which one all partitions were seen.
	watched, swept int
	wake           chan struct{}
}

// New returns an observer that uses cl, which stays the caller's.
func New(cl *kgo.Client, log *slog.Logger) *Observer {
	return &Observer{cl: cl, log: log, out: make(chan []plan.Observation, 16), swept: -1, wake: make(chan struct{}, 1)}
}

// Observations delivers what was seen; the first observation of a partition comes as soon as it is found.
func (o *Observer) Observations() <-chan []plan.Observation { return o.out }

// Watch replaces what is watched: the topics of these names, and those that match (nil for none). It does not block.
func (o *Observer) Watch(names []string, match func(topic string) bool) {
	o.mu.Lock()
	o.names, o.match = slices.Clone(names), match
	o.watched++
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Swept reports whether all partitions of the topics that were named last, and exist, were seen and have been delivered. When that
// becomes so, an empty observation is delivered.
func (o *Observer) Swept() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.swept == o.watched
}

// complete says that what a call of Watch asked for has been delivered.
func (o *Observer) complete(ctx context.Context, watched int) {
	o.mu.Lock()
	news := o.swept < watched
	o.swept = max(o.swept, watched)
	o.mu.Unlock()
	if news {
		select {
		case o.out <- nil:
		case <-ctx.Done():
		}
	}
}

// partition is what is known of one.
type partition struct {
	topicID [16]byte
	seen    plan.Observation
	known   bool
}

// byBroker is the watched partitions of one broker.
type byBroker map[tasks.Stream]*partition

// Run watches until ctx ends. Troubles with brokers are logged and tried again.
func (o *Observer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		o.mu.Lock()
		watched := o.watched
		o.mu.Unlock()
		brokers, missing, err := o.discover(ctx)
		if err != nil && ctx.Err() == nil {
			o.log.Warn("look up the watched topics", "err", err)
		}
		round, cancel := context.WithTimeout(ctx, refresh)
		if missing || err != nil {
			cancel()
			round, cancel = context.WithTimeout(ctx, refreshMissing)
		}
		var left atomic.Int64
		swept := func() {
			if left.Add(-1) < 1 {
				o.complete(round, watched)
			}
		}
		if left.Store(int64(len(brokers))); len(brokers) == 0 && err == nil {
			swept()
		}
		var wg sync.WaitGroup
		for id, parts := range brokers {
			wg.Go(func() { o.watch(round, cancel, id, parts, swept) })
		}
		select {
		case <-o.wake:
		case <-round.Done():
		}
		cancel()
		wg.Wait()
	}
}

// discover finds the leaders of all watched partitions.
func (o *Observer) discover(ctx context.Context) (brokers map[int32]byBroker, missing bool, err error) {
	o.mu.Lock()
	names, match := o.names, o.match
	o.mu.Unlock()
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = false
	if match == nil {
		if len(names) == 0 {
			return nil, false, nil
		}
		for _, n := range names {
			t := kmsg.NewMetadataRequestTopic()
			t.Topic = kmsg.StringPtr(n)
			req.Topics = append(req.Topics, t)
		}
	}
	resp, err := req.RequestWith(ctx, o.cl)
	if err != nil {
		return nil, true, err
	}
	brokers = map[int32]byBroker{}
	found := map[string]bool{}
	for _, t := range resp.Topics {
		if t.Topic == nil || !slices.Contains(names, *t.Topic) && (match == nil || !match(*t.Topic)) {
			continue
		}
		if kerr.ErrorForCode(t.ErrorCode) != nil {
			continue
		}
		found[*t.Topic] = true
		for _, p := range t.Partitions {
			if p.Leader < 0 {
				missing = true
				continue
			}
			if brokers[p.Leader] == nil {
				brokers[p.Leader] = byBroker{}
			}
			s := tasks.Stream{Topic: *t.Topic, Partition: p.Partition}
			brokers[p.Leader][s] = &partition{topicID: t.TopicID,
				seen: plan.Observation{Stream: s, TopicID: tasks.NewTopicID(t.TopicID)}}
		}
	}
	return brokers, missing || len(names) > len(found) && match == nil, nil
}

// watch keeps one fetch parked at a broker. stale ends the round: a partition has moved. swept is called when all partitions were
// seen once.
func (o *Observer) watch(ctx context.Context, stale context.CancelFunc, broker int32, parts byBroker, swept func()) {
	if err := o.sweep(ctx, broker, parts); err != nil {
		if ctx.Err() == nil {
			o.log.Warn("list the watched partitions' offsets", "broker", broker, "err", err)
		}
		o.again(ctx, stale)
		return
	}
	swept()
	for ctx.Err() == nil {
		start := time.Now()
		// Retriable, because the end of each round ends the connection on which a fetch was parked.
		resp, err := o.cl.Broker(int(broker)).RetriableRequest(ctx, parkedFetch(parts))
		if err != nil {
			if ctx.Err() == nil {
				o.log.Warn("watch the broker's partitions", "broker", broker, "err", err)
			}
			o.again(ctx, stale)
			return
		}
		if !o.fold(ctx, resp.(*kmsg.FetchResponse), parts) {
			stale()
			return
		}
		if rest := breath - time.Since(start); rest > 0 {
			select {
			case <-time.After(rest):
			case <-ctx.Done():
			}
		}
	}
}

// again ends a round that has gone wrong, after a pause.
func (o *Observer) again(ctx context.Context, stale context.CancelFunc) {
	select {
	case <-time.After(refreshMissing):
		stale()
	case <-ctx.Done():
	}
}

// sweep lists the first and the last stable offset of all partitions at once.
func (o *Observer) sweep(ctx context.Context, broker int32, parts byBroker) error {
	for _, at := range []int64{-2, -1} {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID, req.IsolationLevel = -1, 1
		for topic, streams := range byTopic(parts) {
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = topic
			for _, s := range streams {
				p := kmsg.NewListOffsetsRequestTopicPartition()
				p.Partition, p.Timestamp = s.Partition, at
				t.Partitions = append(t.Partitions, p)
			}
			req.Topics = append(req.Topics, t)
		}
		resp, err := o.cl.Broker(int(broker)).RetriableRequest(ctx, req)
		if err != nil {
			return err
		}
		for _, t := range resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				part := parts[tasks.Stream{Topic: t.Topic, Partition: p.Partition}]
				if part == nil {
					continue
				}
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return err
				}
				if at == -2 {
					part.seen.LogStart = p.Offset
				} else {
					part.seen.End, part.known = p.Offset, true
				}
			}
		}
	}
	var seen []plan.Observation
	for _, p := range parts {
		seen = append(seen, p.seen)
	}
	o.send(ctx, seen)
	return nil
}

// fold reads an answer; false when a partition is no longer there.
func (o *Observer) fold(ctx context.Context, resp *kmsg.FetchResponse, parts byBroker) bool {
	if kerr.ErrorForCode(resp.ErrorCode) != nil {
		return false
	}
	topics := map[[16]byte]string{}
	for s, p := range parts {
		topics[p.topicID] = s.Topic
	}
	var seen []plan.Observation
	ok := true
	for _, t := range resp.Topics {
		name := t.Topic
		if name == "" {
			name = topics[t.TopicID]
		}
		for _, p := range t.Partitions {
			part := parts[tasks.Stream{Topic: name, Partition: p.Partition}]
			if part == nil || kerr.ErrorForCode(p.ErrorCode) != nil {
				ok = false
				continue
			}
			next := part.seen
			next.LogStart, next.End = max(p.LogStartOffset, part.seen.LogStart), p.LastStableOffset
			if next.End > part.seen.End {
				part.seen = next
				seen = append(seen, next)
			}
		}
	}
	o.send(ctx, seen)
	return ok
}

func (o *Observer) send(ctx context.Context, seen []plan.Observation) {
	if len(seen) == 0 {
		return
	}
	select {
	case o.out <- seen:
	case <-ctx.Done():
	}
}

func parkedFetch(parts byBroker) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(park.Milliseconds()), 1, 1
	req.IsolationLevel, req.SessionEpoch = 1, -1
	for topic, streams := range byTopic(parts) {
		t := kmsg.NewFetchRequestTopic()
		t.Topic, t.TopicID = topic, parts[streams[0]].topicID
		for _, s := range streams {
			p := kmsg.NewFetchRequestTopicPartition()
			p.Partition, p.FetchOffset, p.PartitionMaxBytes = s.Partition, parts[s].seen.End, 1
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return req
}

func byTopic(parts byBroker) map[string][]tasks.Stream {
	out := map[string][]tasks.Stream{}
	for _, s := range slices.SortedFunc(maps.Keys(parts), func(a, b tasks.Stream) int { return int(a.Partition - b.Partition) }) {
		out[s.Topic] = append(out[s.Topic], s)
	}
	return out
}
