package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// command is the built mayfly.
type command string

// run runs a command to its end; it must end with the code.
func (c command) run(t *testing.T, code int, input string, args ...string) (stdout string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(c), args...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &complaint
	got := 0
	if err := cmd.Run(); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatal(err)
		}
		got = ended.ExitCode()
	}
	if got != code {
		t.Fatalf("mayfly %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &complaint)
	}
	return out.String()
}

// buildCommand builds mayfly.
func buildCommand(t *testing.T) command {
	t.Helper()
	mayfly := filepath.Join(t.TempDir(), "mayfly")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", mayfly, "github.com/mayfly-connect/mayfly/coordinator/mayfly")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return command(mayfly)
}

// TestTools runs the built commands for people against an embedded broker.
func TestTools(t *testing.T) {
	t.Parallel()
	mayfly := buildCommand(t)
	for name, test := range map[string]func(*testing.T, *site, command){"replay once": replayKilled, "replay from another cluster": replayKilledElsewhere,
		"dead letters": deadLetterTools,
		"try":          tryIsTrue, "validate": validateCodes, "explain": explainAndReplay} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := broker.Start(broker.Config{Log: logger(t)})
			must(t, err)
			t.Cleanup(func() { must(t, b.Close()) })
			test(t, newSite(t, b.Addr()), mayfly)
		})
	}
}

// A replay that is killed with SIGKILL at random moments and run again sends each letter once.
func replayKilled(t *testing.T, s *site, mayfly command) {
	killReplays(t, s, s, mayfly, "dlq", "replay", "-bootstrap", s.addr, "dlq")
}

// The same of letters that lie on another cluster, which a connector's configuration names. Whoever replays them there, instead,
// is told where their marks are.
func replayKilledElsewhere(t *testing.T, s *site, mayfly command) {
	b, err := broker.Start(broker.Config{Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	far := newSite(t, b.Addr())
	s.topic("mayfly-standalone-configs", 1)
	config := `{"properties":{"topics":"orders","errors.deadletterqueue.topic.name":"dlq","mayfly.errors.deadletterqueue.bootstrap.servers":"` + far.addr + `"}}`
	must(t, s.cl.ProduceSync(t.Context(), &kgo.Record{Topic: "mayfly-standalone-configs", Key: []byte("connector-sink"), Value: []byte(config)}).FirstErr())
	at := []string{"-bootstrap", s.addr}
	killReplays(t, s, far, mayfly, append([]string{"dlq", "replay"}, at...)...)
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "list"}, at...)...), "dlq at "+far.addr)
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "show", "-n", "1"}, at...)...), "dlq/0 at "+far.addr+" at offset 0", "orders/0 at offset 0")
	far.topic("retry", 1)
	mayfly.run(t, 3, "", "dlq", "replay", "-bootstrap", far.addr, "-to", "retry", "dlq")
	far.values("retry", 0)
	mayfly.run(t, 0, "", append([]string{"dlq", "purge", "-replayed", "-yes", "dlq"}, at...)...)
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "list"}, at...)...), "no dead letters")
}

// killReplays runs replays of dead letters that lie on one cluster, whose records belong on another.
func killReplays(t *testing.T, s, far *site, mayfly command, args ...string) {
	const letters, kills = 30000, 6
	far.topic("dlq", 1)
	s.topic("orders", 1)
	var records []*kgo.Record
	for i := range letters {
		var headers []kgo.RecordHeader
		for _, h := range [][2]string{{"topic", "orders"}, {"partition", "0"}, {"offset", strconv.Itoa(i)}, {"exception.class.name", "x"}} {
			headers = append(headers, kgo.RecordHeader{Key: "__connect.errors." + h[0], Value: []byte(h[1])})
		}
		records = append(records, &kgo.Record{Topic: "dlq", Value: []byte(strconv.Itoa(i)), Headers: headers})
	}
	must(t, far.cl.ProduceSync(t.Context(), records...).FirstErr())
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	midway := 0
	for i := range kills {
		cmd := exec.CommandContext(t.Context(), string(mayfly), args...)
		must(t, cmd.Start())
		// In the middle of some transaction, or between two.
		end := int64((i+1)*letters/(kills+2) + random.IntN(letters/kills/2))
		for deadline := time.Now().Add(patience); ; { // a replay is over soon: no pause between two looks
			ends, err := s.adm.ListEndOffsets(t.Context(), "orders")
			must(t, err)
			at, _ := ends.Lookup("orders", 0)
			if at.Offset >= end {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the replay stands at %d, want %d", at.Offset, end)
			}
		}
		must(t, cmd.Process.Kill())
		if err := cmd.Wait(); err != nil { // it had not ended
			midway++
		}
	}
	out := mayfly.run(t, 0, "", append(args, "--json")...)
	var last []struct{ Sent, ReplayedBefore int64 }
	must(t, json.Unmarshal([]byte(out), &last))
	t.Logf("%d killed replays sent %d letters, the last one %d", kills, last[0].ReplayedBefore, last[0].Sent)
	if midway == 0 {
		t.Error("no replay was killed before its end")
	}
	if last[0].Sent+last[0].ReplayedBefore != letters {
		t.Errorf("%d and %d letters, want %d", last[0].Sent, last[0].ReplayedBefore, letters)
	}
	seen := map[string]int{}
	for _, value := range s.values("orders", letters) {
		seen[value]++
	}
	for i := range letters {
		if n := seen[strconv.Itoa(i)]; n != 1 {
			t.Fatalf("record %d is in the topic %d times", i, n)
		}
	}
}

