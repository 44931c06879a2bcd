// Command launch measures the launcher of processes with a coordinator on a real broker: how soon a burst meets as many executors
// as there are streams, and how soon none is left; how soon an executor that died, or hangs, is replaced. Its executors are this
// command itself: they are held until all have begun, and then do what executors do.
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

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	mayfly, bootstrap, results string
	executors, rounds, trials  int
}

func main() {
	var o options
	flag.StringVar(&o.mayfly, "mayfly", "bin/mayfly", "the mayfly `command`")
	flag.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "the broker's `address`")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result page")
	flag.IntVar(&o.executors, "executors", 64, "how many executors, each with a partition")
	flag.IntVar(&o.rounds, "rounds", 4, "how many rounds of deaths, and of hangs")
	flag.IntVar(&o.trials, "trials", 50, "how many deaths, or hangs, in each round")
	if filepath.Base(os.Args[0]) == executorName {
		if err := execute(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "executor:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "launch:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o options) error {
	s, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	page, err := s.run(ctx)
	if err != nil {
		s.mayfly.Kill()
		return fmt.Errorf("%w (its files are in %s)", err, s.mayfly.Dir)
	}
	if _, err := s.mayfly.Stop(ctx); err != nil {
		return err
	}
	return command.Publish(o.results, "launch", page)
}

// run returns the page of what it saw.
func (s *stage) run(ctx context.Context) (string, error) {
	if err := s.mayfly.Submit(ctx); err != nil {
		return "", err
	}
	if _, _, err := s.burst(ctx); err != nil { // topic and group become known
		return "", err
	}
	up, down, err := s.burst(ctx)
	if err != nil {
		return "", err
	}
	deaths, err := s.trials(ctx, s.dies)
	if err != nil {
		return "", err
	}
	hangs, err := s.trials(ctx, s.hangs)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# The launcher of processes\n\nCoordinator, one file sink on %d partitions, a process for each of them.\n\n| | |\n| --- | --- |\n", s.o.executors)
	fmt.Fprintf(&b, "| from nothing to %d executors at work, from the first record's producing on | %d ms |\n", s.o.executors, up.Milliseconds())
	fmt.Fprintf(&b, "| from the last commit until no executor is left | %d ms |\n", down.Milliseconds())
	fmt.Fprintf(&b, "| from kill -9 of an executor until its slice is at work again, %s |\n", summary(deaths))
	fmt.Fprintf(&b, "| the same from kill -STOP, %s |\n\n", summary(hangs))
	return b.String() + command.Provenance("tests/bench/run launch"), nil
}

func summary(took []time.Duration) string {
	took = slices.Sorted(slices.Values(took))
	at := func(share float64) int64 { return took[int(share*float64(len(took)-1))].Milliseconds() }
	return fmt.Sprintf("%d trials | p50 %d ms, p90 %d ms, p99 %d ms, most %d ms", len(took), at(0.5), at(0.9), at(0.99), at(1))
}
