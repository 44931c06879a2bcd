package mirror

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Checkpoints is MirrorCheckpointConnector. Each partition that a group has an offset of is a split. As in the original their
// positions never move; where a slice ends, says the checkpoint that is to be written, and what is written stands in the
// topic of checkpoints.
type Checkpoints struct {
	config
	topics, groups filter
	from, to       *kadm.Client
	syncs, written *tail

	mu         sync.Mutex
	translator translator
	last       map[checkpointID]checkpoint // as they stand in the topic
	names      []string                    // of the groups
	looked     time.Time                   // for groups
	made       time.Time                   // when checkpoints were made, and groups were set
	set        time.Time
	created    bool
	wanted     []checkpoint // that are not in the topic yet
}

// checkpointID is whose checkpoint it is.
type checkpointID struct {
	group string
	partition
}

func (c checkpoint) id() checkpointID { return checkpointID{c.group, c.partition} }

var _ tasks.Source = (*Checkpoints)(nil)

func newCheckpoints(ctx context.Context, c tasks.Config) (tasks.Source, error) {
	cfg, err := newConfig(c)
	if err != nil {
		return nil, err
	}
	s := &Checkpoints{config: cfg, translator: translator{}, last: map[checkpointID]checkpoint{}}
	// The original has no such keys here, but its filter reads them.
	topics, exclude := c.Props()[topicsKey], c.Props()[topicsExcludeKey]
	if s.topics, err = newFilter(tasks.SplitList(cmp.Or(topics, ".*")), tasks.SplitList(cmp.Or(exclude, defaultTopicsExclude))); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s, %s: %w", topicsKey, topicsExcludeKey, err))
	}
	if s.groups, err = newFilter(c.List(groupsKey), c.List(groupsExcludeKey)); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s, %s: %w", groupsKey, groupsExcludeKey, err))
	}
	var clients []*kgo.Client
	connect := func(cluster, role string, opts ...kgo.Opt) *kgo.Client {
		var cl *kgo.Client
		if err == nil {
			if cl, err = cfg.client(ctx, cluster, role, opts...); err == nil {
				clients = append(clients, cl)
			}
		}
		return cl
	}
	reading := func(topic string) []kgo.Opt {
		return []kgo.Opt{kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.KeepControlRecords()}
	}
	from, to := connect(sourceCluster, adminRole), connect(targetCluster, adminRole)
	syncsCluster, syncsTopic := cfg.syncsCluster()
	syncs := connect(syncsCluster, consumerRole, reading(syncsTopic)...)
	written := connect(targetCluster, consumerRole, reading(cfg.policy.checkpoints())...)
	if err != nil {
		for _, cl := range clients {
			cl.Close()
		}
		return nil, err
	}
	s.from, s.to = kadm.NewClient(from), kadm.NewClient(to)
	s.syncs, s.written = newTail(syncs, syncsTopic), newTail(written, cfg.policy.checkpoints())
	return s, nil
}

// Close closes the clients.
func (s *Checkpoints) Close() error {
	s.from.Close()
	s.to.Close()
	s.syncs.cl.Close()
	s.written.cl.Close()
	return nil
}

// Splits lists the partitions of the groups. Those with a checkpoint that is not written yet have something to be done.
func (s *Checkpoints) Splits(ctx context.Context, _ func(string) tasks.Position) ([]tasks.Split, error) {
	if !s.Bool(enabledKey) || !s.Bool(emitCheckpointsKey) || s.Int(emitCheckpointsEvery) < 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Int("admin.timeout.ms"))*time.Millisecond)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	if err := s.written.catchUp(ctx, s.wrote); err != nil {
		return nil, err
	}
	now := time.Now()
	if now.Sub(s.made) >= s.every(emitCheckpointsEvery) {
		if err := s.translate(ctx); err != nil {
			return nil, err
		}
		s.made = now
	}
	if s.Bool(syncGroupsKey) && now.Sub(s.set) >= s.every(syncGroupsEvery) {
		if err := s.setGroups(ctx); err != nil {
			return nil, err
		}
		s.set = now
	}
	return s.splits(), nil
}

func (s *Checkpoints) splits() (out []tasks.Split) {
	for _, name := range s.names { // a group without offsets to translate has its task all the same
		out = append(out, tasks.Split{Split: fmt.Sprintf(`{"group":%s}`, quoted(name))})
	}
	for _, c := range s.wanted {
		if !moreRecent(c, s.last) {
			continue
		}
		out = append(out, tasks.Split{Split: fmt.Sprintf(`{"partition":%d,"topic":%s,"group":%s}`, c.partition.partition, quoted(c.topic), quoted(c.group)),
			End:     tasks.Position(fmt.Sprintf(`{"offset":0,"upstream":%d,"downstream":%d,"metadata":%s}`, c.upstream, c.downstream, quoted(c.metadata))),
			Pending: 1})
	}
	return out
}

// wrote takes a record of the topic of checkpoints.
func (s *Checkpoints) wrote(r *kgo.Record) {
	if c, err := readCheckpoint(r.Key, r.Value); err == nil {
		s.last[c.id()] = c
	}
}

// moreRecent reports whether a checkpoint is worth writing: the group went back, or it advanced in the target cluster.
func moreRecent(c checkpoint, last map[checkpointID]checkpoint) bool {
	before, ok := last[c.id()]
	return !ok || c.upstream < before.upstream || c.downstream > before.downstream
}

