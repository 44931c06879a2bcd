package e2e_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/explain"
)

// explained asks what became of an offset of partition 0 in the one connector.
func (s *site) explained(mayfly command, properties, topic string, offset int) explain.Answer {
	s.t.Helper()
	var answers []explain.Answer
	out := mayfly.run(s.t, 0, "", "explain", "-worker", properties, "--json", topic, "0", strconv.Itoa(offset))
	must(s.t, json.Unmarshal([]byte(out), &answers))
	if len(answers) != 1 || answers[0].Connector != "gcs" {
		s.t.Fatalf("answers %s", out)
	}
	return answers[0]
}

// A record is told apart by what became of it, and a lease of the past writes the same bytes again.
func explainAndReplay(t *testing.T, s *site, mayfly command) {
	worker := map[string]string{"bootstrap.servers": s.addr, "group.id": "explained", "config.storage.topic": "configs", "offset.storage.topic": "offsets",
		"status.storage.topic": "statuses", "config.storage.replication.factor": "1", "offset.storage.replication.factor": "1",
		"status.storage.replication.factor": "1", "key.converter": stringConverter, "value.converter": stringConverter}
	var file strings.Builder
	var environ []string
	for k, v := range worker {
		file.WriteString(k + "=" + v + "\n")
		environ = append(environ, "CONNECT_"+strings.ToUpper(strings.ReplaceAll(k, ".", "_"))+"="+v)
	}
	properties := s.file("worker.properties")
	must(t, os.WriteFile(properties, []byte(file.String()), 0o600))
	s.start(false, environ...)
	s.topic("rows", 1)
	values := []string{`{"n":0}`, `{"n":1}`, `no JSON`, `{"n":3}`, `{"n":4}`, `{"n":5}`, `{"n":6}`, `{"n":7}`}
	s.send("rows", values...) // offsets 0, 1, 3 are the first object, 4, 5, 6 the second, 7 waits
	config := gcsSink("rows", bucketExplain, jsonFormat)
	config["value.converter"], config["value.converter.schemas.enable"] = "org.apache.kafka.connect.json.JsonConverter", "false"
	config["errors.tolerance"], config["errors.deadletterqueue.topic.name"], config["errors.deadletterqueue.topic.replication.factor"] = "all", "dlq", "1"
	config["errors.deadletterqueue.context.headers.enable"] = "true"
	s.create("gcs", config)
	s.committed("gcs", "rows", 0, 7)

	at := s.explained(mayfly, properties, "rows", 5)
	if at.State != explain.Delivered || len(at.Attempts) == 0 {
		t.Fatalf("offset 5: %+v", at)
	}
	carried := at.Attempts[len(at.Attempts)-1]
	const object = "topics/rows/partition=0/rows+0+0000000004.json"
	if !carried.Carried || carried.Executor == "" || len(carried.Objects) != 1 || carried.Objects[0].Name != object {
		t.Errorf("offset 5 was carried by %+v, want the object %s", carried, object)
	}
	if at = s.explained(mayfly, properties, "rows", 2); at.State != explain.DeadLetter || at.Letter == nil || at.Letter.Topic != "dlq" || at.Letter.Offset != 0 ||
		at.Letter.Stage != "VALUE_CONVERTER" {
		t.Errorf("offset 2: %+v, letter %+v", at, at.Letter)
	}
	if at = s.explained(mayfly, properties, "rows", 7); at.State != explain.Waiting || !strings.Contains(strings.Join(at.Reasons, " "), "1 of 3 records") {
		t.Errorf("offset 7: %+v", at)
	}
	if at = s.explained(mayfly, properties, "rows", 8); at.State != explain.Absent {
		t.Errorf("offset 8: %+v", at)
	}
	s.do(202, "PUT", "/connectors/gcs/pause", nil)
	s.state("gcs", "PAUSED")
	if at = s.explained(mayfly, properties, "rows", 7); at.State != explain.Waiting || !strings.Contains(strings.Join(at.Reasons, " "), "PAUSED") {
		t.Errorf("offset 7 while the connector is paused: %+v", at)
	}
	if text := mayfly.run(t, 0, "", "explain", "-worker", properties, "rows", "0", "5"); !strings.Contains(text, "connector gcs: DELIVERED") || !strings.Contains(text, object) {
		t.Errorf("for people:\n%s", text)
	}
	mayfly.run(t, 3, "", "explain", "-worker", properties, "rows", "1", "0")   // no such partition
	mayfly.run(t, 3, "", "explain", "-worker", properties, "nobody", "0", "0") // no such topic

	before := bucketContent(t, bucketExplain)
	var again struct {
		Outcome string
		Counts  struct{ Objects, Existed, Tolerated int64 }
	}
	out := mayfly.run(t, 0, "", "run-lease", "-worker", properties, carried.Lease)
	must(t, json.Unmarshal([]byte(out), &again))
	if again.Outcome != "done" || again.Counts.Objects == 0 || again.Counts.Existed != again.Counts.Objects {
		t.Errorf("run again: %s", out)
	}
	after := bucketContent(t, bucketExplain)
	if len(before) != 2 || len(after) != 2 || before[0] != after[0] || before[1] != after[1] {
		t.Errorf("the bucket held %+v and holds %+v", before, after)
	}
	if letters := s.values("dlq", 1); len(letters) != 1 {
		t.Errorf("%d dead letters after a replay, want 1", len(letters))
	}
	mayfly.run(t, 3, "", "run-lease", "-worker", properties, "gcs-rows-0-0-1000000")
}
