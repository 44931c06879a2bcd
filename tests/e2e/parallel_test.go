package e2e_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tests/data"
)

// One partition of real rows, delivered one slice after the other and by several executors at once: the same objects, byte for byte.
func TestOnePartitionBySeveralExecutors(t *testing.T) {
	s := embedded(t, "CONNECT_MAYFLY_SLICE_BYTES=65536")
	s.topic("strikes", 1)
	var rows []string
	for line := range bytes.Lines(data.Birdstrikes) {
		rows = append(rows, string(bytes.TrimSpace(line)))
	}
	s.send("strikes", rows...)
	n := int64(len(rows))
	for name, order := range map[string]string{"one-by-one": "partition", "at-once": ""} {
		config := gcsSink("strikes", bucketParallel, bytesFormat)
		config["topics.dir"], config["flush.size"], config["tasks.max"] = name, "100", "8"
		config["value.converter"] = "org.apache.kafka.connect.converters.ByteArrayConverter"
		if order != "" {
			config["mayfly.order"] = order
		}
		s.create(name, config)
	}
	s.committed("one-by-one", "strikes", 0, n-n%100)
	s.committed("at-once", "strikes", 0, n-n%100)
	content := map[string]map[string]string{"one-by-one": {}, "at-once": {}}
	for _, o := range bucketContent(t, bucketParallel) {
		dir, name, _ := strings.Cut(o.Name, "/")
		content[dir][name] = o.Content
	}
	if len(content["at-once"]) != int(n/100) {
		t.Errorf("%d objects of 100 rows each, of %d rows", len(content["at-once"]), n)
	}
	if d := cmp.Diff(content["one-by-one"], content["at-once"]); d != "" {
		t.Errorf("the objects differ (-one by one +at once):\n%.2000s", d)
	}
	lanes := map[string]bool{}
	for _, r := range s.everything() {
		if key := string(r.Key); strings.HasPrefix(key, "grant/") {
			lanes[key] = true
		}
	}
	if lanes["grant/one-by-one/strikes/0#1"] || !lanes["grant/at-once/strikes/0#1"] {
		t.Errorf("grants of %v: slices ran at once where they must not, or did not where they may", lanes)
	}
}
