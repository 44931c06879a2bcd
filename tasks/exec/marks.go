package exec

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
)

// skew is how far the clocks of platform, executors and brokers may be apart.
const skew = 10 * time.Second

// mark is what stands in the marks topic under an event's key: how far it is, and which executor is at it (I7: the whole truth).
type mark struct {
	Position json.RawMessage `json:"position,omitempty"`
	Done     bool            `json:"done,omitempty"`
	By       string          `json:"by,omitempty"`
}

// mark is the record that says how far an event is with this transaction; owned says that its executor goes on with it.
func (e *eventRun) mark(ev *eventState, owned bool) *kgo.Record {
	m := mark{Position: json.RawMessage(ev.at), Done: ev.done || ev.ended}
	if ev.reader != nil {
		m.Position = json.RawMessage(ev.next)
	}
	if owned && ev.open() {
		m.By = e.lane.id
	}
	return e.markRecord(ev, m)
}

func (e *eventRun) markRecord(ev *eventState, m mark) *kgo.Record {
	value, err := json.Marshal(m)
	if err != nil { // a position that is no JSON: to read the event again is better than to lose it
		value = []byte("{}")
	}
	return &kgo.Record{Topic: e.lease.OffsetTopic, Partition: ev.partition, Key: ev.key, Value: value}
}

// locate finds out where the events' marks are: in which partition, and from which offset on.
func (e *eventRun) locate(ctx context.Context) error {
	partitions := 0
	at := func(p int32) *fetch.Fetcher {
		return fetch.New(e.cl, tasks.Slice{Stream: tasks.Stream{Topic: e.lease.OffsetTopic, Partition: p}}, kgo.ReadUncommitted())
	}
	born := map[int32]time.Time{} // the oldest
	for _, ev := range e.events {
		if ev.Split == "" {
			continue
		}
		if partitions == 0 {
			var err error
			if partitions, err = at(0).Partitions(ctx); err != nil {
				return err
			}
		}
		ev.key = offsetKey(e.lease.Connector, ev.Split)
		lane := []byte(ev.Lane)
		if ev.Lane == "" {
			lane = ev.key
		}
		ev.partition = partitionOf(e.lease.OffsetTopic, lane, partitions)
		if t, ok := born[ev.partition]; !ok || ev.Born.Before(t) {
			born[ev.partition] = ev.Born
		}
	}
	from := map[int32]int64{}
	for p, t := range born {
		if t.IsZero() {
			continue
		}
		var err error
		if from[p], err = at(p).Since(ctx, t.Add(-skew)); err != nil {
			return err
		}
	}
	for _, ev := range e.events {
		ev.from = from[ev.partition]
	}
	return nil
}

// claim writes a mark of each event into the open transaction, learns what is known of them, and fences who is at one of them.
func (e *eventRun) claim(ctx context.Context, cl *kgo.Client, events []*eventState) error {
	var marks []*kgo.Record
	var claimed []*eventState
	for _, ev := range events {
		if ev.Split != "" && ev.open() {
			marks = append(marks, e.markRecord(ev, mark{By: e.lane.id}))
			claimed = append(claimed, ev)
		}
	}
	if len(marks) == 0 {
		return nil
	}
	if err := kafka.Produce(ctx, cl, marks...); err != nil {
		return tasks.Retriable(fmt.Errorf("connector %s: mark %d events in %s: %w", e.lease.Connector, len(marks), e.lease.OffsetTopic, err))
	}
	for i, ev := range claimed {
		ev.claim = marks[i].Offset
	}
	stopped := map[string]bool{e.lane.id: true}
	for {
		others, err := e.look(ctx, claimed, stopped)
		if err != nil {
			return fmt.Errorf("connector %s: look at the marks of events: %w", e.lease.Connector, err)
		}
		if len(others) == 0 {
			return nil
		}
		for id := range others {
			other, err := e.fence(ctx, id)
			if err != nil {
				return err
			}
			other.Close()
			stopped[id] = true
		}
	}
}

// look reads the marks of events, and returns which executors are at one of them and not known to be stopped.
func (e *eventRun) look(ctx context.Context, events []*eventState, stopped map[string]bool) (others map[string]bool, err error) {
	others = map[string]bool{}
	byPartition := map[int32]map[string]*eventState{}
	for _, ev := range events {
		ev.at, ev.done, ev.duplicate = "", false, false
		if byPartition[ev.partition] == nil {
			byPartition[ev.partition] = map[string]*eventState{}
		}
		byPartition[ev.partition][string(ev.key)] = ev
	}
	for p, known := range byPartition {
		from := int64(-1)
		for _, ev := range known {
			from = ev.from
		}
		owner := map[*eventState]string{}
		open, err := scan(ctx, e.cl, e.lease.OffsetTopic, p, from, func(rec *kgo.Record) bool { return known[string(rec.Key)] != nil }, func(rec *kgo.Record) {
			ev, m := known[string(rec.Key)], markOf(rec)
			ev.at, owner[ev] = tasks.Position(m.Position), m.By
			ev.done = ev.done || m.Done
			ev.duplicate = ev.done
		})
		if err != nil {
			return nil, err
		}
		for ev, id := range owner {
			if !ev.done && id != "" && !stopped[id] {
				others[id] = true
			}
		}
		for _, records := range open {
			for _, rec := range records {
				if id := markOf(rec).By; rec.Offset < known[string(rec.Key)].claim && id != "" && !stopped[id] {
					others[id] = true
				}
			}
		}
	}
	return others, nil
}

// markOf reads a mark. One that cannot be read says nothing, so that its event is read again.
func markOf(rec *kgo.Record) (m mark) {
	if json.Unmarshal(rec.Value, &m) != nil {
		return mark{}
	}
	return m
}
