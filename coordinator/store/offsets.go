package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// SinkOffsets returns the committed offsets of a sink's consumer group. It asks the brokers.
func (s *Store) SinkOffsets(ctx context.Context, connector string) (map[tasks.Stream]int64, error) {
	group := s.groupOf(connector)
	fetched, err := s.adm.FetchOffsets(kadm.RequireStable(ctx), group)
	return offsetsOf(group, fetched, err)
}

// groupOf is the consumer group of a sink.
func (s *Store) groupOf(connector string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.view.configs[connector]; c != nil {
		if g := c.config["consumer.override.group.id"]; g != "" {
			return g
		}
	}
	return "connect-" + connector
}

func offsetsOf(group string, fetched kadm.OffsetResponses, err error) (map[tasks.Stream]int64, error) {
	out := map[tasks.Stream]int64{}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the committed offsets of group %s: %w", group, err)
	}
	fetched.Each(func(o kadm.OffsetResponse) {
		if o.Err == nil && o.At >= 0 {
			out[tasks.Stream{Topic: o.Topic, Partition: o.Partition}] = o.At
		}
	})
	return out, nil
}

// SourceOffsets returns where a source stands, by split.
func (s *Store) SourceOffsets(connector string) map[string]tasks.Position {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]tasks.Position{}
	for _, o := range s.view.offsets {
		if o.Connector == connector && o.SourcePosition != "" {
			out[o.Stream.Split] = o.SourcePosition
		}
	}
	return out
}

// AlterSink moves a stopped sink: nil resets a stream. Nothing else may run for it. It blocks until that is written.
func (s *Store) AlterSink(ctx context.Context, connector string, offsets map[tasks.Stream]*int64) error {
	group := s.groupOf(connector)
	var records []*kgo.Record
	var points []plan.Checkpoint
	set, unset := map[tasks.Stream]int64{}, kadm.TopicsSet{}
	for _, stream := range slices.SortedFunc(maps.Keys(offsets), func(a, b tasks.Stream) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}) {
		c := s.overtaking(connector, stream)
		if at := offsets[stream]; at == nil {
			c.Unset = true
			unset.Add(stream.Topic, stream.Partition)
		} else {
			c.Position, c.ReadTo, set[stream] = *at, *at, *at
		}
		r, err := s.checkpointRecord(c)
		if err != nil {
			return err
		}
		records, points = append(records, r), append(points, c)
	}
	if len(records) == 0 {
		return nil
	}
	// The group's offsets go first: between the two, the checkpoint that is there still says more than no offset.
	if len(unset) > 0 {
		if err := s.deleteOffsets(ctx, group, unset); err != nil {
			return err
		}
	}
	return s.alter(ctx, map[string]map[tasks.Stream]int64{group: set}, records, points)
}

func (s *Store) deleteOffsets(ctx context.Context, group string, set kadm.TopicsSet) error {
	deleted, err := s.adm.DeleteOffsets(ctx, group, set)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("reset the committed offsets of group %s: %w", group, err)
	}
	return nil
}

// AlterSource moves a stopped source: an empty position resets a split. It blocks until that is written.
func (s *Store) AlterSource(ctx context.Context, connector string, positions map[string]tasks.Position) error {
	var records []*kgo.Record
	var points []plan.Checkpoint
	for _, split := range slices.Sorted(maps.Keys(positions)) {
		at := positions[split]
		split = s.knownSplit(connector, split)
		c := s.overtaking(connector, tasks.Stream{Split: split})
		c.SourcePosition = at
		r, err := s.checkpointRecord(c)
		if err != nil {
			return err
		}
		offset := &kgo.Record{Topic: s.cfg.Topics.Offset, Key: offsetKey(connector, split)}
		if at != "" {
			offset.Value = []byte(at)
		}
		records, points = append(records, offset, r), append(points, c)
	}
	if len(records) == 0 {
		return nil
	}
	return s.alter(ctx, nil, records, points)
}

// knownSplit returns the text under which a split is stored already: maps are equal whatever the order of their members.
func (s *Store) knownSplit(connector, split string) string {
	want := canonical(split)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range s.view.offsets {
		if o.Connector == connector && canonical(o.Stream.Split) == want {
			return o.Stream.Split
		}
	}
	return want
}

// canonical is JSON with sorted members and without spaces; numbers stay as they are written.
func canonical(text string) string {
	var v any
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return text
	}
	b, err := encode(v)
	if err != nil {
		return text
	}
	return string(b)
}

// overtaking returns a checkpoint that makes every grant of the stream a thing of the past, without a position.
func (s *Store) overtaking(connector string, stream tasks.Stream) plan.Checkpoint {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, ok := s.view.checkpoints[checkpointKey(connector, stream)]
	if !ok {
		c = plan.Checkpoint{Connector: connector, Stream: stream, Epoch: -1}
	}
	var grants []tasks.Lease
	for _, e := range s.view.grantsOf(connector, stream) {
		l, err := e.lease()
		if err != nil { // of a damaged one the epoch counts all the same
			l.Epoch, l.Slice.From = e.epoch, c.Position
		}
		if !c.Ended(e.epoch) {
			grants = append(grants, l)
		}
	}
	return c.Again(grants)
}

func (s *Store) checkpointRecord(c plan.Checkpoint) (*kgo.Record, error) {
	b, err := encodeCheckpoint(c)
	if err != nil {
		return nil, fmt.Errorf("encode the checkpoint of %s: %w", c.Stream, err)
	}
	return &kgo.Record{Topic: s.cfg.Topics.Lease, Key: []byte(checkpointKey(c.Connector, c.Stream)), Value: b}, nil
}

// alter writes, waits until the records were read back, and tells the loop.
func (s *Store) alter(ctx context.Context, offsets map[string]map[tasks.Stream]int64, records []*kgo.Record, points []plan.Checkpoint) error {
	if err := s.write(ctx, offsets, records...); err != nil {
		return err
	}
	for _, r := range records {
		if err := s.awaitRead(ctx, r); err != nil {
			return err
		}
	}
	for i := range points {
		select {
		case s.changes <- control.Change{Checkpoint: &points[i]}:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return errors.New("this coordinator ends")
		}
	}
	return nil
}
