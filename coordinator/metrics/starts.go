package metrics

import (
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// starts counts how connectors, or tasks, were started.
type starts struct{ succeeded, failed int64 }

func (s *starts) attempts() int64 { return s.succeeded + s.failed }

// Became implements [control.Witness]: what begins to run has been started, also when it stood still or another coordinator led
// before; what fails without having run could not be.
func (m *Metrics) Became(was, is *control.Status) {
	if slices.Contains([]string{control.Running, control.Paused}, was.State) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	of := &m.taskStarts
	if is.Task < 0 {
		of = &m.connectorStarts
	}
	switch is.State {
	case control.Running, control.Paused:
		of.succeeded++
	case control.Failed:
		of.failed++
	}
}

// Leads notes that this coordinator begins to lead, which is what a rebalance is here.
func (m *Metrics) Leads() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.led, m.ledSince = m.led+1, time.Now()
}

// starts tells how often connectors and tasks were started.
func (t teller) starts(of string, s starts) {
	t.connect(workerGroup, of+"-startup-attempts-total", float64(s.attempts()))
	t.connect(workerGroup, of+"-startup-success-total", float64(s.succeeded))
	t.connect(workerGroup, of+"-startup-failure-total", float64(s.failed))
	t.connect(workerGroup, of+"-startup-success-percentage", share(float64(s.succeeded), float64(s.attempts())))
	t.connect(workerGroup, of+"-startup-failure-percentage", share(float64(s.failed), float64(s.attempts())))
}

// rebalances tells how often this coordinator began to lead. Executors work on meanwhile, so that no time is lost.
func (s *scrape) rebalances(t teller, leader string) {
	s.metrics.mu.Lock()
	led, since := s.metrics.led, s.metrics.ledSince
	s.metrics.mu.Unlock()
	ago := 0.0
	if led > 0 {
		ago = float64(time.Since(since).Milliseconds())
	}
	t.connect(rebalanceGroup, "completed-rebalances-total", float64(led))
	t.connect(rebalanceGroup, "rebalancing", truth(leader == ""))
	t.connect(rebalanceGroup, "rebalance-avg-time-ms", 0)
	t.connect(rebalanceGroup, "rebalance-max-time-ms", 0)
	t.connect(rebalanceGroup, "time-since-last-rebalance-ms", ago)
	t.with("leader_name", leader, "connect_protocol", "mayfly").info(rebalanceGroup, "Who leads.")
}
