// Command control measures the coordinator: durable grants per second and how long one takes at a steady rate, how fast its
// state is read back, and what a thousand idle connectors cost, with a REST API that lists them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	mayfly, bootstrap, broker, results string
}

// rowFunc takes a line of the page: what was measured, and the figure.
type rowFunc func(what, format string, args ...any)

func main() {
	var o options
	flag.StringVar(&o.mayfly, "mayfly", "bin/mayfly", "the mayfly `command`")
	flag.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "the broker's `address`")
	flag.StringVar(&o.broker, "broker", "Apache Kafka", "what `kind` of broker it is, for the page")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result page")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "control:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o options) error {
	var page strings.Builder
	fmt.Fprintf(&page, "# The coordinator\n\nOn one broker, %s.\n\n| | |\n| --- | --- |\n", o.broker)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(&page, "| %s | %s |\n", what, fmt.Sprintf(format, args...))
	}
	for _, part := range []func(context.Context, options, rowFunc) error{measureStart, measureStore, measureFleet} {
		if err := part(ctx, o, row); err != nil {
			return err
		}
	}
	page.WriteString("\n" + command.Provenance("tests/bench/run control"))
	return command.Publish(o.results, "control", page.String())
}
