package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// topicPatience is how long a topic may take from its creation until its leader answers.
const topicPatience = 30 * time.Second

// Store is the durable state of one coordinator. Make one with [Open]; [Store.Load] makes it the leader.
type Store struct {
	cfg     *worker.Config
	opts    []kgo.Opt
	url     string
	log     *slog.Logger
	cl      *kgo.Client // reads
	adm     *kadm.Client
	changes chan control.Change
	results chan tasks.Result
	stop    context.CancelFunc
	wg      sync.WaitGroup

	mu    sync.RWMutex // guards what follows
	view  *view
	next  map[string]map[int32]int64 // next offset to read, by topic and partition
	leads bool
	heard time.Time

	onLevel func(logger, level string)

	txn      sync.Mutex // one transaction at a time; guards what follows
	producer *kgo.Client
	topicIDs map[string][16]byte
	ended    <-chan struct{} // closed when nothing is read any more
}

var (
	_ control.Store  = (*Store)(nil)
	_ control.Marker = (*Store)(nil)
)

// Open connects to the cluster, makes sure of the internal topics, reads them to their ends, and goes on reading them until
// Close. url is where other coordinators reach this one; onLevel is called when somebody sets the level of a logger for the
// whole group, from then on. It blocks until the ends are read.
func Open(ctx context.Context, cfg *worker.Config, url string, onLevel func(logger, level string), log *slog.Logger) (*Store, error) {
	opts, err := kafka.Options(cfg.Props, "")
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, cfg, opts); err != nil {
		return nil, err
	}
	t := cfg.Topics
	cl, err := kgo.NewClient(append(slices.Clone(opts), kgo.ConsumeTopics(t.Config, t.Offset, t.Status, t.Lease, t.Result),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(10*time.Second),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(100*time.Millisecond))...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	s := &Store{cfg: cfg, opts: opts, url: url, log: log, cl: cl, adm: kadm.NewClient(cl), view: newView(),
		changes: make(chan control.Change, 1024), results: make(chan tasks.Result, 1024), next: map[string]map[int32]int64{},
		topicIDs: map[string][16]byte{}, onLevel: onLevel, heard: time.Now()}
	if err := s.start(ctx); err != nil {
		cl.Close()
		return nil, err
	}
	return s, nil
}

// prepare makes sure of the topics, with a client of its own: the one that reads them must not have looked before they were
// there.
func prepare(ctx context.Context, cfg *worker.Config, opts []kgo.Opt) error {
	cl, err := kgo.NewClient(append(slices.Clone(opts), kgo.MetadataMinAge(100*time.Millisecond))...) // it waits for new topics
	if err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	if err := cl.Ping(ctx); err != nil {
		return fmt.Errorf("reach Kafka at %s: %w; check bootstrap.servers and that the brokers run", cfg.Props["bootstrap.servers"], err)
	}
	return ensureTopics(ctx, kadm.NewClient(cl), cfg.Topics)
}

func (s *Store) start(ctx context.Context) error {
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop, s.ended = stop, follow.Done()
	s.wg.Go(func() { s.follow(follow) })
	return nil
}

// catchUp reads all topics to the ends that they have now.
func (s *Store) catchUp(ctx context.Context) error {
	t := s.cfg.Topics
	ends, err := s.ends(ctx)
	if err != nil {
		return err
	}
	starts, err := s.adm.ListStartOffsets(ctx, t.Config, t.Offset, t.Status, t.Lease, t.Result)
	if err != nil {
		return fmt.Errorf("list the internal topics' starts: %w", err)
	}
	starts.Each(func(o kadm.ListedOffset) { s.reached(o.Topic, o.Partition, o.Offset) })
	for !s.readTo(ends) {
		fetches := s.cl.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read the internal topics: %w", err)
		}
		fetches.EachError(func(topic string, p int32, err error) {
			s.log.Warn("read an internal topic", "topic", topic, "partition", p, "err", err)
		})
		fetches.EachRecord(func(r *kgo.Record) { s.fold(ctx, r) })
	}
	return nil
}

// ends lists the internal topics' ends: of what is committed. A broker may not yet know a topic that it has just created,
// so what may pass is asked again for a while.
func (s *Store) ends(ctx context.Context) (kadm.ListedOffsets, error) {
	t := s.cfg.Topics
	ctx, cancel := context.WithTimeout(ctx, topicPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ends, err := s.adm.ListCommittedOffsets(ctx, t.Config, t.Offset, t.Status, t.Lease, t.Result)
		if err == nil {
			err = ends.Error()
		}
		if err == nil {
			return ends, nil
		}
		err = fmt.Errorf("list the internal topics' ends: %w", err)
		if !kerr.IsRetriable(err) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-tick.C:
		}
	}
}

