package deadletter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// MarksTopic says which letters were replayed. It is compacted, of one partition.
const MarksTopic = "mayfly-dlq-replays"

// markBlock is how many offsets one entry speaks of: so many that a topic has few entries, so few that an entry fits in a
// record even if every other letter was replayed.
const markBlock = 1 << 15

// markVersion is the version of an entry.
const markVersion = 1

// markEntry is one entry of the marks topic: the whole truth for its key (I7), <topic>/<partition>/<block>. The topic of another
// cluster is <cluster id>:<topic>.
type markEntry struct {
	Version int `json:"version"`
	// TopicID is of which topic of that name the offsets are; empty on brokers without topic ids.
	TopicID string `json:"topicId,omitempty"`
	// Ranges are the replayed offsets, [from, to), in order.
	Ranges [][2]int64 `json:"ranges"`
}

// block is the offsets [n*markBlock, (n+1)*markBlock) of a partition.
type block struct {
	partition int32
	n         int64
}

// marks are the replayed offsets of one topic.
type marks struct {
	topic, id string // topic is as the keys have it
	home      string // the cluster where the marks are kept instead, if a claim says so
	by        map[block][][2]int64
}

// decode reads an entry. mine is false for those of other topics, and of a former topic of the same name.
func (m *marks) decode(r *kgo.Record) (b block, ranges [][2]int64, mine bool, err error) {
	rest, ok := strings.CutPrefix(string(r.Key), m.topic+"/") // a topic's name has no slash
	if !ok {
		return b, nil, false, nil
	}
	partition, n, _ := strings.Cut(rest, "/")
	p, badPartition := strconv.ParseInt(partition, 10, 32)
	number, badBlock := strconv.ParseInt(n, 10, 64)
	var e markEntry
	if err := errors.Join(badPartition, badBlock, json.Unmarshal(r.Value, &e)); err != nil {
		return b, nil, false, fmt.Errorf("read %s at offset %d: %w", r.Topic, r.Offset, err)
	}
	if e.Version != markVersion {
		return b, nil, false, fmt.Errorf("read %s at offset %d: version %d is not one that this command knows; use a newer one", r.Topic, r.Offset, e.Version)
	}
	b = block{int32(p), number}
	return b, e.Ranges, e.TopicID == "" || m.id == "" || e.TopicID == m.id, nil
}

// has reports whether a letter was replayed.
func (m *marks) has(l *Letter) bool {
	ranges := m.by[blockOf(l)]
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i][1] > l.Offset })
	return i < len(ranges) && ranges[i][0] <= l.Offset
}

// add marks a letter, and returns the block whose entry has changed.
func (m *marks) add(l *Letter) block {
	b := blockOf(l)
	ranges := m.by[b]
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i][1] >= l.Offset }) // touches or lies behind
	switch {
	case i < len(ranges) && ranges[i][1] == l.Offset:
		ranges[i][1]++
		if i+1 < len(ranges) && ranges[i+1][0] == ranges[i][1] {
			ranges[i][1] = ranges[i+1][1]
			ranges = slices.Delete(ranges, i+1, i+2)
		}
	case i < len(ranges) && ranges[i][0] == l.Offset+1:
		ranges[i][0]--
	case i == len(ranges) || ranges[i][0] > l.Offset:
		ranges = slices.Insert(ranges, i, [2]int64{l.Offset, l.Offset + 1})
	}
	m.by[b] = ranges
	return b
}

func blockOf(l *Letter) block { return block{l.Partition, l.Offset / markBlock} }

// record is the entry of a block.
func (m *marks) record(b block) (*kgo.Record, error) {
	value, err := json.Marshal(markEntry{markVersion, m.id, m.by[b]})
	return &kgo.Record{Topic: MarksTopic, Key: fmt.Appendf(nil, "%s/%d/%d", m.topic, b.partition, b.n), Value: value}, err
}

// marks reads what was replayed of a topic, by its name as the keys have it, and its id. It waits until transactions that are open
// in the marks topic have ended.
func (q *Queues) marks(ctx context.Context, topic, id string) (*marks, error) {
	m := &marks{topic: topic, id: id, by: map[block][][2]int64{}}
	ends, err := q.adm.ListEndOffsets(ctx, MarksTopic)
	if err == nil {
		err = ends.Error()
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was replayed: %w", topicError(MarksTopic, err))
	}
	for r, err := range q.records(ctx, MarksTopic, ends, 0) {
		if err != nil {
			return nil, fmt.Errorf("read what was replayed: %w", err)
		}
		if string(r.Key) == topic {
			if err := m.readClaim(r); err != nil {
				return nil, err
			}
			continue
		}
		b, ranges, mine, err := m.decode(r)
		if err != nil {
			return nil, err
		}
		if mine {
			m.by[b] = ranges
		}
	}
	return m, nil
}

// topicID returns the id of a topic, "" on brokers that have none.
func (q *Queues) topicID(ctx context.Context, topic string) (string, error) {
	found, err := q.adm.ListTopics(ctx, topic)
	if err == nil {
		err = found[topic].Err
	}
	if err != nil {
		return "", topicError(topic, err)
	}
	if found[topic].ID == [16]byte{} {
		return "", nil
	}
	return found[topic].ID.String(), nil
}

// createMarks creates the marks topic unless it exists, with the brokers' default replication factor, and waits
// until it can be written.
func (q *Queues) createMarks(ctx context.Context) error {
	found, err := q.adm.ListTopics(ctx, MarksTopic)
	if err == nil && found.Has(MarksTopic) {
		return nil
	}
	policy := "compact"
	_, err = q.adm.CreateTopic(ctx, 1, -1, map[string]*string{"cleanup.policy": &policy}, MarksTopic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("create topic %s, which says what was replayed: %w; create it yourself with cleanup.policy=compact and one partition", MarksTopic, err)
	}
	return q.await(ctx, MarksTopic)
}