// refresh finds out which groups there are, and creates the topics when they are not there.
func (s *Checkpoints) refresh(ctx context.Context) error {
	if !s.created {
		if err := ensureTopic(ctx, s.to, s.policy.checkpoints(), s.Int(checkpointReplicas)); err != nil {
			return err
		}
		s.created = true
	}
	now := time.Now()
	if !s.looked.IsZero() && (!s.Bool(refreshGroupsKey) || now.Sub(s.looked) < s.every(refreshGroupsEvery)) {
		return nil
	}
	all, err := s.from.ListGroups(ctx)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("list the source cluster's groups: %w", err))
	}
	s.names = nil
	for _, g := range all.Sorted() {
		if !s.groups.takes(g.Group) {
			continue
		}
		offsets, err := s.from.FetchOffsets(ctx, g.Group)
		if err != nil {
			return tasks.Retriable(fmt.Errorf("read the offsets of group %s of the source cluster: %w", g.Group, err))
		}
		if slices.ContainsFunc(slices.Collect(maps.Keys(offsets)), s.topics.takes) {
			s.names = append(s.names, g.Group)
		}
	}
	s.looked = now
	return nil
}

// translate translates the offsets of the groups.
func (s *Checkpoints) translate(ctx context.Context) error {
	if err := s.syncs.catchUp(ctx, func(r *kgo.Record) {
		if sync, err := readOffsetSync(r.Key, r.Value); err == nil {
			s.translator.add(sync)
		}
	}); err != nil {
		return err
	}
	s.wanted = nil
	for _, name := range s.names {
		offsets, err := s.from.FetchOffsets(ctx, name)
		if err != nil {
			return tasks.Retriable(fmt.Errorf("read the offsets of group %s of the source cluster: %w", name, err))
		}
		for _, o := range offsets.Sorted() {
			if o.Err != nil || o.At < 0 || !s.topics.takes(o.Topic) {
				continue
			}
			if at, ok := s.translator.downstream(partition{o.Topic, o.Partition}, o.At); ok {
				s.wanted = append(s.wanted, checkpoint{group: name, partition: partition{s.renamed(o.Topic), o.Partition}, upstream: o.At, downstream: at, metadata: o.Metadata})
			}
		}
	}
	return nil
}

// renamed is what a topic of the source cluster is called in the target cluster; a topic that came from there has its own name.
func (s *Checkpoints) renamed(topic string) string {
	if s.policy.sourceOf(topic) == s.target {
		return s.policy.original(topic)
	}
	return s.policy.remote(topic)
}

// setGroups sets the offsets of groups of the target cluster that nobody is in, forward only.
func (s *Checkpoints) setGroups(ctx context.Context) error {
	for _, name := range s.names {
		described, err := s.to.DescribeGroups(ctx, name)
		if err != nil {
			return tasks.Retriable(fmt.Errorf("describe group %s of the target cluster: %w", name, err))
		}
		if state := described[name].State; state != "Empty" && state != "Dead" && described[name].Err == nil {
			continue // somebody reads
		}
		have, err := s.to.FetchOffsets(ctx, name)
		if err != nil {
			have = kadm.OffsetResponses{} // there is no such group yet
		}
		var set kadm.Offsets
		for _, c := range s.last {
			if at, ok := have.Lookup(c.topic, c.partition.partition); c.group == name && (!ok || at.At < c.downstream) {
				set.Add(kadm.Offset{Topic: c.topic, Partition: c.partition.partition, At: c.downstream, LeaderEpoch: -1, Metadata: c.metadata})
			}
		}
		if len(set) == 0 {
			continue
		}
		if err := s.to.CommitAllOffsets(ctx, name, set); err != nil {
			return tasks.Retriable(fmt.Errorf("set the offsets of group %s of the target cluster: %w", name, err))
		}
	}
	return nil
}

// Open returns a reader of one checkpoint.
func (s *Checkpoints) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	var of struct {
		Topic, Group string
		Partition    int32
	}
	var to struct {
		Upstream, Downstream *int64
		Metadata             string
	}
	if err := json.Unmarshal([]byte(t.Slice.Stream.Split), &of); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%w: %s", errNoSplit, t.Slice.Stream.Split))
	}
	if err := json.Unmarshal([]byte(t.Slice.Until), &to); err != nil || to.Upstream == nil || to.Downstream == nil {
		return nil, tasks.Fatal(fmt.Errorf("%s is not the end of a slice of checkpoints", t.Slice.Until))
	}
	c := checkpoint{group: of.Group, partition: partition{of.Topic, of.Partition}, upstream: *to.Upstream, downstream: *to.Downstream, metadata: to.Metadata}
	return &single{record: tasks.Record{Topic: s.policy.checkpoints(), Partition: 0, Timestamp: tasks.NoTimestamp, KeySchema: tasks.BytesSchema,
		ValueSchema: tasks.BytesSchema, Key: tasks.NewBytes(c.key()), Value: tasks.NewBytes(c.value()), Position: offsetAt(0)}}, nil
}

// dealGroups gives the groups to the tasks, neighbours to the same one.
func dealGroups(splits []tasks.Split, limit int) []map[string]string {
	groups := map[string]int{}
	var names []string
	for _, split := range splits {
		if name := groupOf(split.Split); name != "" && groups[name] == 0 {
			names = append(names, name)
			groups[name] = len(names)
		}
	}
	n := min(limit, len(names))
	out := make([]map[string]string, n)
	next := 0
	for i := range out {
		size := (len(names) - next + n - i - 1) / (n - i)
		mine := names[next : next+size]
		next += size
		out[i] = map[string]string{"task.index": strconv.Itoa(i), "task.assigned.groups": strings.Join(mine, ",")}
		for j := range splits {
			if slices.Contains(mine, groupOf(splits[j].Split)) {
				splits[j].Task = i
			}
		}
	}
	return out
}

func groupOf(split string) string {
	var of struct{ Group string }
	if json.Unmarshal([]byte(split), &of) != nil {
		return ""
	}
	return of.Group
}
