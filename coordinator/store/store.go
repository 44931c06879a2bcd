package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// topicPatience is how long a topic may take from its creation until its leader answers.
const topicPatience = 30 * time.Second

// fetchWait is how long a broker may hold a fetch of the internal topics when nothing is new. A partition that moves to the broker
// meanwhile is not read before.
const fetchWait = time.Second

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
	// generation is written with statuses: it is higher than all that stood there when this coordinator began to lead.
	generation int64

	onLevel func(logger, level string)

	txn         sync.Mutex // one transaction at a time; guards what follows
	producer    *kgo.Client
	committedAt time.Time // when the last transaction was committed
	topicIDs    map[string][16]byte
	ended       <-chan struct{} // closed when nothing is read any more
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
	ends, err := prepare(ctx, cfg, opts)
	if err != nil {
		return nil, err
	}
	s, err := connect(cfg, opts, url, onLevel, log)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx, ends); err != nil {
		s.cl.Close()
		return nil, err
	}
	return s, nil
}

// connect makes a store that has read nothing.
func connect(cfg *worker.Config, opts []kgo.Opt, url string, onLevel func(logger, level string), log *slog.Logger) (*Store, error) {
	t := cfg.Topics
	cl, err := kgo.NewClient(append(slices.Clone(opts), kgo.ConsumeTopics(t.Config, t.Offset, t.Status, t.Lease, t.Result),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(fetchWait),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(100*time.Millisecond))...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	return &Store{cfg: cfg, opts: opts, url: url, log: log, cl: cl, adm: kadm.NewClient(cl), view: newView(),
		changes: make(chan control.Change, 1024), results: make(chan tasks.Result, 1024), next: map[string]map[int32]int64{},
		topicIDs: map[string][16]byte{}, onLevel: onLevel, heard: time.Now()}, nil
}

// transactionalID is the lock (I2), and that of a Java worker of the group.
func (s *Store) transactionalID() string { return "connect-cluster-" + s.cfg.GroupID }

// prepare makes sure of the topics and returns their ends, with a client of its own: the one that reads them must not have looked
// before they were there and led, for it would leave out those that were not until its first fetch of the others returns.
func prepare(ctx context.Context, cfg *worker.Config, opts []kgo.Opt) (kadm.ListedOffsets, error) {
	cl, err := kgo.NewClient(append(slices.Clone(opts), kgo.MetadataMinAge(100*time.Millisecond))...) // it waits for new topics
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	if err := cl.Ping(ctx); err != nil {
		return nil, fmt.Errorf("reach Kafka at %s: %w; check bootstrap.servers and that the brokers run", cfg.Props["bootstrap.servers"], err)
	}
	adm := kadm.NewClient(cl)
	if err := ensureTopics(ctx, adm, cfg.Topics); err != nil {
		return nil, err
	}
	return endsOf(ctx, adm, cfg.Topics)
}

func (s *Store) start(ctx context.Context, ends kadm.ListedOffsets) error {
	if err := s.catchUp(ctx, ends, s.fold); err != nil {
		return err
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop, s.ended = stop, follow.Done()
	s.wg.Go(func() { s.follow(follow) })
	return nil
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
