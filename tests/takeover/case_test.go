package takeover

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recorded is a case: what the topics held, and what a fresh Java worker made of it.
type recorded struct {
	Name   string
	Props  map[string]string `json:"worker_properties"`
	Topics map[string]struct {
		Partitions int32
		Configs    map[string]*string
	} `json:"topic_shape"`
	Records  map[string][]stored
	Groups   map[string][]position `json:"consumer_groups_before"`
	Files    map[string]string
	Expected expected

	here *strings.Replacer
}

// stored is a record of an internal topic.
type stored struct {
	Partition   int32
	Key, Value  *string // base64
	Headers     [][2]string
	Txn         string
	Compression string
}

type position struct {
	Topic     string
	Partition int32
	Offset    int64
}

type expected struct {
	Healthy    bool
	Connectors []string                     `json:"connectors_list"`
	Expanded   answer                       `json:"connectors_expanded"`
	Each       map[string]map[string]answer `json:"per_connector"`
	Groups     map[string][]position        `json:"consumer_groups_after"`
	SinkFile   *string                      `json:"sink_file_after"`
	Written    []written                    `json:"records_written_after_start"`
	Log        [][]string                   `json:"log_warn_error"`
}

type answer struct {
	Status int
	Body   any
}

// written is a record that the worker wrote. Control records have no key.
type written struct {
	Topic string
	Key   string
	Value any
}

// here replaces what was the recorder's: where its files were, and its broker.
func here(dir, broker string) *strings.Replacer {
	return strings.NewReplacer("/data/connect00/f", dir, "127.0.0.1:19092", broker)
}

func load(t *testing.T, path string, here *strings.Replacer) recorded {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c recorded
	if err := json.Unmarshal([]byte(here.Replace(string(b))), &c); err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	c.here = here
	return c
}

// decode decodes a key or value. Nothing stays nothing.
func (c *recorded) decode(t *testing.T, s *string) []byte {
	t.Helper()
	if s == nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(*s)
	if err != nil {
		t.Fatal(err)
	}
	if b == nil {
		b = []byte{}
	}
	return []byte(c.here.Replace(string(b)))
}

// difference is where a coordinator does otherwise on purpose.
type difference struct {
	Reason string
	// Paths are what is not compared: "expanded", "connector/resource", "written/<topic>/<key>"; a star at the end stands for
	// all that follows. That the coordinator runs and lists its connectors holds in any case.
	Paths []string
}

func (d *difference) covers(path string) bool {
	return slices.ContainsFunc(d.Paths, func(p string) bool {
		start, all := strings.CutSuffix(p, "*")
		return p == path || all && strings.HasPrefix(path, start)
	})
}

func differences(t *testing.T) map[string]difference {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "differs.json"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]difference{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
