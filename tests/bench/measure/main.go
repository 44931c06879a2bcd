// Command measure times Mayfly on a topic that is filled already: it starts the mayfly command with one connector, waits
// until the connector's consumer group has no lag, stops it with SIGTERM, counts what arrived in the bucket, and writes a
// page that compares the CPU time with that of a bare consumer (tests/bench/raw) of the same topic in the same run.
//
// CPU time and memory are those of the mayfly process and of every process that it started and waited for, from their
// start to their end.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	name, mode, mayfly, raw, bootstrap, topic, gcs, results string
	runs                                                    int
	timeout                                                 time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.name, "name", "json", "which of tests/bench/connectors to measure")
	flag.StringVar(&o.mode, "mode", "standalone", "standalone, or coordinator with executors of their own")
	flag.StringVar(&o.mayfly, "mayfly", "bin/mayfly", "the mayfly `command`")
	flag.StringVar(&o.raw, "raw", "bin/bench-raw", "the bare consumer's `command`")
	flag.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "the broker's `address`")
	flag.StringVar(&o.topic, "topic", "birdstrikes", "the topic's name")
	flag.StringVar(&o.gcs, "gcs", os.Getenv("STORAGE_EMULATOR_HOST"), "the storage emulator's `URL`")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result pages")
	flag.IntVar(&o.runs, "runs", 3, "how often to measure each of both")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long one run may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// measure alternates between the bare consumer and Mayfly, so that both see the machine in the same state.
func measure(ctx context.Context, o options) error {
	var raw, mayfly []command.Cost
	var last delivered
	for i := range o.runs {
		r, err := runRaw(ctx, o)
		if err != nil {
			return err
		}
		m, d, err := runMayfly(ctx, o, i)
		if err != nil {
			return err
		}
		raw, mayfly, last = append(raw, r), append(mayfly, m), d
	}
	name := o.name
	if o.mode != "standalone" {
		name += "-" + o.mode
	}
	return command.Publish(o.results, name, page(o, raw, mayfly, last))
}

// median returns the run in the middle by CPU time.
func median(costs []command.Cost) command.Cost {
	sorted := slices.SortedFunc(slices.Values(costs), func(a, b command.Cost) int { return int(a.CPU - b.CPU) })
	return sorted[len(sorted)/2]
}