// values reads the committed values of partition 0, of which there must be n.
func (s *site) values(topic string, n int) (out []string) {
	s.t.Helper()
	ends, err := s.adm.ListEndOffsets(s.t.Context(), topic)
	must(s.t, err)
	end, _ := ends.Lookup(topic, 0)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	must(s.t, err)
	defer cl.Close()
	for next := int64(0); next < end.Offset; {
		fetches := cl.PollFetches(s.t.Context())
		must(s.t, fetches.Err())
		for r := range fetches.RecordsAll() {
			if next = r.Offset + 1; !r.Attrs.IsControl() {
				out = append(out, string(r.Value))
			}
		}
	}
	if len(out) != n {
		s.t.Errorf("%d records in %s, want %d", len(out), topic, n)
	}
	return out
}

// What a connector could not convert is listed, shown, sent back once the connector can, and purged.
func deadLetterTools(t *testing.T, s *site, mayfly command) {
	s.topic("rows", 1)
	s.start(true)
	config := fileSink("rows", s.file("out.txt"))
	config["value.converter"], config["value.converter.schemas.enable"] = "org.apache.kafka.connect.json.JsonConverter", "false"
	config["errors.tolerance"], config["errors.deadletterqueue.topic.name"] = "all", "rows-dlq"
	config["errors.deadletterqueue.context.headers.enable"] = "true"
	s.create("sink", config)
	s.send("rows", `1`, `bad one`, `2`, `bad two`)
	s.committed("sink", "rows", 0, 4)

	at := []string{"-bootstrap", s.addr}
	list := mayfly.run(t, 0, "", append([]string{"dlq", "list", "--json"}, at...)...)
	var groups []struct {
		Topic, Connector, Stage, Exception string
		Count                              int
	}
	must(t, json.Unmarshal([]byte(list), &groups))
	count := 0
	for _, g := range groups {
		count += g.Count
		if g.Topic != "rows-dlq" || g.Connector != "sink" || g.Stage != "VALUE_CONVERTER" || g.Exception == "" {
			t.Errorf("group %+v", g)
		}
	}
	if count != 2 {
		t.Errorf("%d letters are listed, want 2: %s", count, list)
	}
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "list"}, at...)...), "CONNECTOR", "rows-dlq", "VALUE_CONVERTER")
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "show", "-n", "1"}, at...)...), "rows/0 at offset 1", "bad one", "DataException")

	config["value.converter"] = stringConverter
	delete(config, "value.converter.schemas.enable")
	s.do(200, "PUT", "/connectors/sink/config", config)
	replay := append([]string{"dlq", "replay", "-through", "sink"}, at...)
	contains(t, mayfly.run(t, 0, "", append(replay, "-dry-run")...), "2 to be replayed", "to rows: 2")
	contains(t, mayfly.run(t, 0, "", replay...), "2 replayed")
	contains(t, mayfly.run(t, 0, "", replay...), "0 replayed, 2 were replayed before")
	eventually(t, "the replayed rows arrive", func() string {
		got := lines(t, s.file("out.txt"))
		return cmp.Diff([]string{"1", "2", "bad one", "bad two"}, got)
	})
	s.drained("sink", "rows")

	purge := append([]string{"dlq", "purge", "-replayed", "rows-dlq"}, at...)
	mayfly.run(t, 3, "no\n", purge...)
	mayfly.run(t, 0, "", append(purge, "-yes")...)
	contains(t, mayfly.run(t, 0, "", append([]string{"dlq", "list"}, at...)...), "no dead letters")
	mayfly.run(t, 1, "", "dlq", "frobnicate")
	mayfly.run(t, 3, "", append([]string{"dlq", "list", "no-such-topic"}, at...)...)
}

