package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// Source is MirrorSourceConnector: each partition of the source cluster that is replicated is a split.
type Source struct {
	config
	topics, properties filter
	from, to           *kadm.Client // of the two clusters
	fromClient         *kgo.Client  // below from
	toClient           *kgo.Client  // below to

	mu          sync.Mutex
	partitions  []partition // that are replicated
	looked      time.Time   // when the topics were looked for
	synced      time.Time   // when the topics' settings were copied
	ruled       time.Time   // when the topics' access rules were
	lawless     bool        // the source cluster has none
	syncsTopics bool        // the topic of offset syncs is there
}

var _ tasks.Source = (*Source)(nil)

func newSource(ctx context.Context, c tasks.Config) (tasks.Source, error) {
	cfg, err := newConfig(c)
	if err != nil {
		return nil, err
	}
	s := &Source{config: cfg}
	if s.topics, err = newFilter(c.List(topicsKey), c.List(topicsExcludeKey)); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s, %s: %w", topicsKey, topicsExcludeKey, err))
	}
	if s.properties, err = newFilter([]string{".*"}, c.List(propertiesExcludeKey)); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s: %w", propertiesExcludeKey, err))
	}
	from, err := cfg.client(ctx, sourceCluster, adminRole)
	if err != nil {
		return nil, err
	}
	to, err := cfg.client(ctx, targetCluster, adminRole)
	if err != nil {
		from.Close()
		return nil, err
	}
	s.from, s.to, s.fromClient, s.toClient = kadm.NewClient(from), kadm.NewClient(to), from, to
	return s, nil
}

// Close closes the clients.
func (s *Source) Close() error {
	s.from.Close()
	s.to.Close()
	return nil
}

// Splits lists the partitions, after it has seen to it that the topics are in the target cluster.
func (s *Source) Splits(ctx context.Context, committed func(string) tasks.Position) ([]tasks.Split, error) {
	if !s.Bool(enabledKey) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Int("admin.timeout.ms"))*time.Millisecond)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.looked.IsZero() || s.Bool(refreshTopicsKey) && now.Sub(s.looked) >= s.every(refreshTopicsEvery) {
		if err := s.refresh(ctx); err != nil {
			return nil, err
		}
		s.looked = now
	}
	if s.Bool(syncConfigsKey) && now.Sub(s.synced) >= s.every(syncConfigsEvery) {
		if err := s.syncConfigs(ctx); err != nil {
			return nil, err
		}
		s.synced = now
	}
	if s.Bool(syncACLsKey) && now.Sub(s.ruled) >= s.every(syncACLsEvery) {
		s.syncACLs(ctx)
		s.ruled = now
	}
	return s.splits(ctx, committed)
}

// splits says how far each partition goes.
func (s *Source) splits(ctx context.Context, committed func(string) tasks.Position) ([]tasks.Split, error) {
	if len(s.partitions) == 0 {
		return nil, nil
	}
	topics := topicsOf(s.partitions)
	ends, err := s.from.ListEndOffsets(ctx, topics...)
	readable := ends
	if err == nil && s.isolation() == kgo.ReadCommitted() {
		readable, err = s.from.ListCommittedOffsets(ctx, topics...)
	}
	if err != nil {
		return nil, tasks.Retriable(fmt.Errorf("list the ends of the source cluster's partitions: %w", err))
	}
	starts, err := s.from.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, tasks.Retriable(fmt.Errorf("list the starts of the source cluster's partitions: %w", err))
	}
	out := make([]tasks.Split, 0, len(s.partitions))
	for _, p := range s.partitions {
		split := tasks.Split{Split: s.split(p)}
		at, err := offsetOf(committed(split.Split))
		if err != nil {
			return nil, err
		}
		if start, end, to, ok := bounds(p, starts, ends, readable); ok {
			if from := resume(at, start, end); from < to {
				split.End, split.Pending = offsetAt(to-1), to-from // bytes are not known; a record has one at least
			}
		}
		out = append(out, split)
	}
	return out, nil
}

