package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// Executor runs invitations in this process, whatever brought them. Safe for concurrent use.
type Executor struct {
	runner *exec.Runner
	exec   exec.Env
	env    Environment
}

// NewExecutor returns an executor with the environment's settings. platform is the beginning of its name; providers are config
// providers beyond Kafka's own.
func NewExecutor(platform string, plugins tasks.Plugins, providers []provider.Kind, log *slog.Logger) (*Executor, error) {
	saveCollections()
	env, err := ReadEnvironment()
	if err != nil {
		return nil, err
	}
	with := exec.Env{Plugins: plugins, Converters: Converters(), Providers: slices.Concat(provider.Kafka(), providers),
		Kafka: env.Kafka, Name: platform + "-" + strconv.Itoa(os.Getpid()), Log: log}
	return &Executor{env: env, exec: with, runner: exec.New(with)}, nil
}

// Exec is what this process runs leases with.
func (e *Executor) Exec() exec.Env { return e.exec }

// Close gives back all connections.
func (e *Executor) Close() { e.runner.Close() }

// platformMargin is the part of a platform's time limit that is kept for the way back.
const platformMargin = time.Second

// Run runs the leases of an invitation one after the other. When ctx has a deadline, as on Lambda, their time ends a margin before it; when
// ctx ends, the lease at hand reports what it has done. An error says that a result is not reported.
func (e *Executor) Run(ctx context.Context, inv *tasks.Invitation) error {
	for _, l := range inv.Leases {
		if deadline, ok := ctx.Deadline(); ok {
			l.TTL = min(l.TTL, (time.Until(deadline) - platformMargin).Milliseconds())
			if l.TTL <= 0 {
				return fmt.Errorf("run lease %s: the platform's time is over; it is granted again, give the function more time", l.ID)
			}
		}
		if res := e.runner.Run(ctx, l); res.Failure != nil && res.Failure.Stage == "KAFKA_PRODUCE" {
			return errors.New(res.Failure.Message)
		}
	}
	return nil
}

// Admit reads an invitation for this executor. Its errors are [Refusal]s.
func (e *Executor) Admit(b []byte) (*tasks.Invitation, error) {
	return Admit(b, e.env.GroupID, time.Now())
}
