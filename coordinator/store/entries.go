package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// entryVersion is the version of our entries in the lease topic; a reader ignores fields that it does not know. Version 2 is of
// checkpoints that say more than a position: a reader of version 1 would deliver again what is done behind it.
const (
	entryVersion    = 1
	intervalVersion = 2
)

// Keys of the lease topic: grant/<connector>/<stream> with #<lane> behind it where that is not 0, checkpoint/<connector>/<stream>,
// leader, spent. A slice has a lane for itself until it is done, so a stream has no more grants than slices were ever in flight at once.
const (
	grantPrefix      = "grant/"
	checkpointPrefix = "checkpoint/"
	leaderKey        = "leader"
	spentKey         = "spent"
	// laneMark stands between a stream and a lane: no topic has it in its name.
	laneMark = "#"
)

func grantKey(connector string, s tasks.Stream, lane int) string {
	key := grantPrefix + connector + "/" + s.String()
	if lane > 0 {
		key += laneMark + strconv.Itoa(lane)
	}
	return key
}

// streamOf returns the checkpoint's key of a grant's key. Neither a partition nor a split ends as a lane does.
func streamOf(grant string) string {
	key := strings.TrimPrefix(grant, grantPrefix)
	if i := strings.LastIndex(key, laneMark); i >= 0 {
		if _, err := strconv.ParseUint(key[i+len(laneMark):], 10, 31); err == nil {
			key = key[:i]
		}
	}
	return checkpointPrefix + key
}

func checkpointKey(connector string, s tasks.Stream) string {
	return checkpointPrefix + connector + "/" + s.String()
}

// checkpointEntry is a checkpoint as it is stored.
type checkpointEntry struct {
	Version        int            `json:"version"`
	Connector      string         `json:"connector"`
	Stream         tasks.Stream   `json:"stream"`
	TopicID        tasks.TopicID  `json:"topicId,omitempty"`
	Position       int64          `json:"position"`
	SourcePosition tasks.Position `json:"sourcePosition,omitempty"`
	Unset          bool           `json:"unset,omitempty"`
	Epoch          int64          `json:"epoch"`
	ReadTo         int64          `json:"readTo"`
	TailFiled      int64          `json:"tailFiled,omitempty"`
	ConfigVersion  int64          `json:"configVersion"`
	// Of version 2.
	Done  []plan.Interval `json:"done,omitempty"`
	Open  []int64         `json:"open,omitempty"`
	Reach int64           `json:"reach,omitempty"`
	Seams []int64         `json:"seams,omitempty"`
}

func encodeCheckpoint(c plan.Checkpoint) ([]byte, error) {
	e := checkpointEntry{entryVersion, c.Connector, c.Stream, c.TopicID, c.Position, c.SourcePosition, c.Unset, c.Epoch, c.ReadTo, c.TailFiled,
		c.ConfigVersion, c.Done, c.Open, c.Reach, c.Seams}
	if len(c.Done)+len(c.Open) > 0 {
		e.Version = intervalVersion
	}
	return encode(e)
}

func decodeCheckpoint(b []byte, points plain[checkpointEntry]) (plan.Checkpoint, error) {
	var e checkpointEntry
	if !points.read(b, &e) {
		e = checkpointEntry{}
		if err := json.Unmarshal(b, &e); err != nil {
			return plan.Checkpoint{}, fmt.Errorf("decode checkpoint: %w", err)
		}
	}
	if e.Version > intervalVersion {
		return plan.Checkpoint{}, fmt.Errorf("decode checkpoint: version %d is newer than this coordinator", e.Version)
	}
	return plan.Checkpoint{Connector: e.Connector, Stream: e.Stream, TopicID: e.TopicID, Position: e.Position, SourcePosition: e.SourcePosition,
		Unset: e.Unset, Epoch: e.Epoch, ReadTo: e.ReadTo, TailFiled: e.TailFiled, ConfigVersion: e.ConfigVersion, Done: e.Done, Open: e.Open,
		Reach: e.Reach, Seams: e.Seams}, nil
}

// spentEntry is what the executors of a day have used.
type spentEntry struct {
	Version int     `json:"version"`
	Day     string  `json:"day"`
	Seconds float64 `json:"seconds"`
}

func (s *Store) spentRecord(spent plan.Spent) (*kgo.Record, error) {
	b, err := encode(spentEntry{entryVersion, spent.Day.Format(time.DateOnly), spent.Seconds})
	return &kgo.Record{Topic: s.cfg.Topics.Lease, Key: []byte(spentKey), Value: b}, err
}

func decodeSpent(b []byte) (plan.Spent, error) {
	var e spentEntry
	if err := json.Unmarshal(b, &e); err != nil {
		return plan.Spent{}, err
	}
	day, err := time.Parse(time.DateOnly, e.Day)
	return plan.Spent{Day: day, Seconds: e.Seconds}, err
}

// Entry reads a record of the lease topic, for those who check its history: a grant with its epoch, a checkpoint, or neither.
func Entry(r *kgo.Record) (grant *tasks.Lease, point *plan.Checkpoint, err error) {
	key := string(r.Key)
	switch {
	case r.Value == nil:
	case strings.HasPrefix(key, grantPrefix):
		l, err := grantEntry{r.Offset, r.Value}.lease()
		return &l, nil, err
	case strings.HasPrefix(key, checkpointPrefix):
		c, err := decodeCheckpoint(r.Value, newPlain[checkpointEntry]())
		return nil, &c, err
	}
	return nil, nil, nil
}

// leaderEntry is the leader's heartbeat. URL is empty when it has resigned.
type leaderEntry struct {
	Version int    `json:"version"`
	URL     string `json:"url"`
	Beat    int64  `json:"beat"`
}

// Connect's formats. Records of the config topic.
type (
	propertiesRecord struct {
		Properties map[string]*string `json:"properties"`
	}
	commitRecord struct {
		Tasks int `json:"tasks"`
	}
	fencingRecord struct {
		Count int `json:"task-count"`
	}
	targetStateRecord struct {
		State   string `json:"state"`
		StateV2 string `json:"state.v2"`
	}
	restartRecord struct {
		IncludeTasks bool `json:"include-tasks"`
		OnlyFailed   bool `json:"only-failed"`
	}
)

// statusRecord is a record of the status topic.
type statusRecord struct {
	State      string  `json:"state"`
	Trace      *string `json:"trace"`
	WorkerID   string  `json:"worker_id"`
	Generation int64   `json:"generation"`
	Version    *string `json:"version"`
}

// encode writes JSON as Jackson does, which escapes nothing for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// offsetKey is the key of a split in the offset topic.
func offsetKey(connector, split string) []byte {
	name, err := encode(connector)
	if err != nil { // a string always encodes
		return nil
	}
	return fmt.Appendf(nil, "[%s,%s]", name, split)
}

// splitOffsetKey reads a key of the offset topic, ["name",{partition}]: the partition's bytes are kept as they are.
func splitOffsetKey(key []byte) (connector, split string, ok bool) {
	var parts []json.RawMessage
	if json.Unmarshal(key, &parts) != nil || len(parts) != 2 || json.Unmarshal(parts[0], &connector) != nil {
		return "", "", false
	}
	return connector, strings.TrimSpace(string(parts[1])), len(parts[1]) > 0 && parts[1][0] == '{'
}