// bounds are a partition's first offset, its end, and the end of what may be read of it; false while they are not known.
func bounds(p partition, starts, ends, readable kadm.ListedOffsets) (start, end, to int64, ok bool) {
	s, is := starts.Lookup(p.topic, p.partition)
	e, are := ends.Lookup(p.topic, p.partition)
	r, known := readable.Lookup(p.topic, p.partition)
	return s.Offset, e.Offset, r.Offset, is && are && known && errors.Join(s.Err, e.Err, r.Err) == nil
}

// resume is where a partition goes on of which the record at an offset was the last. A log that ends before it is another one:
// as in the original it is read from its start.
func resume(at, start, end int64) int64 {
	if at+1 > end {
		return start
	}
	return max(at+1, start)
}

func (s *Source) split(p partition) string {
	return fmt.Sprintf(`{"cluster":%s,"partition":%d,"topic":%s}`, quoted(s.source), p.partition, quoted(p.topic))
}

func topicsOf(partitions []partition) (out []string) {
	for _, p := range partitions {
		if !slices.Contains(out, p.topic) {
			out = append(out, p.topic)
		}
	}
	return out
}

// refresh finds out which partitions there are and creates what is missing of them in the target cluster.
func (s *Source) refresh(ctx context.Context) error {
	if s.Bool(emitSyncsKey) && !s.syncsTopics {
		cluster, topic := s.syncsCluster()
		adm := map[string]*kadm.Client{sourceCluster: s.from, targetCluster: s.to}[cluster]
		if err := ensureTopic(ctx, adm, topic, s.Int(syncsReplicasKey)); err != nil {
			return err
		}
		s.syncsTopics = true
	}
	all, err := s.from.ListTopics(ctx)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("list the source cluster's topics: %w", err))
	}
	var topics []string
	for _, t := range all.Sorted() {
		if t.Err == nil && s.replicates(t.Topic) {
			topics = append(topics, t.Topic)
		}
	}
	var found []partition
	for _, topic := range inMapOrder(topics, len(all)) {
		for _, p := range all[topic].Partitions.Sorted() {
			found = append(found, partition{topic, p.Partition})
		}
	}
	if err := s.create(ctx, found); err != nil {
		return err
	}
	s.partitions = found
	return nil
}

// replicates reports whether a topic of the source cluster is one to replicate.
func (s *Source) replicates(topic string) bool {
	wanted := s.topics.takes(topic) || s.Bool(mirrorHeartbeatsKey) && s.policy.heartbeats(topic)
	return wanted && !s.policy.ofKafka(topic) && !s.policy.cycle(topic, s.target)
}

// inMapOrder sorts topics, of all that there are, as the original's hash maps hand them out: its tasks get them in this order.
// What falls into one place of both maps is in the order of a larger one; the original's depends on more than the names.
func inMapOrder(topics []string, all int) []string {
	for _, size := range []int{1 << 8, javahash.Grown(javahash.DefaultTable, all), javahash.Grown(javahash.DefaultTable, len(topics))} {
		slices.SortStableFunc(topics, func(a, b string) int {
			return cmp.Compare(javahash.Bucket(javahash.String(a), size), javahash.Bucket(javahash.String(b), size))
		})
	}
	return topics
}

// deal gives the partitions to the tasks in turn.
func deal(splits []tasks.Split, limit int) []map[string]string {
	n := min(limit, len(splits))
	assigned := make([][]string, n)
	for i := range splits {
		task := i % n
		splits[i].Task = task
		assigned[task] = append(assigned[task], partitionName(splits[i].Split))
	}
	out := make([]map[string]string, n)
	for i := range out {
		out[i] = map[string]string{"task.index": strconv.Itoa(i), "task.assigned.partitions": strings.Join(assigned[i], ",")}
	}
	return out
}

// errNoSplit is the error of a lease whose split is none of ours.
var errNoSplit = errors.New("no partition of a cluster is named by the split")
