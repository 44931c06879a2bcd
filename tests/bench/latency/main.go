// Command latency measures a coordinator that has nothing to do: how soon a record that comes after a pause is delivered,
// and what the coordinator uses while none comes. The sink is a file; executors are processes of their own, and the pauses
// are long enough that none of them is left.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	mayfly, bootstrap, results string
	records                    int
	pause, idle                time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.mayfly, "mayfly", "bin/mayfly", "the mayfly `command`")
	flag.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "the broker's `address`")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result page")
	flag.IntVar(&o.records, "records", 300, "how many records to measure with")
	flag.DurationVar(&o.pause, "pause", 500*time.Millisecond, "how long nothing happens before each record")
	flag.DurationVar(&o.idle, "idle", 30*time.Second, "how long to watch the coordinator do nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o options) error {
	name := fmt.Sprintf("bench-latency-%d", os.Getpid())
	client, err := kgo.NewClient(kgo.SeedBrokers(o.bootstrap), kgo.DefaultProduceTopic(name), kgo.ProducerLinger(0))
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 1, nil, name); err != nil {
		return fmt.Errorf("create topic %s: %w", name, err)
	}
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "out")
	connector, err := command.Expand("tests/bench/connectors/latency.json", map[string]string{"NAME": name, "TOPIC": name, "FILE": file})
	if err != nil {
		return err
	}
	m, err := command.Start(command.Options{Mayfly: o.mayfly, Mode: "coordinator", Bootstrap: o.bootstrap, Name: name, Connector: connector})
	if err != nil {
		return err
	}
	page, err := observe(ctx, o, m, client, file)
	if err != nil {
		m.Kill()
		return fmt.Errorf("%w (its files are in %s)", err, m.Dir)
	}
	if _, err := m.Stop(ctx); err != nil {
		return err
	}
	return command.Publish(o.results, "latency", page)
}

// observe returns the page of what it saw. The first record is not counted: with it the topic and the group become known.
func observe(ctx context.Context, o options, m *command.Mayfly, client *kgo.Client, file string) (string, error) {
	if err := m.Submit(ctx); err != nil {
		return "", err
	}
	var took []time.Duration
	for i := range o.records + 1 {
		d, err := deliver(ctx, m, client, file, fmt.Sprintf("record-%d", i))
		if err != nil {
			return "", err
		}
		took = append(took, d)
		time.Sleep(o.pause)
	}
	took = slices.Sorted(slices.Values(took[1:]))
	before, err := command.UsageOf(m.PID())
	if err != nil {
		return "", err
	}
	time.Sleep(o.idle)
	after, err := command.UsageOf(m.PID())
	if err != nil {
		return "", err
	}

	var b strings.Builder
	fmt.Fprintf(&b, "# Latency from idle, and the cost of idling\n\nCoordinator, one file sink on one partition, an executor process for each record.\n\n")
	at := func(share float64) int64 { return took[int(share*float64(len(took)-1))].Milliseconds() }
	fmt.Fprintf(&b, "| | |\n| --- | --- |\n")
	fmt.Fprintf(&b, "| from producing a record to its line in the file, %d records | p50 %d ms, p90 %d ms, p99 %d ms, most %d ms |\n", len(took), at(0.5), at(0.9), at(0.99), at(1))
	fmt.Fprintf(&b, "| idle coordinator, processor | %.2f%% of a core over %s |\n", 100*(after.CPU-before.CPU).Seconds()/o.idle.Seconds(), o.idle)
	fmt.Fprintf(&b, "| idle coordinator, memory (RSS) | %d MB |\n\n", after.RSS>>20)
	return b.String() + command.Provenance("tests/bench/run latency"), nil
}

// deliver produces a record and waits until its line is in the file.
func deliver(ctx context.Context, m *command.Mayfly, client *kgo.Client, file, value string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	begin := time.Now()
	if err := client.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
		return 0, fmt.Errorf("produce: %w", err)
	}
	for {
		text, err := os.ReadFile(file)
		if err == nil && strings.HasSuffix(string(text), value+"\n") {
			return time.Since(begin), nil
		}
		if err != nil && !os.IsNotExist(err) {
			return 0, err
		}
		select {
		case e := <-m.Ended:
			return 0, fmt.Errorf("mayfly ended (%v) before %s was delivered; see its log", e, value)
		case <-ctx.Done():
			return 0, fmt.Errorf("%s was not delivered: %w", value, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}