// readTo reports whether everything before ends was read. The lock is held, or nothing is folded yet.
func (s *Store) readTo(ends kadm.ListedOffsets) bool {
	all := true
	ends.Each(func(o kadm.ListedOffset) { all = all && s.next[o.Topic][o.Partition] >= o.Offset })
	return all
}

func (s *Store) reached(topic string, partition int32, next int64) {
	if s.next[topic] == nil {
		s.next[topic] = map[int32]int64{}
	}
	s.next[topic][partition] = next
}

// follow keeps reading and hands on what concerns the loop.
func (s *Store) follow(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := s.cl.PollFetches(ctx)
		fetches.EachError(func(topic string, p int32, err error) {
			if ctx.Err() == nil {
				s.log.Warn("read an internal topic", "topic", topic, "partition", p, "err", err)
			}
		})
		fetches.EachRecord(func(r *kgo.Record) { s.fold(ctx, r) })
	}
}

// fold takes one record into the view. While the store leads, changes and results go to the loop.
func (s *Store) fold(ctx context.Context, r *kgo.Record) {
	change, result, err := s.take(r)
	if err != nil {
		s.log.Error("a record of an internal topic is damaged and was ignored", "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, "key", string(r.Key), "err", err)
	}
	if change != nil {
		select {
		case s.changes <- *change:
		case <-ctx.Done():
		}
	}
	if result != nil {
		select {
		case s.results <- *result:
		case <-ctx.Done():
		}
	}
}

func (s *Store) take(r *kgo.Record) (change *control.Change, result *tasks.Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.cfg.Topics
	s.reached(r.Topic, r.Partition, r.Offset+1)
	if r.Attrs.IsControl() {
		return nil, nil, nil
	}
	if r.Key == nil {
		return nil, nil, errors.New("it has no key")
	}
	switch r.Topic {
	case t.Config:
		if logger, ok := strings.CutPrefix(string(r.Key), loggerPrefix); ok {
			return nil, nil, s.level(logger, r.Value)
		}
		change, err = s.view.config(r, t.Config)
	case t.Lease:
		if string(r.Key) == leaderKey {
			s.heard = time.Now()
		}
		err = s.view.lease(r)
		if u := s.view.leader.URL; u != "" && u != s.url {
			s.leads = false
		}
	case t.Status:
		err = s.view.status(r)
	case t.Offset:
		s.view.offset(r)
	case t.Result:
		result, err = tasks.DecodeResult(r.Value)
		if err != nil {
			return nil, nil, err
		}
		s.view.result(result)
	}
	if !s.leads {
		return nil, nil, err
	}
	return change, result, err
}

// Load makes this coordinator the leader: it initialises the transactional id, which fences any other (I2), reads what that
// one had written, and returns the state.
func (s *Store) Load(ctx context.Context) (control.Snapshot, error) {
	p, err := kgo.NewClient(append(slices.Clone(s.opts), kgo.TransactionalID("connect-cluster-"+s.cfg.GroupID),
		kgo.TransactionTimeout(30*time.Second), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))...)
	if err != nil {
		return control.Snapshot{}, fmt.Errorf("connect to Kafka: %w", err)
	}
	if _, _, err := p.ProducerID(ctx); err != nil {
		p.Close()
		return control.Snapshot{}, fmt.Errorf("initialise the transactional id of group %s: %w", s.cfg.GroupID, err)
	}
	s.txn.Lock()
	former := s.producer
	s.producer = p
	s.txn.Unlock()
	if former != nil {
		former.Close()
	}
	if err := s.beat(ctx, s.url); err != nil {
		return control.Snapshot{}, err
	}
	// The former leader's transactions are decided: what it wrote lies before the ends that the topics have now.
	ends, err := s.ends(ctx)
	if err != nil {
		return control.Snapshot{}, err
	}
	if err := s.await(ctx, func() bool { return s.readTo(ends) }); err != nil {
		return control.Snapshot{}, fmt.Errorf("read the internal topics: %w", err)
	}
	committed, err := s.committed(ctx)
	if err != nil {
		return control.Snapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leads = true
	snap := s.view.snapshot(s.cfg.Topics.Config, committed)
	s.report(s.view.reportedOf(snap.Leases))
	return snap, nil
}

// report hands on results that came while nobody led. The loop takes them after Load.
func (s *Store) report(results []tasks.Result) {
	if len(results) == 0 {
		return
	}
	s.wg.Go(func() {
		for _, r := range results {
			select {
			case s.results <- r:
			case <-s.ended:
				return
			}
		}
	})
}

// await polls the view until cond, which is called with the lock held.
func (s *Store) await(ctx context.Context, cond func() bool) error {
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		s.mu.RLock()
		ok := cond()
		s.mu.RUnlock()
		if ok {
			tick.Stop()
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return ctx.Err()
		}
	}
}

