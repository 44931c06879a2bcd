// Command cold measures lean executors that are started cold, one after the other: each is a new process that runs a lease of
// one record into a file, reports, and ends. The page cache is warm; nothing else is.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	executor, bootstrap, results string
	runs                         int
}

func main() {
	var o options
	flag.StringVar(&o.executor, "executor", "bin/mayfly-process-core", "the executor's `binary`")
	flag.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "the broker's `address`")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result page")
	flag.IntVar(&o.runs, "runs", 200, "how many executors to measure, after a few to warm the page cache")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "cold:", err)
		os.Exit(1)
	}
}

// warm is how many executors run before those that count.
const warm = 5

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "bench-cold")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	leases, err := prepare(ctx, o, filepath.Join(dir, "out"))
	if err != nil {
		return err
	}
	nothing, err := measure(o.runs, exec.Command("/bin/true"), nil)
	if err != nil {
		return err
	}
	executor, err := measure(o.runs, exec.Command(o.executor), leases)
	if err != nil {
		return err
	}
	if n, err := lines(filepath.Join(dir, "out")); err != nil || n != len(leases) {
		return fmt.Errorf("%d leases left %d lines (%w)", len(leases), n, err)
	}
	binary, err := os.Stat(o.executor)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# A cold executor\n\nA new process of %s for each lease of one record: from its start to its end, when the line is in the file and the\nresult in the result topic. The page cache is warm, one real broker is on the same machine. `true` is what starting any process costs.\n\n",
		filepath.Base(o.executor))
	fmt.Fprintf(&b, "| | p50 ms | p90 ms | p99 ms | CPU ms | RSS MB |\n| --- | --- | --- | --- | --- | --- |\n")
	fmt.Fprintf(&b, "| executor, %d runs | %s |\n| true | %s |\n\n", o.runs, executor, nothing)
	fmt.Fprintf(&b, "The binary, stripped, has %.1f MB.\n\n", float64(binary.Size())/1e6)
	b.WriteString(command.Provenance("tests/bench/run cold"))
	return command.Publish(o.results, "cold", b.String())
}

// prepare writes the records and returns an invitation for each.
func prepare(ctx context.Context, o options, file string) ([][]byte, error) {
	name := fmt.Sprintf("bench-cold-%d", os.Getpid())
	cl, err := kgo.NewClient(kgo.SeedBrokers(o.bootstrap), kgo.DefaultProduceTopic(name))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	created, err := kadm.NewClient(cl).CreateTopics(ctx, 1, 1, nil, name, name+"-results")
	if err == nil {
		err = created.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("create topics: %w", err)
	}
	var leases [][]byte
	for i := range int64(o.runs + warm) {
		if err := cl.ProduceSync(ctx, kgo.StringRecord(fmt.Sprintf("record %d", i))).FirstErr(); err != nil {
			return nil, fmt.Errorf("produce: %w", err)
		}
		const text = "org.apache.kafka.connect.storage.StringConverter"
		l := tasks.Lease{Version: tasks.WireVersion, ID: fmt.Sprintf("cold-%d", i), Connector: name, Kind: tasks.SinkKind,
			Slice: tasks.Slice{Stream: tasks.Stream{Topic: name}, From: i, To: i + 1, CloseTail: true}, Epoch: i, Attempt: 1, TTL: 60_000,
			PlanTime: time.Now().UnixMilli(), Bootstrap: []string{o.bootstrap}, GroupID: name, ResultTopic: name + "-results",
			Config: map[string]string{"name": name, "connector.class": "FileStreamSink", "topics": name, "file": file},
			Worker: map[string]string{"key.converter": text, "value.converter": text}}
		b, err := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{l}}.Encode()
		if err != nil {
			return nil, err
		}
		leases = append(leases, b)
	}
	return leases, nil
}

// times is what a number of runs took.
type times struct {
	took []time.Duration // sorted
	cpu  time.Duration   // on average
	rss  int64           // bytes, the most
}

// measure runs a command runs times, after some that do not count, each with the next input.
func measure(runs int, like *exec.Cmd, inputs [][]byte) (times, error) {
	var t times
	for i := range warm + runs {
		cmd := exec.Command(like.Path)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if inputs != nil {
			cmd.Stdin = bytes.NewReader(inputs[i])
		}
		begin := time.Now()
		if err := cmd.Run(); err != nil {
			return t, fmt.Errorf("%s: %w\n%s", cmd, err, &out)
		}
		c := command.CostOf(cmd, time.Since(begin))
		if i < warm {
			continue
		}
		t.took, t.cpu, t.rss = append(t.took, c.Wall), t.cpu+c.CPU/time.Duration(runs), max(t.rss, c.RSS)
	}
	t.took = slices.Sorted(slices.Values(t.took))
	return t, nil
}

// String returns the cells of a table's row.
func (t times) String() string {
	at := func(share float64) float64 { return t.took[int(share*float64(len(t.took)-1))].Seconds() * 1000 }
	return fmt.Sprintf("%.1f | %.1f | %.1f | %.1f | %.1f", at(0.5), at(0.9), at(0.99), t.cpu.Seconds()*1000, float64(t.rss)/(1<<20))
}

func lines(file string) (int, error) {
	b, err := os.ReadFile(file)
	return bytes.Count(b, []byte{'\n'}), err
}
