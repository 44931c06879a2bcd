package broker

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// topicsFile is topics.json, the broker's list of topics.
type topicsFile struct {
	Topics []topic `json:"topics"`
}

type topic struct {
	Name       string      `json:"name"`
	Partitions int32       `json:"partitions"`
	Configs    topicConfig `json:"configs"`
}

// topicConfig holds the settings given to a topic, under Kafka's names.
type topicConfig map[string]string

// compacted says whether only the newest record of each key counts.
func (c topicConfig) compacted() bool { return strings.Contains(c["cleanup.policy"], "compact") }

// retention returns how long and how many bytes of a partition are kept, and
// false for what is not limited. Nothing is, unless the topic says so.
func (c topicConfig) retention() (age time.Duration, aged bool, size int64, sized bool) {
	if p := c["cleanup.policy"]; p != "" && !strings.Contains(p, "delete") {
		return 0, false, 0, false
	}
	if ms, err := strconv.ParseInt(c["retention.ms"], 10, 64); err == nil && ms >= 0 {
		age, aged = time.Duration(min(ms, 1<<43))*time.Millisecond, true
	}
	if n, err := strconv.ParseInt(c["retention.bytes"], 10, 64); err == nil && n >= 0 {
		size, sized = n, true
	}
	return age, aged, size, sized
}

// tombstoneAge is how long the deletion of a key stays readable.
func (c topicConfig) tombstoneAge() time.Duration {
	ms, err := strconv.ParseInt(c["delete.retention.ms"], 10, 64)
	if err != nil || ms < 0 {
		return 24 * time.Hour
	}
	return time.Duration(min(ms, 1<<43)) * time.Millisecond
}

func readTopics(dir string) ([]topic, error) {
	var f topicsFile
	_, err := readJSON(filepath.Join(dir, "topics.json"), &f)
	return f.Topics, err
}
