package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// The exit codes of a turn, beside 3 for an error.
const (
	codeFenced     = 4
	codeUnfinished = 5
	codeFailed     = 6
)

const coordinatorHelp = `Runs a coordinator with the worker properties of connect-distributed. What executors are, mayfly.launcher says: processes of the
mayfly-process-* binaries (process, mayfly.executor.dir), goroutines (inproc), or a platform's. A second coordinator with the same
group.id is a standby.

With -once it makes one turn and ends, for a scheduler: it runs what there is to run when it starts, without a REST API, and creates
the connectors of the files named after the properties. While another coordinator leads it does nothing. SIGTERM, or the limit, ends
it early: nothing more is granted, and what it leaves the next turn does.

Exit codes of a turn: 0 through, or another coordinator leads; 1 wrong usage; 3 an error; 4 another one has taken over; 5 ended
early; 6 through, but tasks have failed.`

// coordinator runs the service, or a turn of it.
func coordinator(ctx context.Context, args []string) error {
	f := helpFlags("coordinator", "worker.properties | -once [-limit TIME] worker.properties [connector.json|connector.properties ...]", coordinatorHelp)
	once := f.Bool("once", false, "make one turn, and end")
	limit := f.Duration("limit", 0, "how long a turn may take; 0 for what mayfly.once.limit.ms says (10 minutes)")
	args, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(args) == 0 || !*once && (len(args) > 1 || *limit != 0) {
		f.Usage()
		return errUsage
	}
	w, err := worker.Load(args[0], os.Environ(), false)
	if err != nil {
		return err
	}
	if len(w.Bootstrap) == 0 {
		w.Bootstrap = []string{"localhost:9092"}
		w.Props["bootstrap.servers"] = "localhost:9092"
	}
	if *once {
		if *limit <= 0 {
			*limit = w.Ours.OnceLimit
		}
		return turn(ctx, w, args[1:], *limit)
	}
	log, levels := leveled()
	return serve(ctx, w, nil, log, levels)
}

func turn(ctx context.Context, w *worker.Config, paths []string, limit time.Duration) error {
	files, err := connectors(paths)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	log, levels := leveled()
	t, err := node.Once(ctx, node.Config{Worker: w, Plugins: plugins(), Commit: version, Log: log, Levels: levels}, files)
	switch {
	case node.Fenced(err):
		return &exit{codeFenced, fmt.Errorf("another coordinator has taken over from this turn, and goes on: %w", err)}
	case err != nil && ctx.Err() == nil:
		return err
	case err != nil:
		return &exit{codeUnfinished, errors.Join(err, ended(ctx))}
	case t.Leader != "":
		return nil
	case !t.Through:
		return &exit{codeUnfinished, ended(ctx)}
	case t.FailedTasks > 0:
		return &exit{codeFailed, fmt.Errorf("%d tasks have failed; the log says why, and the next turn tries them again", t.FailedTasks)}
	}
	return nil
}

// ended says why a turn ended early.
func ended(ctx context.Context) error {
	why := "it was told to"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = "its time was over, see -limit and mayfly.once.limit.ms"
	}
	return fmt.Errorf("the turn ended early, %s; the next one goes on", why)
}
