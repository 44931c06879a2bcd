package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// totals are what the summary takes from the metrics.
type totals struct{ Leases int64 }

// wait shows the live display until done holds for the connector. A failed connector or task ends it with an error.
func (d *stage) wait(ctx context.Context, name string, done func(control.ConnectorMetrics) bool) (totals, error) {
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := time.Time{}
	for {
		m := d.node.Snapshot()
		for _, c := range m.Connectors {
			if c.Name != name {
				continue
			}
			if c.FailedTasks > 0 || c.State == control.Failed {
				return totals{}, fmt.Errorf("connector %s has failed; GET %s/connectors/%s/status says why", name, d.node.URL(), name)
			}
			if done(c) {
				d.show(m, true)
				return totals{Leases: c.Leases}, nil
			}
		}
		if every := time.Second; d.live || time.Since(last) > every {
			d.show(m, false)
			last = time.Now()
		}
		select {
		case err := <-d.nodeDone:
			d.nodeDone <- err
			return totals{}, fmt.Errorf("the coordinator has ended: %w", err)
		case <-limit.Done():
			if ctx.Err() != nil {
				return totals{}, ctx.Err()
			}
			return totals{}, fmt.Errorf("connector %s was not done within %s", name, patience)
		case <-tick.C:
		}
	}
}

// show prints one line of what goes on: over the last one on a terminal, below it elsewhere.
func (d *stage) show(m *control.Metrics, final bool) {
	line := ""
	for _, c := range m.Connectors {
		line += fmt.Sprintf("%s: %s lag %d, leases %d, %.0f/s, dead letters %d   ", c.Name, c.State, c.Lag, c.InFlight, c.RecordsRate, c.Counts.DeadLetters)
	}
	switch {
	case line == "":
	case d.live && !final:
		fmt.Fprintf(d.out, "\r\x1b[K%s", line)
	case d.live:
		fmt.Fprintf(d.out, "\r\x1b[K%s\n", line)
	default:
		fmt.Fprintln(d.out, line)
	}
}
