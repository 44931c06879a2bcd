// Package boot is what the executor binaries share: each main names the plugins that it has built in and calls [Process].
package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
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
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdin, plugins, providers, log); err != nil {
		log.Error("the executor ends early", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, plugins tasks.Plugins, providers []provider.Kind, log *slog.Logger) error {
	e, err := NewExecutor("process", plugins, providers, log)
	if err != nil {
		return err
	}
	defer e.Close()
	if e.env.Invitation != "" {
		return e.job(ctx)
	}
	invitations, err := Receive(in, e.env.Next)
	if err != nil {
		return err
	}
	defer invitations.Close()
	for {
		inv, err := invitations.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = e.Run(ctx, inv)
		}
		if err != nil {
			return err
		}
	}
}

// job runs the invitation of the environment, or of it the one lease whose number the platform gave to this process.
func (e *Executor) job(ctx context.Context) error {
	inv, err := e.Admit([]byte(e.env.Invitation))
	if err != nil {
		return err
	}
	for _, name := range []string{"CLOUD_RUN_TASK_INDEX", "JOB_COMPLETION_INDEX"} { // of Cloud Run, and of Kubernetes
		if text := os.Getenv(name); text != "" && len(inv.Leases) > 1 {
			i, err := strconv.Atoi(text)
			if err != nil || i < 0 || i >= len(inv.Leases) {
				return fmt.Errorf("the invitation has %d leases, and %s is %s", len(inv.Leases), name, text)
			}
			inv.Leases = inv.Leases[i : i+1]
			break
		}
	}
	return e.Run(ctx, inv)
}
