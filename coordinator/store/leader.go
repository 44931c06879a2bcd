package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Load makes this coordinator the leader: it initialises the transactional id, which fences any other (I2), reads what that
// one had written, and returns the state.
func (s *Store) Load(ctx context.Context) (control.Snapshot, error) {
	p, err := kgo.NewClient(append(slices.Clone(s.opts), kgo.TransactionalID(s.transactionalID()),
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
	ends, err := endsOf(ctx, s.adm, s.cfg.Topics)
	if err != nil {
		return control.Snapshot{}, err
	}
	if err := s.await(ctx, func() bool { return s.readTo(ends) }); err != nil {
		return control.Snapshot{}, fmt.Errorf("read the internal topics: %w", err)
	}
	if err := s.renewKey(ctx); err != nil {
		return control.Snapshot{}, err
	}
	committed, err := s.committed(ctx)
	if err != nil {
		return control.Snapshot{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leads, s.generation = true, s.view.generation+1
	snap := s.view.snapshot(s.cfg.Topics.Config, committed, func(key string, err error) {
		s.log.Error("a grant in the lease topic is damaged and was ignored", "topic", s.cfg.Topics.Lease, "key", key, "err", err)
	})
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
	return out, s.dropAhead(ctx, out)
}

// dropAhead drops positions behind their partition's end, with which a consumer would begin as if there were none.
func (s *Store) dropAhead(ctx context.Context, committed map[string]map[tasks.Stream]int64) error {
	topics := map[string]bool{}
	for _, offsets := range committed {
		for stream := range offsets {
			topics[stream.Topic] = true
		}
	}
	if len(topics) == 0 {
		return nil
	}
	ends, err := s.adm.ListEndOffsets(ctx, slices.Collect(maps.Keys(topics))...)
	if err != nil {
		return fmt.Errorf("list the ends of the topics that sinks read: %w", err)
	}
	for name, offsets := range committed {
		for stream, at := range offsets {
			if end, ok := ends.Lookup(stream.Topic, stream.Partition); ok && end.Err == nil && at > end.Offset {
				s.log.Warn("a consumer group stands behind its partition's end; it begins there as auto.offset.reset says", "connector", name,
					"stream", stream.String(), "position", at, "end", end.Offset)
				delete(offsets, stream)
			}
		}
	}
	return nil
}

// Stand blocks until nobody leads: the leader has resigned, or was not heard of for session.timeout.ms.
func (s *Store) Stand(ctx context.Context) error {
	return s.await(ctx, func() bool {
		return s.view.leader.URL == "" || s.view.leader.URL == s.url || time.Since(s.heard) > s.cfg.Session
	})
}

// Vacant is Stand that also returns, with false, when another coordinator is heard of from now on: it leads.
func (s *Store) Vacant(ctx context.Context) (bool, error) {
	s.mu.RLock()
	before := s.heard
	s.mu.RUnlock()
	vacant := false
	err := s.await(ctx, func() bool {
		vacant = s.view.leader.URL == "" || time.Since(s.heard) > s.cfg.Session
		return vacant || s.heard != before
	})
	return vacant, err
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
			err := s.beat(ctx, s.url)
			if err == nil {
				err = s.renewKey(ctx)
			}
			if errors.Is(err, control.ErrFenced) {
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
