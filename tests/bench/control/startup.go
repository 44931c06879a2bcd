package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

// starts is how often the start is measured.
const starts = 10

// measureStart starts standalone with its own broker and an empty data directory, until the REST API answers.
func measureStart(ctx context.Context, o options, row rowFunc) error {
	var took []time.Duration
	for range starts {
		m, err := command.Start(command.Options{Mayfly: o.mayfly, Mode: "standalone", Name: "bench-start"})
		if err != nil {
			return err
		}
		if err := m.Ready(ctx); err != nil {
			m.Kill()
			return fmt.Errorf("%w (its files are in %s)", err, m.Dir)
		}
		took = append(took, time.Since(m.Began))
		if _, err := m.Stop(ctx); err != nil {
			return err
		}
	}
	slices.Sort(took)
	row(fmt.Sprintf("standalone with its own broker, from exec until REST answers, %d starts", starts), "p50 %d ms, most %d ms",
		took[starts/2].Milliseconds(), took[starts-1].Milliseconds())
	return nil
}
