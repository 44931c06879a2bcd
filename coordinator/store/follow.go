package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
)

// catchUp reads all topics to their ends, and gives each record to fold.
func (s *Store) catchUp(ctx context.Context, ends kadm.ListedOffsets, fold func(context.Context, *kgo.Record)) error {
	t := s.cfg.Topics
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
		fetches.EachRecord(func(r *kgo.Record) { fold(ctx, r) })
	}
	return nil
}

// endsOf lists the internal topics' ends: of what is committed. A broker may not yet know a topic that it has just created,
// so what may pass is asked again for a while.
func endsOf(ctx context.Context, adm *kadm.Client, t worker.Topics) (kadm.ListedOffsets, error) {
	ctx, cancel := context.WithTimeout(ctx, topicPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ends, err := adm.ListCommittedOffsets(ctx, t.Config, t.Offset, t.Status, t.Lease, t.Result)
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