// What try says is written is what the connector then writes.
func tryIsTrue(t *testing.T, s *site, mayfly command) {
	s.topic("rows", 1)
	config := fileSink("rows", s.file("out.txt"))
	config["name"] = "sink"
	config["transforms"], config["transforms.hoist.type"], config["transforms.hoist.field"] = "hoist", "org.apache.kafka.connect.transforms.HoistField$Value", "row"
	config["key.converter"], config["value.converter"] = stringConverter, stringConverter
	file := s.file("sink.json")
	b, err := json.Marshal(config)
	must(t, err)
	must(t, os.WriteFile(file, b, 0o600))
	s.send("rows", "a", "b", "c")

	var report struct {
		Delivered int
		Records   []struct {
			Output []struct {
				Name    string
				Content struct{ Text string }
			}
		}
	}
	args := []string{"try", file, "--json", "-bootstrap", s.addr}
	must(t, json.Unmarshal([]byte(mayfly.run(t, 0, "", args...)), &report))
	var said []string
	for _, r := range report.Records {
		said = append(said, strings.TrimSuffix(r.Output[0].Content.Text, "\n"))
	}
	if _, err := os.Stat(s.file("out.txt")); !os.IsNotExist(err) {
		t.Fatalf("try wrote a file: %v", err)
	}
	s.start(true)
	s.create("sink", config)
	s.committed("sink", "rows", 0, 3)
	if d := cmp.Diff(said, lines(t, s.file("out.txt"))); d != "" {
		t.Error(d)
	}

	must(t, json.Unmarshal([]byte(mayfly.run(t, 0, "", append(args, "-offset", "1", "-n", "1")...)), &report))
	if report.Delivered != 1 || report.Records[0].Output[0].Content.Text != said[1]+"\n" {
		t.Errorf("from offset 1: %+v", report)
	}
	contains(t, mayfly.run(t, 0, "x\ny\n", "try", file, "-stdin"), "+ value.row: \"x\"", "2 delivered")
	delete(config, "topics")
	b, err = json.Marshal(config)
	must(t, err)
	must(t, os.WriteFile(file, b, 0o600))
	mayfly.run(t, 1, "x\n", "try", file, "-stdin")
	mayfly.run(t, 2, "", "try", s.file("none.json"))
}

// The exit codes of validate are for CI.
func validateCodes(t *testing.T, s *site, mayfly command) {
	write := func(name, text string) string {
		must(t, os.WriteFile(s.file(name), []byte(text), 0o600))
		return s.file(name)
	}
	good := write("good.json", `{"name":"a","config":{"connector.class":"FileStreamSink","topics":"x"}}`)
	bad := write("bad.properties", "name=a\nconnector.class=FileStreamSink\ntopcs=x\ntasks.max=0\n")
	cut := write("cut.json", `{"name":`)
	contains(t, mayfly.run(t, 0, "", "validate", good), "fine")
	contains(t, mayfly.run(t, 1, "", "validate", good, bad), "tasks.max", "Must configure one of topics or topics.regex", "did you mean topics?")
	contains(t, mayfly.run(t, 2, "", "validate", bad, cut), "cannot be read")
	mayfly.run(t, 2, "", "validate")
	contains(t, mayfly.run(t, 0, "", "validate", "--help"), "Exit codes")
	var verdicts []struct {
		OK     bool
		Answer struct {
			ErrorCount int `json:"error_count"`
		}
	}
	must(t, json.Unmarshal([]byte(mayfly.run(t, 1, "", "validate", "--json", good, bad)), &verdicts))
	if fmt.Sprint(verdicts[0].OK, verdicts[1].OK) != "true false" || verdicts[1].Answer.ErrorCount < 2 {
		t.Errorf("%+v", verdicts)
	}
}
