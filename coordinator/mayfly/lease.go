package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/demo"
	"github.com/mayfly-connect/mayfly/coordinator/explain"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

const runLeaseHelp = `Runs the leases of a file, as the lease topic holds them, and prints their results as JSON. A result that is reported under an
old epoch does not count, so it is safe to run a lease of the past again.

With a lease's id instead of a file, which 'mayfly explain' and the log name, the lease is made again from its result: the
same slice, plan time and configuration. It reports nothing and writes no dead letters; the sink compares what the
destination holds, so that the last line says whether the bytes are the same. An object that is no longer there is written.
Exit codes: 0 done, 3 an error, or a lease that failed or found other bytes.

  mayfly run-lease lease.json
  mayfly run-lease -worker connect-distributed.properties gcs-sink-01-orders-0-0-3000`

// everyReceipt is more than the objects that a slice becomes.
const everyReceipt = 1 << 20

// runLease runs leases of a file, or one of the past, here and prints their results.
func runLease(ctx context.Context, args []string) error {
	f := helpFlags("run-lease", "lease.json | [flags] LEASE", runLeaseHelp)
	var s site
	s.flags(f)
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		f.Usage()
		return errUsage
	}
	env, err := boot.ReadEnvironment()
	if err != nil {
		return err
	}
	settings := exec.Env{Plugins: plugins(), Converters: boot.Converters(), Providers: worker.Providers(), Kafka: env.Kafka,
		Name: "run-lease-" + strconv.Itoa(os.Getpid()), Log: logger()}
	b, err := os.ReadFile(rest[0])
	switch {
	case errors.Is(err, os.ErrNotExist) && !strings.HasSuffix(rest[0], ".json"):
		return replay(ctx, &s, settings, rest[0])
	case err != nil:
		return fmt.Errorf("read the lease: %w", err)
	}
	inv, err := tasks.DecodeInvitation(b)
	if err != nil {
		return fmt.Errorf("%s: %w", rest[0], err)
	}
	r := exec.New(settings)
	defer r.Close()
	failed := 0
	for _, l := range inv.Leases {
		res := r.Run(ctx, l)
		if err := printJSON(os.Stdout, res, true); err != nil {
			return err
		}
		if res.Failure != nil {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d leases failed", failed, len(inv.Leases))
	}
	return nil
}

// replay runs a lease of the past again and says what the destination holds of it.
func replay(ctx context.Context, s *site, env exec.Env, id string) error {
	if err := s.load(); err != nil {
		return err
	}
	if len(s.worker.Bootstrap) == 0 {
		return fmt.Errorf("there is no file %s, and for a lease of that id the cluster is to be named: -worker with the coordinator's properties", id)
	}
	l, err := explain.Lease(ctx, explain.Config{Worker: s.worker, Plugins: env.Plugins}, id)
	if err != nil {
		return err
	}
	if props := s.worker.KafkaProps(); len(props) > 0 {
		env.Kafka = props
	}
	env.Environ, env.Receipts = s.worker.Environ, everyReceipt
	r := exec.New(env)
	defer r.Close()
	res := r.Run(ctx, l)
	if err := printJSON(os.Stdout, res, true); err != nil {
		return err
	}
	n := res.Counts
	switch {
	case res.Failure != nil:
		return fmt.Errorf("lease %s does not end as it did: %s", id, res.Failure.Message)
	case n.Objects == 0:
		fmt.Fprintln(os.Stderr, "nothing was written: no file of this slice was full, or the sink knows none")
	case n.Existed == n.Objects:
		fmt.Fprintf(os.Stderr, "the same bytes: the destination holds all %d objects, as they were written again\n", n.Objects)
	default:
		fmt.Fprintf(os.Stderr, "the same bytes in %d of %d objects; %d were no longer there and have been written\n", n.Existed, n.Objects, n.Objects-n.Existed)
	}
	return nil
}

const explainHelp = `Says what became of a record in each sink connector that reads its topic: which lease, attempt and executor carried it,
in which object it is or which dead letter it became, or why it has not been delivered yet. It reads the coordinator's
topics and disturbs nobody. Results are kept for a day; of what was delivered before, only that it was is known.

  mayfly explain -worker connect-distributed.properties orders 3 1742
  mayfly explain -worker connect-distributed.properties --json orders 3 1742`

func explainRecord(ctx context.Context, args []string) error {
	f := helpFlags("explain", "[flags] TOPIC PARTITION OFFSET", explainHelp)
	var s site
	s.flags(f)
	asJSON := f.Bool("json", false, "print JSON")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 3 {
		f.Usage()
		return errUsage
	}
	partition, err := strconv.ParseInt(rest[1], 10, 32)
	if err != nil || partition < 0 {
		return fmt.Errorf("%q is no partition: give a number from 0 up", rest[1])
	}
	offset, err := strconv.ParseInt(rest[2], 10, 64)
	if err != nil || offset < 0 {
		return fmt.Errorf("%q is no offset: give a number from 0 up", rest[2])
	}
	if err := s.load(); err != nil {
		return err
	}
	if len(s.worker.Bootstrap) == 0 {
		return errors.New("no broker is named: use -worker with the coordinator's properties")
	}
	rec := explain.Record{Topic: rest[0], Partition: int32(partition), Offset: offset}
	answers, err := explain.Explain(ctx, explain.Config{Worker: s.worker, Plugins: plugins()}, rec)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(os.Stdout, answers, true)
	}
	return explain.Print(os.Stdout, rec, answers)
}

func runDemo(ctx context.Context, args []string) error {
	if len(args) > 0 {
		fmt.Fprintln(os.Stderr, "usage: mayfly demo")
		return errUsage
	}
	return demo.Run(ctx, plugins(), version)
}
