package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/mayfly-connect/mayfly/coordinator/demo"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// runLease runs leases from a file here and prints their results.
func runLease(ctx context.Context, args []string) error {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: mayfly run-lease lease.json")
		return errUsage
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read the lease: %w", err)
	}
	inv, err := tasks.DecodeInvitation(b)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	env, err := boot.ReadEnvironment()
	if err != nil {
		return err
	}
	r := exec.New(exec.Env{Plugins: plugins(), Converters: boot.Converters(), Kafka: env.Kafka, Name: "run-lease-" + strconv.Itoa(os.Getpid()), Log: logger()})
	defer r.Close()
	failed := 0
	for _, l := range inv.Leases {
		res := r.Run(ctx, l)
		out, err := json.MarshalIndent(res, "", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(out))
		if res.Failure != nil {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d leases failed", failed, len(inv.Leases))
	}
	return nil
}

func runDemo(ctx context.Context, args []string) error {
	if len(args) > 0 {
		fmt.Fprintln(os.Stderr, "usage: mayfly demo")
		return errUsage
	}
	return demo.Run(ctx, plugins(), version)
}