// committed reads the consumer groups of all connectors; sources have none.
func (s *Store) committed(ctx context.Context) (map[string]map[tasks.Stream]int64, error) {
	out := map[string]map[tasks.Stream]int64{}
	groups := map[string]string{}
	for _, name := range s.Connectors() {
		groups[name] = s.groupOf(name)
	}
	responses := s.adm.FetchManyOffsets(kadm.RequireStable(ctx), slices.Collect(maps.Values(groups))...)
	for name, g := range groups {
		offsets, err := offsetsOf(g, responses[g].Fetched, responses[g].Err)
		if err != nil {
			return nil, err
		}
		out[name] = offsets
	}
	return out, nil
}

// Changes implements [control.Store].
func (s *Store) Changes() <-chan control.Change { return s.changes }

// Results implements [control.Store].
func (s *Store) Results() <-chan tasks.Result { return s.results }

// Mark implements [control.Marker].
func (s *Store) Mark(l *tasks.Lease) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.cfg.Topics
	l.ResultsFrom = s.next[t.Result][0]
	if n := len(s.next[t.Offset]); l.Kind == tasks.SourceKind && n > 0 {
		r := &kgo.Record{Topic: t.Offset, Key: offsetKey(l.Connector, l.Slice.Stream.Split)}
		l.OffsetPartition = int32(kgo.StickyKeyPartitioner(nil).ForTopic(t.Offset).Partition(r, n))
		l.OffsetsFrom = s.next[t.Offset][l.OffsetPartition]
	}
}

// Stand blocks until nobody leads: the leader has resigned, or was not heard of for session.timeout.ms.
func (s *Store) Stand(ctx context.Context) error {
	return s.await(ctx, func() bool {
		return s.view.leader.URL == "" || s.view.leader.URL == s.url || time.Since(s.heard) > s.cfg.Session
	})
}

// LeaderGone says that the leader at a URL is dead: Stand waits for it no longer.
func (s *Store) LeaderGone(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view.leader.URL == url {
		s.heard = time.Time{}
	}
}

// Beat writes heartbeats until ctx ends or this coordinator is fenced.
func (s *Store) Beat(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.txn.Lock()
			standby := s.producer == nil
			s.txn.Unlock()
			if standby {
				continue
			}
			if err := s.beat(ctx, s.url); errors.Is(err, control.ErrFenced) {
				return err
			} else if err != nil && ctx.Err() == nil {
				s.log.Warn("write the heartbeat", "err", err)
			}
		}
	}
}

func (s *Store) beat(ctx context.Context, url string) error {
	b, err := encode(leaderEntry{entryVersion, url, time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	return s.write(ctx, nil, &kgo.Record{Topic: s.cfg.Topics.Lease, Key: []byte(leaderKey), Value: b})
}

// Leader returns the leader's address, and whether that is this coordinator.
func (s *Store) Leader() (url string, isMe bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.view.leader.URL, s.leads
}

// Close resigns if this coordinator leads, and ends.
func (s *Store) Close(ctx context.Context) {
	s.mu.RLock()
	leads := s.leads
	s.mu.RUnlock()
	if leads {
		if err := s.beat(ctx, ""); err != nil {
			s.log.Info("could not resign; a standby waits for session.timeout.ms", "err", err)
		}
	}
	s.mu.Lock()
	s.leads = false
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
	s.cl.Close()
	s.txn.Lock()
	defer s.txn.Unlock()
	if s.producer != nil {
		s.producer.Close()
		s.producer = nil
	}
}

// ClusterID returns the Kafka cluster's id, or "" when it cannot be had.
func (s *Store) ClusterID(ctx context.Context) string {
	m, err := s.adm.BrokerMetadata(ctx)
	if err != nil {
		return ""
	}
	return m.Cluster
}
