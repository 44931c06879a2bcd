// Package boot is what the executor binaries share: each main names the plugins that it has built in and calls [Process].
package boot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// Converters are those beyond Apache's own which every executor knows.
func Converters() []convert.Factory {
	return []convert.Factory{{Class: avro.Class, New: avro.New}, {Class: jsonschema.Class, New: jsonschema.New}, {Class: protobuf.Class, New: protobuf.New}}
}

// Process runs the leases of its [Invitations] one after the other, and ends the process: with 0 when all results were reported,
// whatever they say; else with 1. SIGTERM makes the lease stop at the next batch and report. providers are config providers
// beyond Kafka's own.
func Process(plugins tasks.Plugins, providers ...provider.Kind) {
	signal.Ignore(syscall.SIGPIPE) // whoever read the log may be gone; that is no reason to stop
	saveCollections()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdin, plugins, providers, log); err != nil {
		log.Error("the executor ends early", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, plugins tasks.Plugins, providers []provider.Kind, log *slog.Logger) error {
	env, err := ReadEnvironment()
	if err != nil {
		return err
	}
	invitations, err := Receive(in, env.Next)
	if err != nil {
		return err
	}
	defer invitations.Close()
	r := exec.New(exec.Env{Plugins: plugins, Converters: Converters(), Providers: slices.Concat(provider.Kafka(), providers), Kafka: env.Kafka,
		Name: "process-" + strconv.Itoa(os.Getpid()), Log: log})
	defer r.Close()
	for {
		inv, err := invitations.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for _, l := range inv.Leases {
			res := r.Run(ctx, l)
			if res.Failure != nil && res.Failure.Stage == "KAFKA_PRODUCE" {
				return errors.New(res.Failure.Message)
			}
		}
	}
}
