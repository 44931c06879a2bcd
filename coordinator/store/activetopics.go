package store

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// topicPrefix begins the keys of the status topic that say which topics a connector used: status-topic-T:connector-C.
const topicPrefix = "status-topic-"

// topicRecord is a record of the status topic that says that a task used a topic.
type topicRecord struct {
	Topic struct {
		Name      string `json:"name"`
		Connector string `json:"connector"`
		Task      int    `json:"task"`
		Found     int64  `json:"discoverTimestamp"`
	} `json:"topic"`
}

// topicRecords are the records of topics that are not known to be used yet.
func (s *Store) topicRecords(used []control.TopicUse) ([]*kgo.Record, error) {
	if !s.cfg.REST.TopicTracking {
		return nil, nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*kgo.Record
	for _, u := range used {
		key := topicPrefix + u.Topic + ":connector-" + u.Connector
		if _, known := s.view.topics[key]; known || s.view.configs[u.Connector] == nil {
			continue
		}
		var rec topicRecord
		rec.Topic.Name, rec.Topic.Connector, rec.Topic.Task, rec.Topic.Found = u.Topic, u.Connector, u.Task, time.Now().UnixMilli()
		b, err := encode(rec)
		if err != nil {
			return nil, err
		}
		out = append(out, &kgo.Record{Topic: s.cfg.Topics.Status, Key: []byte(key), Value: b})
	}
	return out, nil
}

// topicTombstones are the records that forget which topics a connector used. The lock is held.
func (s *Store) topicTombstones(connector string) []*kgo.Record {
	var out []*kgo.Record
	for key, t := range s.view.topics {
		if t.Topic.Connector == connector {
			out = append(out, &kgo.Record{Topic: s.cfg.Topics.Status, Key: []byte(key)})
		}
	}
	return out
}

// Topics returns the topics that a connector used, sorted.
func (s *Store) Topics(connector string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for _, t := range s.view.topics {
		if t.Topic.Connector == connector {
			out = append(out, t.Topic.Name)
		}
	}
	slices.Sort(out)
	return out
}

// ResetTopics forgets which topics a connector used. It blocks until that is written.
func (s *Store) ResetTopics(ctx context.Context, connector string) error {
	s.mu.RLock()
	records := s.topicTombstones(connector)
	s.mu.RUnlock()
	if len(records) == 0 {
		return nil
	}
	if err := s.write(ctx, nil, records...); err != nil {
		return err
	}
	for _, r := range records {
		if err := s.awaitRead(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
