// Command mayfly is serverless Kafka Connect for people: standalone, coordinator, broker, demo and tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/mayfly-connect/mayfly/coordinator/cli"
	"github.com/mayfly-connect/mayfly/coordinator/loglevel"
)

// version is set by the build.
var version = "dev"

// errUsage says that the help text is the answer.
var errUsage = errors.New("usage")

// command is one of mayfly's commands.
type command struct {
	name, args, short, long string
	run                     func(ctx context.Context, args []string) error
	// ownHelp says that it answers to --help itself, because it has flags to tell of.
	ownHelp bool
}

func commands() []command {
	return []command{
		{"standalone", "[worker.properties] [connector.json|connector.properties ...]", "everything in one process",
			"Runs coordinator and executors in one process, and creates the connectors of the files. Without bootstrap.servers in\nthe worker's properties it brings its own broker, with a data directory (mayfly.data.dir, default data) that survives\nrestarts. SIGTERM or Ctrl-C stops it cleanly; the next start goes on where it was.", standalone, false},
		{"coordinator", "[-once [-limit TIME]] worker.properties", "the service on a Kafka cluster, or one turn of it", coordinatorHelp, coordinator, true},
		{"broker", "[-data DIR] [-port PORT]", "the embedded Kafka broker alone", "Runs the embedded broker until it is stopped. An empty -data keeps everything in memory.", runBroker, false},
		{"run-lease", "lease.json|LEASE", "run leases of a file, or one of the past again, and print the result", runLeaseHelp, runLease, true},
		{"explain", "[flags] TOPIC PARTITION OFFSET", "what became of a record", explainHelp, explainRecord, true},
		{"dlq", "list|show|replay|purge [flags] [topic ...]", "look into dead letter topics, replay and purge them", dlqHelp, dlq, true},
		{"validate", "[flags] connector.json|connector.properties ...", "check connector files, without a cluster", validateHelp, validate, true},
		{"try", "connector.json|connector.properties [flags]", "show what a configuration does to records, writing nothing", tryHelp, tryConnector, true},
		{"simulate", "[flags] load.json", "what a load would need and cost, on which platform", simulateHelp, simulateLoad, true},
		{"connector", "VERB ...", "list, create, apply, pause … connectors of a worker", "", remote(cli.Connector), true},
		{"plugin", "VERB ...", "the plugins of a worker and their keys", "", remote(cli.Plugin), true},
		{"offsets", "VERB ...", "show, alter, reset where a connector stands", "", remote(cli.Offsets), true},
		{"cluster", "VERB ...", "a worker's version; names for clusters", "", remote(cli.Cluster), true},
		{"completion", "bash|zsh|fish", "a shell's completion of these commands", "Prints a script for the shell, such as: source <(mayfly completion bash)", completion, false},
		{"demo", "", "show the main job on the embedded broker",
			"Starts a broker, a schema registry and a GCS emulator, reads real rows into a topic as Avro, adds records that are not\nAvro, runs a GCS sink, and proves what arrived. On a terminal it stays up until Ctrl-C.", runDemo, false},
		{"version", "", "print the version", "Prints the version.", func(context.Context, []string) error {
			_, err := fmt.Println("mayfly", version)
			return err
		}, false},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	var own *exit
	switch {
	case errors.As(err, &own):
		if own.err != nil {
			fmt.Fprintln(os.Stderr, "mayfly:", own.err)
		}
		stop()
		os.Exit(own.code)
	case errors.Is(err, errUsage):
		stop()
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mayfly:", err)
		stop()
		os.Exit(3)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		usage(os.Stderr)
		return errUsage
	}
	name, rest := args[0], args[1:]
	if name == "help" && len(rest) > 0 {
		name, rest = rest[0], []string{"--help"}
	}
	if name == "help" || isHelp(name) {
		usage(os.Stdout)
		return nil
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		for _, a := range rest {
			if isHelp(a) && !c.ownHelp {
				fmt.Printf("usage: mayfly %s %s\n\n%s\n", c.name, c.args, c.long)
				return nil
			}
		}
		return c.run(ctx, rest)
	}
	fmt.Fprintf(os.Stderr, "mayfly: there is no command %q\n\n", name)
	usage(os.Stderr)
	return errUsage
}

func isHelp(arg string) bool { return arg == "-h" || arg == "--help" || arg == "-help" }

func usage(w io.Writer) {
	var b strings.Builder
	b.WriteString("Mayfly is serverless Kafka Connect.\n\nusage: mayfly COMMAND ...\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-12s %s\n", c.name, c.short)
	}
	b.WriteString("\nmayfly help COMMAND says more.\n")
	_, _ = io.WriteString(w, b.String())
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

// leveled is a logger whose levels can be set while it runs.
func leveled() (*slog.Logger, *loglevel.Levels) {
	levels := loglevel.New()
	const all = -1 << 20 // levels decides
	return slog.New(levels.Handler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.Level(all)}))), levels
}
